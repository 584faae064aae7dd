"""Keep the catalogue: shown, and replaced as a whole.

In: the catalogue as people write it. Out: the one that counts, with its version. Never: a change over one that the
caller did not see, when they say what they saw.
"""

from grantwire.domain.catalogue_form import read_catalogue
from grantwire.ports import CatalogueStore, Clock, KeptCatalogue, Observer


class KeepCatalogue:
    def __init__(self, *, store: CatalogueStore, clock: Clock, observer: Observer) -> None:
        self._store = store
        self._clock = clock
        self._observer = observer

    async def show(self) -> KeptCatalogue:
        return await self._store.catalogue()

    async def would_be(self, raw: object) -> KeptCatalogue:
        """What `put` would make of it, with the version on record; nothing is stored. Raises `Refused`."""
        catalogue, kept = read_catalogue(raw), await self._store.catalogue()
        return KeptCatalogue(catalogue, kept.version, kept.changed_at, kept.changed_by)

    async def put(self, raw: object, *, expected_version: int | None, by: str) -> KeptCatalogue:
        """The same catalogue again is no new version. Raises `Refused` with every problem, or when another version
        than the expected one counts by now."""
        catalogue, kept = read_catalogue(raw), await self._store.catalogue()
        if catalogue == kept.catalogue and expected_version in {None, kept.version}:
            return kept
        now = self._clock.now()
        kept = await self._store.put_catalogue(catalogue, expected_version=expected_version, now=now, by=by)
        self._observer.note("catalogue.changed", version=kept.version, by=by)
        return kept
