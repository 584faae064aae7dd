"""What was kept long enough: which events could lose something, and whether they still may.

In: a connection, a kind, a moment. Out: events with the rows that would go with them. Never: a write, a scan of a
table.

The rules of what may go stand here once, and the sweep asks them twice: first in a reader, to find candidates; then in
the transaction that removes, where nothing can come in between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select, tuple_

from grantwire.adapters.store.facts import indexed_up_to
from grantwire.adapters.store.hours import rolled_up_to
from grantwire.adapters.store.rows_replay import of_wanted
from grantwire.adapters.store.tables import IS_OPEN, attempts, deliveries, events, replays
from grantwire.domain.delivery import ENDED, State
from grantwire.domain.replay import Wanted
from grantwire.domain.retention import Kind, Outdated, Place

T = TypeVar("T")
WALK = 100  # events looked at together: some 2 ms in a reader's thread, which others wait for
MOST_REPLAYS = 50
_KEYS = 200  # of one look-up

_E = events.c
_D = deliveries.c
_A = attempts.c
_REPLAYS = (replays.c.requested_at, replays.c.id)  # in the order of the index of open ones


@dataclass(slots=True)
class Doomed:
    """An event that loses something, with its deliveries and their attempts. `has_payload` until its body goes."""

    seq: int
    type: str
    access_request_id: str | None
    has_payload: bool
    delivery_ids: list[str] = field(default_factory=list)
    attempt_seqs: list[int] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return 1 + len(self.delivery_ids) + len(self.attempt_seqs)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The newest event and the newest attempt stay, whatever their age: the next one gets the number after theirs, and
    those who read by number would miss one that comes again. What others still have to read stays too: attempts that
    are not in the sums of the hours, events that are not in the index of what they say, deliveries that a replay which
    goes on may still send again."""

    newest_event: int
    newest_attempt: int
    summed_up_to: int
    indexed_up_to: int
    replays: tuple[Wanted, ...]


def outdated(connection: Connection, kind: Kind, *, before: int, after: Place | None) -> Outdated:
    """Walks the order of acceptance."""
    asked = select(_E.accepted_at, _E.seq).where(_E.accepted_at < before)
    if after is not None:
        asked = asked.where(tuple_(_E.accepted_at, _E.seq) > tuple_(*after))
    walked = connection.execute(asked.order_by(_E.accepted_at, _E.seq).limit(WALK)).all()
    doomed = may_go(connection, kind, [row.seq for row in walked], before=before)
    reached = (walked[-1].accepted_at, walked[-1].seq) if walked else after
    return Outdated(tuple((one.seq, one.rows) for one in doomed), reached, is_end=len(walked) < WALK)


def outdated_events(connection: Connection, *, before: int, after: Place | None, most: int) -> int:
    asked = select(_E.seq).where(_E.accepted_at < before)
    if after is not None:
        asked = asked.where(tuple_(_E.accepted_at, _E.seq) > tuple_(*after))
    some = asked.order_by(_E.accepted_at, _E.seq).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def may_go(connection: Connection, kind: Kind, event_seqs: Sequence[int], *, before: int) -> list[Doomed]:
    """Those of the events that the kind may go from now, in the order of their numbers."""
    bounds = _bounds(connection)
    found = {
        row.seq: _doomed(row) for row in _events(connection, event_seqs, before=before) if _is_open(row, kind, bounds)
    }
    _take_deliveries(connection, found, before=before, bounds=bounds)
    _take_attempts(connection, found)
    return [one for one in found.values() if _loses(one, kind, bounds)]


def _bounds(connection: Connection) -> _Bounds:
    newest_event = connection.execute(select(func.max(_E.seq))).scalar_one_or_none() or 0
    newest_attempt = connection.execute(select(func.max(_A.seq))).scalar_one_or_none() or 0
    return _Bounds(
        newest_event, newest_attempt, rolled_up_to(connection), indexed_up_to(connection), _wanted(connection)
    )


def _wanted(connection: Connection) -> tuple[Wanted, ...]:
    """By the replays that go on; all that has ended where there are too many of them to look at each."""
    asked = select(replays.c.wanted).where(IS_OPEN).order_by(*_REPLAYS).limit(MOST_REPLAYS)
    found = tuple(map(of_wanted, connection.execute(asked).scalars()))
    return found if len(found) < MOST_REPLAYS else (Wanted(states=tuple(ENDED)),)


def _events(connection: Connection, event_seqs: Sequence[int], *, before: int) -> Iterator[Any]:
    asked = select(_E.seq, _E.accepted_at, _E.type, _E.access_request_id, _E.digest.is_(None).label("has_payload"))
    for part in _parts(event_seqs):
        for row in connection.execute(asked.where(_E.seq.in_(part)).order_by(_E.seq)):
            if row.accepted_at < before:
                yield row


def _is_open(row: Any, kind: Kind, bounds: _Bounds) -> bool:
    match kind:
        case Kind.EVENTS:
            return bool(row.seq < bounds.newest_event and row.seq <= bounds.indexed_up_to)
        case Kind.PAYLOADS:
            return bool(row.has_payload and row.seq <= bounds.indexed_up_to)
        case _:
            return True


def _take_deliveries(connection: Connection, found: dict[int, Doomed], *, before: int, bounds: _Bounds) -> None:
    """An event all of whose deliveries ended long enough ago stays among the found, with them; any other leaves. The
    deliveries of an event go together: an answer, a replay and what it repeats tell one story."""
    asked = select(_D.id, _D.webhook_id, _D.event_seq, _D.state, _D.created_at, _D.ended_at, _D.line)
    for part in _parts(list(found)):
        for row in connection.execute(asked.where(_D.event_seq.in_(part))):
            if not _is_over(row, before) or _may_be_replayed(row, bounds.replays):
                found.pop(row.event_seq, None)
            elif row.event_seq in found:
                found[row.event_seq].delivery_ids.append(row.id)


def _is_over(row: Any, before: int) -> bool:
    """A dead one that holds a line has ended and is not over."""
    ended_at = row.created_at if row.ended_at is None else row.ended_at
    return State(row.state) in ENDED and row.line is None and ended_at < before


def _may_be_replayed(row: Any, wanted: Sequence[Wanted]) -> bool:
    """By a job that goes on. Roughly: what it keeps too much goes once it has ended."""
    return any(
        State(row.state) in one.states
        and (not one.webhook_ids or row.webhook_id in one.webhook_ids)
        and (not one.delivery_ids or row.id in one.delivery_ids)
        for one in wanted
    )


def _take_attempts(connection: Connection, found: Mapping[int, Doomed]) -> None:
    event_of = {delivery_id: one for one in found.values() for delivery_id in one.delivery_ids}
    asked = select(_A.seq, _A.delivery_id)
    for part in _parts(list(event_of)):
        for row in connection.execute(asked.where(_A.delivery_id.in_(part))):
            event_of[row.delivery_id].attempt_seqs.append(row.seq)


def _loses(one: Doomed, kind: Kind, bounds: _Bounds) -> bool:
    """Whether there is anything to go, and all of it may."""
    if kind is Kind.PAYLOADS:
        return True
    if any(seq > bounds.summed_up_to or seq >= bounds.newest_attempt for seq in one.attempt_seqs):
        return False
    return kind is Kind.EVENTS or bool(one.delivery_ids if kind is Kind.DELIVERIES else one.attempt_seqs)


def _doomed(row: Any) -> Doomed:
    return Doomed(row.seq, row.type, row.access_request_id, bool(row.has_payload))


def _parts(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(keys), _KEYS):
        yield keys[start : start + _KEYS]
