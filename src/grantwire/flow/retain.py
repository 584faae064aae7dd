"""Retain: what was kept long enough goes, a little at a time and beside the trips.

In: how long each kind is kept. Out: a store without what is older. Never: more than a small step at a time, or anything
of an event whose deliveries have not all ended.

A walk goes through the events in the order of acceptance and remembers how far it came, so the next one looks only at
what grew old since. Once a day it begins anew, for those that were not ready when it came by.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from grantwire.domain.retention import FileSize, Kind, Outdated, Place, Removed, Retention, Sweep
from grantwire.flow.sweep import sweep_forever
from grantwire.ports import Clock, Observer, RetentionStore

PAUSE_SECONDS = 60.0
ANEW_SECONDS = 86_400.0
# Rows of one transaction, some 30 µs each: fewer while steps take long, since then others wait for the same disk.
MOST_ROWS, LEAST_ROWS = 60, 12
LONG_SECONDS, SHORT_SECONDS = 0.02, 0.01
# Times as long as a step took; a step that takes twice as long as a short one is rested for four times as long: whoever
# is busy needs the time more than the sweep does.
REST = 5
LEAST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 0.01, 2.0
MOST_COUNTED = 10_000  # of each kind, some 2 ms


@dataclass(frozen=True, slots=True)
class Kept:
    """How long everything is kept, what waits for the sweep (events, by what they lose; counted up to `MOST_COUNTED`),
    the last sweep that came to its end, and the size of the file."""

    retention: Retention
    waiting: dict[Kind, int]
    last: Sweep | None
    size: FileSize


class Retain:
    def __init__(self, *, store: RetentionStore, retention: Retention, clock: Clock, observer: Observer) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock
        self._observer = observer
        self._rows = MOST_ROWS // 2
        self._reached: dict[Kind, Place | None] = {}
        self._began_anew = clock.elapsed()

    async def run(self) -> None:
        """For as long as the process lives."""
        await sweep_forever(self.sweep, rest_seconds=PAUSE_SECONDS, clock=self._clock, observer=self._observer)

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
            before = self._retention.before(kind, now)
            if before is not None:
                waiting[kind] = await self._store.outdated_events(
                    before=before, after=self._reached.get(kind), most=MOST_COUNTED
                )
        return Kept(self._retention, waiting, await self._store.last_sweep(), await self._store.file_size())

    async def _walk(self, kind: Kind) -> Removed:
        removed, is_end = Removed(), False
        while not is_end:
            before = self._retention.before(kind, self._clock.now())
            if before is None:
                break
            began = self._clock.elapsed()
            found = await self._store.outdated(kind, before=before, after=self._reached.get(kind))
            await self._rest(self._clock.elapsed() - began)
            for event_seqs in self._steps(found):
                removed += await self._remove(kind, event_seqs, before)
            self._reached[kind], is_end = found.reached, found.is_end
        return removed

    def _steps(self, outdated: Outdated) -> Iterator[list[int]]:
        """An event goes whole, however many rows it has."""
        step, rows = list[int](), 0
        for event_seq, more in outdated.found:
            if step and rows + more > self._rows:
                yield step
                step, rows = [], 0
            step.append(event_seq)
            rows += more
        if step:
            yield step

    async def _remove(self, kind: Kind, event_seqs: Sequence[int], before: datetime) -> Removed:
        began = self._clock.elapsed()
        removed = await self._store.remove(kind, event_seqs, before=before)
        took = self._clock.elapsed() - began
        self._observer.note("retention.removed", **_words(removed))
        if took > LONG_SECONDS:
            self._rows = max(LEAST_ROWS, self._rows // 2)
        elif took < SHORT_SECONDS:
            self._rows = min(MOST_ROWS, self._rows + LEAST_ROWS)
        await self._rest(took)
        return removed

    async def _rest(self, took: float) -> None:
        rest = REST * took * max(1.0, took / SHORT_SECONDS)
        await self._clock.wait(min(MOST_PAUSE_SECONDS, max(LEAST_PAUSE_SECONDS, rest)))


def _words(removed: Removed) -> dict[str, int]:
    return {kind.value: count for kind, count in removed.by_kind().items() if count}
