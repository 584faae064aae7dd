"""Lines: what time alone changes in the order of an access request, and a look over all lines after the start.

In: the clock. Out: lines that a dead delivery held long enough go on. Never: more than a small step at a time.
"""

from collections.abc import Callable

from grantwire.domain.webhook import WebhookId
from grantwire.flow.sweep import sweep_forever
from grantwire.ports import Clock, DeliveryStore, Observer

STEP = 100  # lines of one transaction: some 10 ms where there are so many
REST_SECONDS = 0.1
PAUSE_SECONDS = 5.0  # one index search; the hours of a delivery do not end to the second


class Lines:
    """`expect` tells the worker that a webhook has something to send."""

    def __init__(
        self, *, store: DeliveryStore, expect: Callable[[WebhookId], None], clock: Clock, observer: Observer
    ) -> None:
        self._store = store
        self._expect = expect
        self._clock = clock
        self._observer = observer
        self._is_mended = False

    async def run(self) -> None:
        """For as long as the process lives."""
        await sweep_forever(self._sweep, rest_seconds=PAUSE_SECONDS, clock=self._clock, observer=self._observer)

    async def _sweep(self) -> None:
        if not self._is_mended:
            await self.mend()
            self._is_mended = True
        await self.let_go()

    async def mend(self) -> None:
        """Once, beside the trips: a line with nobody in turn and nobody dead goes on. There should be none; it is noted
        if there is."""
        after, mended = await self._store.mend_lines(after=None, now=self._clock.now(), limit=STEP)
        while after is not None:
            await self._clock.wait(REST_SECONDS)
            after, more = await self._store.mend_lines(after=after, now=self._clock.now(), limit=STEP)
            mended += more
        if mended:
            self._observer.note("lines.mended", lines=mended)

    async def let_go(self) -> None:
        """Every line that was held long enough goes on."""
        while going := await self._store.let_lines_go(now=self._clock.now(), limit=STEP):
            self._observer.note("lines.let_go", lines=len(going))
            for webhook_id in dict.fromkeys(going):
                self._expect(webhook_id)
