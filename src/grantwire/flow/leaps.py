"""Leaps: a wall clock that was set, forward or back, while we run or while we did not.

In: the wall clock beside one that never jumps. Out: due times and leases as if it had not leapt. Never: a delivery sent
twice because its lease seems to be over, or one that waits an hour because it was accepted in a future.

Forward, only leases are mended: what waits may then be sent early, which hurts less than a machine that slept for eight
hours and then lets everything wait for as long again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from grantwire.domain.webhook import WebhookId
from grantwire.ports import Clock, LeapStore, Observer

LEAP_SECONDS = 5.0  # a clock that is being slewed moves by milliseconds between two looks
STEP = 500


class Leaps:
    def __init__(self, *, store: LeapStore, clock: Clock, observer: Observer, lease: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._observer = observer
        self._lease = lease
        self._ahead: float | None = None

    async def now(self, webhook_ids: Iterable[WebhookId]) -> datetime:
        """The time, with all due times in order for it. Raises `NotNow`; then the next call tries again."""
        now = self._clock.now()
        ahead = now.timestamp() - self._clock.elapsed()
        by = 0.0 if self._ahead is None else ahead - self._ahead
        if by <= -LEAP_SECONDS:
            await self._bring_forward(tuple(webhook_ids), now, timedelta(seconds=by))
        if abs(by) >= LEAP_SECONDS:
            await self._store.extend_leases(lease_until=now + self._lease)
            self._observer.note("clock.leapt", seconds=round(by, 3))
        self._ahead = ahead
        return now

    async def begin(self, webhook_ids: Iterable[WebhookId]) -> None:
        """At the start of a process: the clock may have been set back while none ran."""
        await self._bring_forward(tuple(webhook_ids), self._clock.now(), timedelta())

    async def _bring_forward(self, webhook_ids: tuple[WebhookId, ...], now: datetime, by: timedelta) -> None:
        after = await self._store.bring_forward(webhook_ids, now=now, by=by, limit=STEP, after=None)
        while after is not None:
            after = await self._store.bring_forward(webhook_ids, now=now, by=by, limit=STEP, after=after)
