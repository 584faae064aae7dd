"""Fills the RetentionStore port.

In: kinds, moments, events by number. Out: what could go, what went, when the last sweep was, how large the file is.
Never: a removal that somebody did not ask for.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from grantwire.adapters.store import outdated
from grantwire.adapters.store.part import Part
from grantwire.adapters.store.removal import remove
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.statements import native_insert
from grantwire.adapters.store.tables import meta
from grantwire.adapters.store.writing import Writing
from grantwire.domain.retention import FileSize, Kind, Outdated, Place, Removed, Sweep

_SWEPT = "swept"
_ROWS = 3  # of an event that was delivered once; four pages of the log with all their indexes


class Retention(Part):
    async def outdated(self, kind: Kind, *, before: datetime, after: Place | None) -> Outdated:
        return await self._reader.ask(
            lambda connection: outdated.outdated(connection, kind, before=to_stamp(before), after=after)
        )

    async def remove(self, kind: Kind, event_seqs: Sequence[int], *, before: datetime) -> Removed:
        at = to_stamp(before)
        removed: Removed = await self._write(
            lambda writing: remove(writing, kind, event_seqs, before=at),
            rows=_ROWS * len(event_seqs),  # the log must not grow unseen: checkpoints go by rows
        )
        return removed

    async def outdated_events(self, *, before: datetime, after: Place | None, most: int) -> int:
        return await self._reader.ask(
            lambda connection: outdated.outdated_events(connection, before=to_stamp(before), after=after, most=most)
        )

    async def note_sweep(self, sweep: Sweep) -> None:
        await self._write(lambda writing: _note(writing, sweep))

    async def last_sweep(self) -> Sweep | None:
        return await self._reader.ask(_last)

    async def file_size(self) -> FileSize:
        return await self._reader.ask(_file_size)


def _note(writing: Writing, sweep: Sweep) -> None:
    text = msgspec.json.encode(sweep).decode()
    noted = native_insert(meta, writing.sql.dialect).values(key=_SWEPT, value=text)
    writing.sql.execute(noted.on_conflict_do_update(index_elements=["key"], set_={"value": text}))


def _last(connection: Connection) -> Sweep | None:
    found = connection.execute(select(meta.c.value).where(meta.c.key == _SWEPT)).scalar_one_or_none()
    return None if found is None else msgspec.json.decode(found, type=Sweep)


def _file_size(connection: Connection) -> FileSize:
    """SQLite's own figures; another database looks after its files itself."""
    if connection.dialect.name != "sqlite":
        return FileSize(0, 0)
    page, pages, free = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_size", "page_count", "freelist_count")
    )
    return FileSize(page * pages, page * free)
