"""Lines: what time alone changes in the order of an access request, and a look over all lines after the start.

In: the clock. Out: lines that a dead delivery held long enough go on. Never: more than a small step at a time.
"""

from collections.abc import Callable

from grantwire.domain.errors import NotNow
from grantwire.domain.webhook import WebhookId
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

    async def run(self) -> None:
        """For as long as the process lives."""
        is_mended = False
        while True:
            try:
                if not is_mended:
                    await self.mend()
                    is_mended = True
                await self.let_go()
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
            await self._clock.wait(PAUSE_SECONDS)

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
