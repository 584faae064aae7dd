"""Events and what they led to, as they are written.

In: promises, events and event types of the domain. Out: wire types. Never: a webhook's secret, or an envelope changed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from grantwire.domain.event import Event
from grantwire.domain.event_types import EventType
from grantwire.edges.api.wire.delivery import DeliveryAnswer
from grantwire.flow.ingest import Promise


class PromisedDelivery(Struct, frozen=True):
    id: Annotated[str, Meta(examples=["dlv_01jd3xq4"])]
    webhook: Annotated[str, Meta(examples=["ServiceNow prod"])]


class SkippedWebhook(Struct, frozen=True):
    webhook: str
    why: Annotated[str, Meta(examples=["integration 'test db' is not among prod db"])]


class AcceptedEvent(Struct, frozen=True):
    """An event that is stored, with the deliveries it led to and the webhooks that did not want it."""

    id: Annotated[str, Meta(examples=["evt_01jd3xq4"])]
    deliveries: list[PromisedDelivery]
    skipped: list[SkippedWebhook]


class EventAnswer(Struct, frozen=True, kw_only=True):
    """An event on record, with its deliveries."""

    id: str
    type: Annotated[str, Meta(examples=["RequestCreated"])]
    family: Annotated[str, Meta(examples=["request"])]
    occurred_at: datetime
    accepted_at: datetime
    access_request_id: str | None
    envelope: Annotated[
        Mapping[str, Any] | None, Meta(description="What was sent, with every extra field; null once it was removed.")
    ]
    payload_removed: Annotated[bool, Meta(description="The payload was kept as long as is set, and is gone.")]
    deliveries: list[DeliveryAnswer]


class EventPage(Struct, frozen=True):
    items: list[EventAnswer]
    after: Annotated[str | None, Meta(description="Give it as `after` for the next page; null at the end.")]


class EventTypeAnswer(Struct, frozen=True, kw_only=True):
    """What may happen: its schema (JSON Schema 2020-12) and a sample."""

    name: Annotated[str, Meta(examples=["RequestCreated"])]
    aliases: Annotated[list[str], Meta(description="Other names a sender may use.")]
    family: str
    description: str
    schema: dict[str, Any]
    sample: dict[str, Any]


class EventTypePage(Struct, frozen=True):
    items: list[EventTypeAnswer]
    after: str | None = None


def accepted(promise: Promise) -> AcceptedEvent:
    return AcceptedEvent(
        promise.event_id,
        [PromisedDelivery(delivery.id, delivery.webhook_name) for delivery in promise.deliveries],
        [SkippedWebhook(delivery.webhook_name, delivery.why) for delivery in promise.skipped],
    )


def event_answer(event: Event, deliveries: list[DeliveryAnswer]) -> EventAnswer:
    return EventAnswer(
        id=event.id,
        type=event.type,
        family=event.family.value,
        occurred_at=event.occurred_at,
        accepted_at=event.accepted_at,
        access_request_id=event.access_request_id,
        envelope=None if event.is_payload_removed else event.document(),
        payload_removed=event.is_payload_removed,
        deliveries=deliveries,
    )


def event_type_answer(kind: EventType) -> EventTypeAnswer:
    return EventTypeAnswer(
        name=kind.name,
        aliases=list(kind.aliases),
        family=kind.family.value,
        description=kind.description,
        schema=kind.json_schema(),
        sample=kind.sample(),
    )
