"""What the catalogue asks of the store.

In: a catalogue. Out: the one that counts. Never: a version that is edited.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from grantwire.domain.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class KeptCatalogue:
    """The catalogue with who changed it last, and when. `version` 0 is the empty one that nobody wrote."""

    catalogue: Catalogue
    version: int
    changed_at: datetime | None = None
    changed_by: str = ""


class CatalogueStore(Protocol):
    async def catalogue(self) -> KeptCatalogue: ...

    async def put_catalogue(
        self, catalogue: Catalogue, *, expected_version: int | None, now: datetime, by: str
    ) -> KeptCatalogue:
        """Raises `Refused` (precondition failed) when another version than the expected one counts by now."""
