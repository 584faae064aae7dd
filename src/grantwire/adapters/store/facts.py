"""What events say, in an index that is filled beside the trips.

In: events that are not in the index yet. Out: rows by value. Never: work in the transaction that accepts.

As with the sums of the hour (see `hours`), events are read past a cursor by their number, which grows in the order of
the commits, and the cursor is written with what was read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from grantwire.adapters.store.look_events import EVENT
from grantwire.adapters.store.part import Part
from grantwire.adapters.store.rows_event import of_event_row
from grantwire.adapters.store.statements import native_insert
from grantwire.adapters.store.tables import event_facts, events, fact_values, meta
from grantwire.adapters.store.texts import storable
from grantwire.adapters.store.writing import Writing
from grantwire.domain.event_search import Said, Searched, said_by

CURSOR = "facts_up_to"
_V = fact_values.c
_KEYS = 200  # values of one look-up

_Key = tuple[str, str]
_New = Sequence[tuple[int, tuple[Said, ...]]]


class Facts(Part):
    """Fills the FactStore port."""

    async def index_events(self, *, limit: int) -> int:
        cursor, new = await self._reader.ask(lambda connection: _unindexed(connection, limit))
        if new:
            await self._write(lambda writing: _add(writing, new, cursor=cursor))
        return len(new)

    async def said(self, dimension: Searched, *, limit: int) -> Sequence[str]:
        return await self._reader.ask(lambda connection: _said(connection, dimension, limit))

    async def unindexed_events(self) -> int:
        return await self._reader.ask(_behind)


def _unindexed(connection: Connection, limit: int) -> tuple[int, _New]:
    cursor = indexed_up_to(connection)
    rows = connection.execute(EVENT.where(events.c.seq > cursor).order_by(events.c.seq).limit(limit))
    return cursor, [(row.seq, said_by(of_event_row(row))) for row in rows]


def indexed_up_to(connection: Connection) -> int:
    found = connection.execute(select(meta.c.value).where(meta.c.key == CURSOR)).scalar_one_or_none()
    return int(found or 0)


def _behind(connection: Connection) -> int:
    """Numbers of events have gaps only where an accept was refused, which is seldom."""
    last = connection.execute(select(func.max(events.c.seq))).scalar_one_or_none()
    return max(0, (last or 0) - indexed_up_to(connection))


def _said(connection: Connection, dimension: Searched, limit: int) -> Sequence[str]:
    statement = select(_V.shown).where(_V.dimension == dimension.value, _V.is_id == 0).order_by(_V.folded).limit(limit)
    return connection.execute(statement).scalars().all()


def _add(writing: Writing, new: _New, *, cursor: int) -> None:
    if indexed_up_to(writing.sql) != cursor:
        return
    values = {(one.dimension.value, storable(one.folded)): one for _, said in new for one in said}
    ids = _ids(writing, values)
    rows = [
        {"value_id": ids[one.dimension.value, storable(one.folded)], "event_seq": seq}
        for seq, said in new
        for one in said
    ]
    if rows:
        writing.sql.execute(native_insert(event_facts, writing.sql.dialect).on_conflict_do_nothing(), rows)
    reached = str(new[-1][0])
    moved = native_insert(meta, writing.sql.dialect).values(key=CURSOR, value=reached)
    writing.sql.execute(moved.on_conflict_do_update(index_elements=["key"], set_={"value": reached}))


def _ids(writing: Writing, values: Mapping[_Key, Said]) -> Mapping[_Key, int]:
    """Of all values; those that are new are written first."""
    known = _known(writing.sql, list(values))
    fresh: list[dict[str, Any]] = [
        {"dimension": key[0], "folded": key[1], "shown": storable(one.shown), "is_id": int(one.is_id)}
        for key, one in values.items()
        if key not in known
    ]
    if not fresh:
        return known
    writing.sql.execute(native_insert(fact_values, writing.sql.dialect).on_conflict_do_nothing(), fresh)
    return {**known, **_known(writing.sql, [(row["dimension"], row["folded"]) for row in fresh])}


def _known(connection: Connection, keys: Sequence[_Key]) -> dict[_Key, int]:
    """Dimension by dimension: for pairs in one list SQLite would walk the whole index."""
    by_dimension: dict[str, list[str]] = {}
    for dimension, folded in keys:
        by_dimension.setdefault(dimension, []).append(folded)
    found: dict[_Key, int] = {}
    for dimension, values in by_dimension.items():
        for start in range(0, len(values), _KEYS):
            of_values = _V.folded.in_(values[start : start + _KEYS])
            rows = connection.execute(select(_V.id, _V.folded).where(_V.dimension == dimension, of_values))
            found |= {(dimension, row.folded): row.id for row in rows}
    return found
