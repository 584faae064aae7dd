"""Events found by what they say: their numbers, newest first, a bounded piece at a time.

In: a connection that reads, words for each dimension. Out: numbers of events. Never: more rows than the bounds below,
however many events say the same (a search that would take too long stops and says where).
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Column, ColumnElement, Connection, exists, func, select

from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.tables import event_facts, events, fact_values
from grantwire.domain.event_search import Searched, fold

# Events looked at for one page, in growing pieces: most pages are full after the first. A thousand events with ten
# deliveries each are some 60 ms.
PIECES = (60, 240, 700)
FEW = 2_000  # rows that are looked through one by one rather than searched for
_VALUES = 20  # values that words may stand for; the rest needs more of the word
_SLACK = 1_000  # numbers around a point in time: events that came at once were not always numbered in order

_F = event_facts.c
_V = fact_values.c
_E = events.c


@dataclass(frozen=True, slots=True)
class Wish:
    """The values that the words for one dimension stand for; alternatives."""

    value_ids: tuple[int, ...]

    def holds_for(self, event_seq: "Column[int]") -> ColumnElement[bool]:
        return exists().where(_F.value_id.in_(self.value_ids), _F.event_seq == event_seq)


def wishes_of(connection: Connection, says: Sequence[tuple[Searched, str]]) -> list[Wish]:
    """Those that the fewest events fulfil first."""
    found = [Wish(_values(connection, dimension, fold(words))) for dimension, words in says]
    return sorted(found, key=lambda wish: _count(connection, wish))


@dataclass(frozen=True, slots=True)
class Piece:
    """Numbers of events that fulfil every wish, newest first, and down to which number was looked."""

    seqs: Sequence[int]
    looked_down_to: int


def pieces(connection: Connection, wishes: Sequence[Wish], *, below: int, above: int) -> Iterator[Piece]:
    """Under `below` and from `above` on; a piece that looked down to `above` is the last."""
    driver, *others = wishes
    for size in PIECES:
        seqs = _newest(connection, driver, below=below, above=above, limit=size)
        below = above if len(seqs) < size else seqs[-1]
        yield Piece(_narrowed(connection, seqs, others), below)
        if below == above:
            return


def bounds(connection: Connection, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """Numbers outside which no event is of that time: from, up to but not with."""
    above, below = 0, _last(connection) + 1
    if until is not None:
        newest = select(_E.seq).where(_E.accepted_at < to_stamp(until)).order_by(_E.accepted_at.desc(), _E.seq.desc())
        found = connection.execute(newest.limit(1)).scalar_one_or_none()
        below = min(below, 0 if found is None else found + _SLACK)
    if since is not None:
        oldest = select(_E.seq).where(_E.accepted_at >= to_stamp(since)).order_by(_E.accepted_at, _E.seq)
        found = connection.execute(oldest.limit(1)).scalar_one_or_none()
        above = below if found is None else max(0, found - _SLACK)
    return above, below


def accepted_at(connection: Connection, seq: int) -> int | None:
    """Of the event with this number, or the next one that there is."""
    statement = select(_E.accepted_at).where(_E.seq >= seq).order_by(_E.seq).limit(1)
    return connection.execute(statement).scalar_one_or_none()


def _last(connection: Connection) -> int:
    return connection.execute(select(func.max(_E.seq))).scalar_one_or_none() or 0


def _values(connection: Connection, dimension: Searched, words: str) -> tuple[int, ...]:
    """The value that is spelled so; else those that hold the words."""
    of_dimension = select(_V.id).where(_V.dimension == dimension.value)
    exact = connection.execute(of_dimension.where(_V.folded == words)).scalars().all()
    if exact or not words:
        return tuple(exact)
    like = of_dimension.where(_V.folded.contains(words, autoescape=True)).order_by(_V.folded).limit(_VALUES)
    return tuple(connection.execute(like).scalars().all())


def _count(connection: Connection, wish: Wish) -> int:
    """Up to `FEW`."""
    some = select(_F.event_seq).where(_F.value_id.in_(wish.value_ids)).limit(FEW).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _newest(connection: Connection, wish: Wish, *, below: int, above: int, limit: int) -> list[int]:
    """One search for each value, merged: one search over several would have to sort all of their rows first."""
    found = []
    for value_id in wish.value_ids:
        of_value = select(_F.event_seq).where(_F.value_id == value_id, _F.event_seq < below, _F.event_seq >= above)
        found.append(connection.execute(of_value.order_by(_F.event_seq.desc()).limit(limit)).scalars().all())
    merged = heapq.merge(*found, reverse=True)
    return list(islice(dict.fromkeys(merged), limit))


def _narrowed(connection: Connection, seqs: Sequence[int], others: Sequence[Wish]) -> list[int]:
    for wish in others:
        both = select(_F.event_seq).where(_F.value_id.in_(wish.value_ids), _F.event_seq.in_(seqs)).distinct()
        seqs = sorted(connection.execute(both).scalars(), reverse=True) if seqs else []
    return list(seqs)
