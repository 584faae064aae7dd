"""Release: what a webhook holds goes out at the rate that was chosen when it was resumed.

In: webhooks with a rate, the clock. Out: held deliveries become pending, oldest first, so many in any minute.
Never: a new event held back (it goes at once, beside them), or a rate forgotten by a restart (it is the webhook's).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from grantwire.domain.errors import NotNow, Refused
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.domain.window import SPAN_SECONDS, Window
from grantwire.flow.roster import Roster
from grantwire.ports import Clock, DeliveryStore, Observer

TICK_SECONDS = 1.0

Released = Callable[[WebhookId], Awaitable[None]]


@dataclass(slots=True)
class _Pace:
    """Spread over the minute (`owed` grows with time), and exact over any minute (the window)."""

    window: Window
    at: float
    owed: float = 1.0

    def allowed(self, now: float) -> int:
        per_second = (self.window.limit or 0) / SPAN_SECONDS
        self.owed = min(self.owed + (now - self.at) * per_second, max(1.0, 2 * TICK_SECONDS * per_second))
        self.at = now
        return min(int(self.owed + 1e-6), self.window.room(now) or 0)  # ten tenths are 0.999…

    def take(self, count: int, now: float) -> None:
        self.owed -= count
        for _ in range(count):
            self.window.start(now)


class Release:
    """`released` is told when nothing is held any more; `expect` that there is something to send."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        roster: Roster,
        expect: Callable[[WebhookId], None],
        released: Released,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._store = store
        self._roster = roster
        self._expect = expect
        self._released = released
        self._clock = clock
        self._observer = observer
        self._paces: dict[WebhookId, _Pace] = {}

    async def run(self) -> None:
        """For as long as the process lives; while no webhook has a rate, it only looks at them."""
        while True:
            try:
                await self.tick()
            except (NotNow, Refused) as reason:  # refused: somebody changed the webhook at this moment
                self._observer.note("store.unavailable", why=reason.title)
            await self._clock.wait(TICK_SECONDS)

    async def tick(self) -> None:
        """What is allowed by now."""
        going = {ready.webhook.id: ready.webhook for ready in self._roster.all() if is_releasing(ready.webhook)}
        self._paces = {id_: pace for id_, pace in self._paces.items() if id_ in going}
        for webhook in going.values():
            await self._let_go(webhook)

    async def _let_go(self, webhook: Webhook) -> None:
        now, pace = self._clock.elapsed(), self._pace(webhook)
        allowed = pace.allowed(now)
        if not allowed:
            return
        count = await self._store.release(webhook.id, due_at=self._clock.now(), limit=allowed)
        pace.take(count, now)
        if count:
            self._expect(webhook.id)
        if count < allowed:
            await self._released(webhook.id)

    def _pace(self, webhook: Webhook) -> _Pace:
        pace = self._paces.get(webhook.id)
        if pace is None:
            pace = self._paces[webhook.id] = _Pace(Window(webhook.release_per_minute), self._clock.elapsed())
        elif pace.window.limit != webhook.release_per_minute:
            pace.window = pace.window.resized(webhook.release_per_minute)
        return pace


def is_releasing(webhook: Webhook) -> bool:
    return webhook.release_per_minute is not None and webhook.active and webhook.paused_why is None
