"""Look: read-only questions about events, deliveries and attempts.

In: ids and queries. Out: what is on record, or `Refused` (not found). Never: a change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Delivery, DeliveryId
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.event import Event, EventId
from grantwire.domain.event_search import Searched
from grantwire.domain.headline import Headline, headline_of
from grantwire.domain.retention import KEPT_SHORTER
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.ports import Backlog, Clock, DeliveryQuery, EventQuery, Page, Store
from grantwire.steps.explain import Explanation, explain

PAGE = 100
OFFERED = 300  # values offered for choosing; more is found by typing


@dataclass(frozen=True, slots=True)
class EventStory:
    event: Event
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook answered to an event: its deliveries, newest first, none when it was not asked; and what it would
    answer now. Of a deleted webhook, or when the payload was removed, only the deliveries are left."""

    webhook_name: str
    deliveries: tuple[Delivery, ...]
    now: Explanation | None


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

    async def whole_event(self, event_id: EventId) -> Event:
        """With its payload. Raises `Refused` where that was removed."""
        event = await self._store.event(event_id)
        if event is None:
            raise _unknown("event", event_id)
        if event.is_payload_removed:
            problem = Problem("id", "its payload was removed, so what it said is not known any more.", KEPT_SHORTER)
            raise Refused(f"the payload of event {event_id!r} is gone", [problem], why=Refusal.CONFLICT)
        return event

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
        return explain(webhook, await self.whole_event(event_id))

    def answers(self, story: EventStory, webhooks: Iterable[Webhook]) -> Sequence[Answer]:
        """Of every webhook, in their order, then of those that are gone."""
        by_webhook: dict[WebhookId, list[Delivery]] = {}
        for delivery in story.deliveries:
            by_webhook.setdefault(delivery.webhook_id, []).append(delivery)
        event = story.event
        answers = [
            Answer(
                one.name,
                tuple(by_webhook.pop(one.id, ())),
                None if event.is_payload_removed else explain(one, event),
            )
            for one in webhooks
        ]
        return [*answers, *(Answer(gone[0].webhook_name, tuple(gone), None) for gone in by_webhook.values())]

    async def headlines(self, event_ids: Iterable[EventId]) -> Mapping[EventId, Headline]:
        """Of the events of a page of deliveries."""
        found = await self._store.events_named(list(dict.fromkeys(event_ids)))
        return {event.id: headline_of(event) for event in found}

    async def said(self, dimension: Searched) -> Sequence[str]:
        """Values that events gave so far, to choose from."""
        return await self._store.said(dimension, limit=OFFERED)

    async def unindexed_events(self) -> int:
        """How many of the newest events are not found by what they say yet."""
        return await self._store.unindexed_events()

    async def backlog(self) -> Backlog:
        return await self._store.backlog(now=self._clock.now())


def _unknown(noun: str, id_: str) -> Refused:
    return Refused(
        f"there is no {noun} {id_!r}",
        [Problem("id", f"no {noun} has the id {id_!r}.", "Check the id, or list them.")],
        why=Refusal.NOT_FOUND,
    )
