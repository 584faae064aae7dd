"""The catalogue on record, every version of it.

In: a catalogue. Out: the newest one. Never: an edit of a version that is there.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from grantwire.adapters.store.part import Part
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.tables import catalogues
from grantwire.adapters.store.texts import storable
from grantwire.adapters.store.writing import Writing
from grantwire.domain.catalogue import Catalogue
from grantwire.domain.catalogue_form import read_catalogue
from grantwire.domain.catalogue_text import write_catalogue
from grantwire.domain.errors import Broken, Problem, Refusal, Refused
from grantwire.ports import KeptCatalogue

_C = catalogues.c
_NEWEST = select(catalogues).order_by(_C.version.desc()).limit(1)


class Catalogues(Part):
    """Fills the CatalogueStore port."""

    async def catalogue(self) -> KeptCatalogue:
        return await self._reader.ask(_newest)

    async def put_catalogue(
        self, catalogue: Catalogue, *, expected_version: int | None, now: datetime, by: str
    ) -> KeptCatalogue:
        definition = storable(msgspec.json.encode(write_catalogue(catalogue)).decode())
        values = {"definition": definition, "changed_at": to_stamp(now), "changed_by": storable(by)}
        version = await self._write(lambda writing: _put(writing, values, expected_version=expected_version))
        return KeptCatalogue(catalogue, int(version), now, by)


def _newest(connection: Connection) -> KeptCatalogue:
    row = connection.execute(_NEWEST).one_or_none()
    if row is None:
        return KeptCatalogue(Catalogue(), 0)
    try:
        catalogue = read_catalogue(msgspec.json.decode(row.definition))
    except Refused as refused:
        raise Broken(f"The stored catalogue cannot be read: {refused}") from refused
    return KeptCatalogue(catalogue, row.version, of_stamp(row.changed_at), row.changed_by)


def _put(writing: Writing, values: dict[str, Any], *, expected_version: int | None) -> int:
    row = writing.sql.execute(_NEWEST).one_or_none()
    present: int = 0 if row is None else row.version
    if expected_version not in {None, present}:
        message = f"It is at version {present}, not {expected_version}."
        raise Refused(
            "The catalogue was changed by somebody else.",
            [Problem("", message, "Read it again and repeat the change.")],
            why=Refusal.PRECONDITION_FAILED,
        )
    writing.sql.execute(insert(catalogues).values({**values, "version": present + 1}))
    return present + 1
