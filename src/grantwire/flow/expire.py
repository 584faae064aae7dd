"""Expire: deliveries that wait, or are held, longer than their webhook's `max_age_hours` end, whoever they wait for.

In: the clock. Out: dead deliveries that say "too old". Never: one that is being sent, or more than a small step at a
time.
"""

from grantwire.domain.webhook import Webhook
from grantwire.flow.roster import Roster
from grantwire.flow.sweep import sweep_forever
from grantwire.ports import Clock, DeliveryStore, Observer
from grantwire.steps.admit import why_too_old

STEP = 200  # deliveries of one transaction: some milliseconds, so that accepts in between do not wait
EVERY_SECONDS = 60.0
REST_SECONDS = 0.1


class Expire:
    def __init__(self, *, store: DeliveryStore, roster: Roster, clock: Clock, observer: Observer) -> None:
        self._store = store
        self._roster = roster
        self._clock = clock
        self._observer = observer

    async def run(self) -> None:
        """For as long as the process lives."""
        await sweep_forever(self.sweep, rest_seconds=EVERY_SECONDS, clock=self._clock, observer=self._observer)

    async def sweep(self) -> None:
        """Everything that is too old now has ended when this returns."""
        for ready in self._roster.all():
            await self._end_old(ready.webhook)

    async def _end_old(self, webhook: Webhook) -> None:
        """Three index searches where nothing is too old."""
        count = step = await self._step(webhook)
        while step == STEP:
            await self._clock.wait(REST_SECONDS)
            step = await self._step(webhook)
            count += step
        if count:
            self._observer.note("deliveries.expired", webhook=webhook.name, deliveries=count)

    async def _step(self, webhook: Webhook) -> int:
        now = self._clock.now()
        before, why = now - webhook.retry.max_age, why_too_old(webhook)
        return await self._store.expire(webhook.id, created_before=before, now=now, why=why, limit=STEP)
