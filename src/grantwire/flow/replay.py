"""Replay: retry now, cancel, skip, or send again one delivery that ended without success.

In: a delivery's id. Out: the delivery as it now is, or the new one. Never: an edit of what already ended (a replay is a
new delivery that points at the old one); many at once (see `replays`).
"""

from grantwire.domain.delivery import Delivery, DeliveryId
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.flow.roster import Roster
from grantwire.flow.work import Work
from grantwire.ports import Clock, Dice, Observer, Store
from grantwire.steps.repeat import repeat


class Replay:
    def __init__(
        self, *, store: Store, roster: Roster, work: Work, clock: Clock, dice: Dice, observer: Observer
    ) -> None:
        self._store = store
        self._roster = roster
        self._work = work
        self._clock = clock
        self._dice = dice
        self._observer = observer

    async def retry(self, delivery_id: DeliveryId) -> Delivery:
        """A waiting or held delivery is sent at once. Raises `Refused`."""
        delivery = await self._store.retry_now(delivery_id, now=self._clock.now())
        self._observer.note("delivery.retried", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)
        return delivery

    async def cancel(self, delivery_id: DeliveryId, *, why: str = "cancelled by a person") -> Delivery:
        """Raises `Refused` for one that ended or is being sent."""
        delivery = await self._store.cancel(delivery_id, now=self._clock.now(), why=why)
        self._observer.note("delivery.cancelled", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)  # whoever waited behind it
        return delivery

    async def skip(self, delivery_id: DeliveryId, *, by: str = "a person") -> Delivery:
        """A dead delivery that keeps others of its access request waiting lets them go. Raises `Refused` for any
        other."""
        delivery = await self._store.skip(delivery_id, now=self._clock.now(), why=f"skipped by {by}")
        self._observer.note("delivery.skipped", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)
        return delivery

    async def again(self, delivery_id: DeliveryId) -> Delivery:
        """The new delivery. Raises `Refused` for one that has not ended, or was delivered, or whose webhook is gone or
        inactive."""
        old = await self._store.delivery(delivery_id)
        if old is None:
            raise Refused(f"there is no delivery {delivery_id!r}", why=Refusal.NOT_FOUND)
        return await self._send(self._sendable(old.webhook_id), old)

    async def _send(self, webhook: Webhook, old: Delivery) -> Delivery:
        now = self._clock.now()
        [new] = await self._store.replay([repeat(webhook, old, id_=self._dice.new_id("dlv", now))], now=now)
        self._observer.note("delivery.replayed", delivery=new.id, replay_of=new.replay_of, webhook=webhook.name)
        self._work.expect(webhook.id)
        return new

    def _sendable(self, webhook_id: WebhookId) -> Webhook:
        """A paused webhook may get more to hold; to an inactive one nothing is sent."""
        ready = self._roster.get(webhook_id)
        if ready is None:
            problem = Problem("", "Its webhook was deleted.", "Only a webhook that is there can be sent to.")
            raise Refused("it cannot be replayed", [problem], why=Refusal.CONFLICT)
        if not ready.webhook.active:
            problem = Problem("", f"The webhook {ready.webhook.name} is inactive.", "Make it active first.")
            raise Refused("it cannot be replayed", [problem], why=Refusal.CONFLICT)
        return ready.webhook
