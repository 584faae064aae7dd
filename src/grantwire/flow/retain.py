"""Retain: what was kept long enough goes, a little at a time and beside the trips.

In: how long each kind is kept. Out: a store without what is older. Never: more than a small step at a time, or anything
of an event whose deliveries have not all ended.

A walk goes through the events in the order of acceptance and remembers how far it came, so the next one looks only at
what grew old since. Once a day it begins anew, for those that were not ready when it came by.
"""

from dataclasses import dataclass

from grantwire.domain.errors import NotNow
from grantwire.domain.retention import FileSize, Keeping, Kind, Place, Removed, Sweep
from grantwire.ports import Clock, Observer
from grantwire.retention_port import RetentionStore

PAUSE_SECONDS = 60.0
ANEW_SECONDS = 86_400.0
# Rows of one transaction: fewer while steps take long, since then others wait for the same disk.
MOST_ROWS, LEAST_ROWS = 120, 12
LONG_SECONDS, SHORT_SECONDS = 0.02, 0.008
REST = 5  # times as long as a step took: on a busy machine a step takes longer, and so does the rest
LEAST_PAUSE_SECONDS = 0.01
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Kept:
    """How long everything is kept, what waits for the sweep (events, by what they lose; counted up to `MOST_COUNTED`),
    the last sweep that came to its end, and the size of the file."""

    keeping: Keeping
    waiting: dict[Kind, int]
    last: Sweep | None
    size: FileSize


class Retain:
    def __init__(self, *, store: RetentionStore, keeping: Keeping, clock: Clock, observer: Observer) -> None:
        self._store = store
        self._keeping = keeping
        self._clock = clock
        self._observer = observer
        self._rows = MOST_ROWS // 2
        self._reached: dict[Kind, Place | None] = {}
        self._began_anew = clock.elapsed()

    async def run(self) -> None:
        """For as long as the process lives."""
        while True:
            try:
                await self.sweep()
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
            await self._clock.wait(PAUSE_SECONDS)

    async def sweep(self) -> Removed:
        """Everything that may go, and was not looked at today, is gone when this returns. Whole events first: what goes
        with them need not go before."""
        if self._clock.elapsed() - self._began_anew >= ANEW_SECONDS:
            self._reached.clear()
            self._began_anew = self._clock.elapsed()
        removed = Removed()
        for kind in reversed(Kind):
            removed += await self._walk(kind)
        await self._store.note_sweep(Sweep(self._clock.now(), removed))
        if removed.total:
            self._observer.note("retention.swept", **_words(removed))
        return removed

    async def kept(self) -> Kept:
        now, waiting = self._clock.now(), {}
        for kind in Kind:
            before = self._keeping.before(kind, now)
            if before is not None:
                waiting[kind] = await self._store.outdated_events(
                    before=before, after=self._reached.get(kind), most=MOST_COUNTED
                )
        return Kept(self._keeping, waiting, await self._store.last_sweep(), await self._store.file_size())

    async def _walk(self, kind: Kind) -> Removed:
        removed, is_end = Removed(), False
        while not is_end:
            before = self._keeping.before(kind, self._clock.now())
            if before is None:
                break
            began = self._clock.elapsed()
            found = await self._store.outdated(kind, before=before, after=self._reached.get(kind), limit=self._rows)
            if found.event_seqs:
                gone = await self._store.remove(kind, found.event_seqs, before=before)
                removed += gone
                self._observer.note("retention.removed", **_words(gone))
            self._reached[kind], is_end = found.reached, found.is_end
            await self._rest(self._clock.elapsed() - began)
        return removed

    async def _rest(self, took: float) -> None:
        if took > LONG_SECONDS:
            self._rows = max(LEAST_ROWS, self._rows // 2)
        elif took < SHORT_SECONDS:
            self._rows = min(MOST_ROWS, self._rows + LEAST_ROWS)
        await self._clock.wait(max(LEAST_PAUSE_SECONDS, REST * took))


def _words(removed: Removed) -> dict[str, int]:
    return {kind.value: count for kind, count in removed.by_kind().items() if count}
