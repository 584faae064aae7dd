"""What an accepted event is written as, and what the store answers.

In: an event and its deliveries. Out: those on record. Never: a decision: which deliveries there are is known before.
"""

from datetime import datetime
from enum import StrEnum

from grantwire.domain.delivery import DeliveryId, State
from grantwire.domain.event import AccessRequestId, Event, EventId
from grantwire.domain.value import value
from grantwire.domain.webhook import WebhookId


@value(frozen=True, slots=True)
class NewDelivery:
    """A delivery to be written with its event. `state` is pending, sending (born claimed: `token` and
    `lease_until` are set), held or skipped. With a `line` it waits as blocked, whatever `state` says, when an earlier
    delivery of the same webhook for this access request stands in it."""

    id: DeliveryId
    webhook_id: WebhookId
    webhook_name: str
    state: State
    why: str = ""
    token: str | None = None
    lease_until: datetime | None = None
    line: AccessRequestId | None = None


@value(frozen=True, slots=True)
class Admission:
    """An event with all its deliveries: written together or not at all."""

    event: Event
    deliveries: tuple[NewDelivery, ...]


class Arrival(StrEnum):
    """New; the same id with the same content (the first answer again); the same id with other content."""

    NEW = "new"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"


@value(frozen=True, slots=True)
class Acceptance:
    """`deliveries` are the ones on record: the new ones, or for a repeated event those of the first time."""

    arrival: Arrival
    event_id: EventId
    deliveries: tuple[NewDelivery, ...]
