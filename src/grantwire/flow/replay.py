"""Replay (one delivery): retry now, or cancel.

In: a delivery id and who asked. Out: the delivery as it now is. Never: an edit of what already ended.
"""

from grantwire.domain.delivery import Delivery, DeliveryId
from grantwire.flow.work import Work
from grantwire.ports import Clock, DeliveryStore, Observer


class Replay:
    def __init__(self, *, store: DeliveryStore, work: Work, clock: Clock, observer: Observer) -> None:
        self._store = store
        self._work = work
        self._clock = clock
        self._observer = observer

    async def retry(self, delivery_id: DeliveryId) -> Delivery:
        """A waiting or held delivery is sent at once. Raises `Refused`."""
        delivery = await self._store.retry_now(delivery_id, now=self._clock.now())
        self._observer.note("delivery.retried", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)
        return delivery

    async def cancel(self, delivery_id: DeliveryId) -> Delivery:
        """Raises `Refused` for one that ended or is being sent."""
        delivery = await self._store.cancel(delivery_id, now=self._clock.now(), why="cancelled by a person")
        self._observer.note("delivery.cancelled", delivery=delivery_id, webhook=delivery.webhook_name)
        return delivery
