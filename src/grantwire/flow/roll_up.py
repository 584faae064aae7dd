"""Roll up: attempts become sums of the hour, and events become findable by what they say, a little behind and beside
the trips.

In: attempts and events on record. Out: sums by webhook and hour, for pages and charts; an index of what events say.
Never: more than a small step at a time, so that a busy store is not kept from its work.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from grantwire.domain.errors import NotNow
from grantwire.domain.webhook import WebhookId
from grantwire.domain.webhook_hour import WebhookHour
from grantwire.ports import Clock, FactStore, HourStore, Observer

STEP = 200  # attempts of one transaction: some 3 ms of CPU, most of it in a reader's thread (14 µs each)
EVENTS_STEP = 100  # events of one transaction: some 4 ms, for their bodies are read
PAUSE_SECONDS = 1.0
LEAST_PAUSE_SECONDS = 0.05
REST = 50  # times as long as a step took: on a busy machine a step takes longer, and so does the rest


class SweptStore(HourStore, FactStore, Protocol):
    """What is kept beside the trips."""


class RollUp:
    def __init__(self, *, store: SweptStore, clock: Clock, observer: Observer) -> None:
        self._store = store
        self._clock = clock
        self._observer = observer

    async def run(self) -> None:
        """For as long as the process lives: with long rests while there is more, so that a burst is caught up with
        after it and not during it."""
        while True:
            began = self._clock.elapsed()
            try:
                is_behind = await self._step()
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
                is_behind = False
            rest = max(LEAST_PAUSE_SECONDS, REST * (self._clock.elapsed() - began))
            await self._clock.wait(rest if is_behind else PAUSE_SECONDS)

    async def _step(self) -> bool:
        """Events wait while there is a full step of attempts: figures first, and the trips before both."""
        if await self._store.roll_up(limit=STEP) == STEP:
            return True
        return await self._store.index_events(limit=EVENTS_STEP) == EVENTS_STEP

    async def catch_up(self) -> None:
        """Everything on record, counted and findable when this returns."""
        while await self._store.roll_up(limit=STEP) or await self._store.index_events(limit=EVENTS_STEP):
            pass

    async def hours(self, *, days: float, webhook_id: WebhookId | None = None) -> Sequence[WebhookHour]:
        return await self._store.webhook_hours(since=self._clock.now() - timedelta(days=days), webhook_id=webhook_id)

    async def latest(self, webhook_ids: Sequence[WebhookId]) -> Sequence[WebhookHour]:
        """The last hour with invocations of each webhook."""
        return await self._store.last_hours(webhook_ids)
