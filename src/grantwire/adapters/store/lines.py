"""Lines: deliveries of one webhook for one access request, one at a time.

In: deliveries that come, end or give way. Out: who waits, and who goes next, in the transaction of what caused it.
Never: two of a line that may be sent, a statement for a delivery that stands in no line.

A line is those rows that have its access request in `line`, in the order of their events. A row leaves it when it
ends; one that is dead stays and holds it, until `line_until` at most. Of the others one at a time is pending, sending,
waiting or held: that one is in turn. The rest is blocked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, TextClause, insert, select, update

from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.tables import HOLDS_LINE, IN_LINE, NOT_SENDING, deliveries
from grantwire.adapters.store.writing import Settle, Writing
from grantwire.domain.delivery import ENDED, DeliveryId, State
from grantwire.domain.line import Line, waits_for, waits_for_dead
from grantwire.ports import Admission, NewDelivery

TOLD = 100  # of those that wait behind a dead one so many are told; the others are told whom they wait for
_IN_TURN = [State.PENDING.value, State.SENDING.value, State.WAITING.value, State.HELD.value]
_D = deliveries.c


class _Member(NamedTuple):
    id: str
    state: str
    line_until: int | None


class End(NamedTuple):
    """Of a line: the last one in it, and why all of it waits if a dead one holds it."""

    last: DeliveryId
    dead_why: str | None


# ── who comes ────────────────────────────────────────────────────────────────────────────────────────────
def queue_up(writing: Writing, admission: Admission, ends: dict[Line, End]) -> tuple[NewDelivery, ...]:
    """The deliveries as they are to be written. `ends` remembers the lines of this transaction."""
    return tuple(
        one if one.line is None else _behind(writing, one, (one.webhook_id, one.line), ends)
        for one in admission.deliveries
    )


def _behind(writing: Writing, delivery: NewDelivery, line: Line, ends: dict[Line, End]) -> NewDelivery:
    end = ends[line] if line in ends else _end_of(writing, line)
    ends[line] = End(delivery.id, None if end is None else end.dead_why)
    if end is None:
        return delivery
    why = end.dead_why or waits_for(end.last)
    return replace(delivery, state=State.BLOCKED, why=why, token=None, lease_until=None)


def _end_of(writing: Writing, line: Line) -> End | None:
    first = _first(writing, line)
    if first is None:
        return None
    writing.hot.last_in_line.run(writing.cursor, line)
    [last] = map(_Member._make, writing.cursor.fetchall())
    return End(DeliveryId(last.id), _why_dead(first))


# ── who ends ─────────────────────────────────────────────────────────────────────────────────────────────
def end(writing: Writing, settled: Settle) -> bool:
    """The one that was in turn has ended: it holds its line, or the next one goes. Whether one goes."""
    delivery_id, line = settled.lease[0], settled.line
    if line is None:
        return False
    if settled.holds_until is not None and settled.holds_until > settled.ended_at:
        writing.hot.hold_line.run(writing.cursor, (settled.holds_until, delivery_id))
        retell(writing, line)
        return False
    leave(writing, delivery_id)
    return move_on(writing, line, due_at=settled.ended_at)


def leave(writing: Writing, delivery_id: str) -> None:
    writing.hot.leave_line.run(writing.cursor, (delivery_id,))


def move_on(writing: Writing, line: Line, *, due_at: int) -> bool:
    """The first one's turn comes, if it is blocked; only for a line in which nobody is in turn."""
    first = _first(writing, line)
    if first is None or first.state != State.BLOCKED.value:
        return False
    writing.hot.promote.run(writing.cursor, (State.PENDING.value, due_at, first.id))
    return True


def go_on(writing: Writing, line: Line, *, due_at: int) -> bool:
    """The same for any line, after somebody left it; those who wait are told anew."""
    is_moved = not is_in_turn(writing, line) and move_on(writing, line, due_at=due_at)
    retell(writing, line)
    return is_moved


def is_in_turn(writing: Writing, line: Line) -> bool:
    statement = select(_D.id).where(*_of(line), _D.state.in_(_IN_TURN)).limit(1)
    return writing.sql.execute(statement).first() is not None


def retell(writing: Writing, line: Line) -> None:
    """Writes whom each blocked one waits for: the dead one in front, or else the one right before it; a late replay in
    front of the one in turn waits for that."""
    asked = select(_D.id, _D.state, _D.line_until, _D.why).where(*_of(line)).order_by(_D.event_seq, _D.id)
    rows = writing.sql.execute(asked.limit(TOLD)).all()
    before = next((row.id for row in rows if row.state in _IN_TURN), None)
    dead_why: str | None = None
    for row in rows:
        dead_why = dead_why or _why_dead(_Member(row.id, row.state, row.line_until))
        if row.state == State.BLOCKED.value and before is not None:
            why = dead_why or waits_for(DeliveryId(before))
            if why != row.why:
                writing.sql.execute(update(deliveries).where(_D.id == row.id).values(why=why))
        before = row.id


# ── who gives way, and who steps in ──────────────────────────────────────────────────────────────────────
def leave_all(writing: Writing, delivery_ids: Sequence[str], *, due_at: int) -> None:
    """Those of them that stand in a line leave it, and the lines go on."""
    asked = select(_D.id, _D.webhook_id, _D.line).where(_D.id.in_(delivery_ids), _D.line.is_not(None))
    found = writing.sql.execute(asked).all()
    for row in found:
        leave(writing, row.id)
    for line in dict.fromkeys((row.webhook_id, row.line) for row in found):
        go_on(writing, line, due_at=due_at)


def step_in(writing: Writing, row: dict[str, Any]) -> None:
    """Writes a replay with its place in the line, which is that of its event. The one that is in turn is not
    interrupted, and a dead one that is repeated gives its place away."""
    line = (row["webhook_id"], row["line"])
    leave(writing, row["replay_of"])
    if _first(writing, line) is None:
        writing.sql.execute(insert(deliveries).values(row))
        return
    blocked = {**row, "state": State.BLOCKED.value, "why": "", "due_at": None}
    writing.sql.execute(insert(deliveries).values(blocked))
    first = _first(writing, line)
    if first is not None and first.id == row["id"] and not is_in_turn(writing, line):
        mine = {name: row[name] for name in ("state", "why", "due_at")}
        writing.sql.execute(update(deliveries).where(_D.id == row["id"]).values(mine))
        retell(writing, line)
    else:
        go_on(writing, line, due_at=row["created_at"])


# ── by time, and by a person ─────────────────────────────────────────────────────────────────────────────
def let_go(writing: Writing, *, now: datetime, limit: int) -> list[str]:
    """Lines that a dead one has held long enough go on. The webhooks of them, one for each."""
    statement = select(_D.id, _D.webhook_id, _D.line).where(HOLDS_LINE, _D.line_until <= to_stamp(now))
    found = writing.sql.execute(statement.order_by(_D.line_until).limit(limit)).all()
    for row in found:
        leave(writing, row.id)
        go_on(writing, (row.webhook_id, row.line), due_at=to_stamp(now))
    return [row.webhook_id for row in found]


def mend(writing: Writing, *, after: Line | None, now: datetime, limit: int) -> tuple[Line | None, int]:
    """Hops from the first of a line to the first of the next. One that stands in a line though it has ended leaves it;
    a dead one without a time to hold it until, too."""
    mended = 0
    for _ in range(limit):
        row = writing.hot.next_line.run(writing.cursor, after or ("", "")).fetchone()
        if row is None:
            return None, mended
        webhook_id, request, state = row
        after = (webhook_id, request)
        if state not in _IN_TURN:
            mended += _mend(writing, after, due_at=to_stamp(now))
    return after, mended


def _mend(writing: Writing, line: Line, *, due_at: int) -> bool:
    is_mended = False
    while (first := _first(writing, line)) is not None and _has_let_go(first):
        leave(writing, first.id)
        is_mended = True
    if first is None or first.state != State.BLOCKED.value or is_in_turn(writing, line):
        return is_mended
    go_on(writing, line, due_at=due_at)
    return True


def _has_let_go(member: _Member) -> bool:
    return member.state in ENDED and (member.state != State.DEAD.value or member.line_until is None)


def dissolve(writing: Writing, webhook_id: str, *, due_at: datetime, limit: int) -> int:
    """Of a webhook that keeps no order any more: up to `limit` that are blocked go out, and dead ones hold nothing.
    Who is in turn leaves the line by ending."""
    blocked = select(_D.id).where(_D.webhook_id == webhook_id, _D.state == State.BLOCKED.value, NOT_SENDING)
    ids: Sequence[str] = writing.sql.execute(blocked.order_by(_D.created_at, _D.id).limit(limit)).scalars().all()
    if ids:
        going = {"state": State.PENDING.value, "why": "", "due_at": to_stamp(due_at), "line": None}
        writing.sql.execute(update(deliveries).where(_D.id.in_(ids)).values(going))
        return len(ids)
    dead = select(_D.id).where(_D.webhook_id == webhook_id, IN_LINE, HOLDS_LINE).limit(limit)
    ids = writing.sql.execute(dead).scalars().all()
    for one in ids:
        leave(writing, one)
    return len(ids)


def _first(writing: Writing, line: Line) -> _Member | None:
    writing.hot.first_in_line.run(writing.cursor, line)
    return next(map(_Member._make, writing.cursor.fetchall()), None)


def _of(line: Line) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return _D.webhook_id == line[0], _D.line == line[1], IN_LINE


def _why_dead(member: _Member) -> str | None:
    if member.state != State.DEAD.value or member.line_until is None:
        return None
    return waits_for_dead(DeliveryId(member.id), of_stamp(member.line_until))
