"""Look: read-only questions about events, deliveries and attempts.

In: ids and queries. Out: what is on record, or `Refused` (not found). Never: a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Delivery, DeliveryId
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.event import Event, EventId
from grantwire.domain.webhook import Webhook
from grantwire.ports import Backlog, Clock, DeliveryQuery, EventQuery, Page, Store
from grantwire.steps.explain import Explanation, explain

PAGE = 100


@dataclass(frozen=True, slots=True)
class EventStory:
    event: Event
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """`replays` are the deliveries that repeat this one."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]
    replays: tuple[Delivery, ...] = ()


class Look:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def events(self, query: EventQuery, *, limit: int = PAGE, after: str | None = None) -> Page[Event]:
        return await self._store.events(query, limit=limit, after=after)

    async def event(self, event_id: EventId) -> EventStory:
        event = await self._store.event(event_id)
        if event is None:
            raise _unknown("event", event_id)
        page = await self._store.deliveries(DeliveryQuery(event_id=event_id), limit=1000, after=None)
        return EventStory(event, page.items)

    async def deliveries(self, query: DeliveryQuery, *, limit: int = PAGE, after: str | None = None) -> Page[Delivery]:
        return await self._store.deliveries(query, limit=limit, after=after)

    async def delivery(self, delivery_id: DeliveryId) -> DeliveryStory:
        delivery = await self._store.delivery(delivery_id)
        if delivery is None:
            raise _unknown("delivery", delivery_id)
        attempts, replays = await self._store.attempts(delivery_id), await self._store.replays(delivery_id)
        return DeliveryStory(delivery, tuple(attempts), tuple(replays))

    async def attempts(self, delivery_id: DeliveryId) -> Sequence[Attempt]:
        return await self._store.attempts(delivery_id)

    async def attempt(self, attempt_id: AttemptId) -> Attempt:
        attempt = await self._store.attempt(attempt_id)
        if attempt is None:
            raise _unknown("attempt", attempt_id)
        return attempt

    async def explain(self, webhook: Webhook, event_id: EventId) -> Explanation:
        """Why the webhook, as it is now, would fire for this event or would not."""
        event = await self._store.event(event_id)
        if event is None:
            raise _unknown("event", event_id)
        return explain(webhook, event)

    async def backlog(self) -> Backlog:
        return await self._store.backlog(now=self._clock.now())


def _unknown(noun: str, id_: str) -> Refused:
    return Refused(
        f"there is no {noun} {id_!r}",
        [Problem("id", f"no {noun} has the id {id_!r}.", "Check the id, or list them.")],
        why=Refusal.NOT_FOUND,
    )
