"""Page: a piece of a list, and which list was asked for.

In: what a person wants to see. Out: frozen values. Never: a cursor's inside (the store makes and reads it).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from grantwire.domain.delivery import State
from grantwire.domain.event import EventId
from grantwire.domain.event_search import Searched
from grantwire.domain.webhook import WebhookId

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`after` is the cursor of the next page; None at the end. `looked_back_to` is set where the search stopped before
    it had found enough, so as not to take too long: whoever wants older ones goes on with `after`."""

    items: tuple[T, ...]
    after: str | None
    looked_back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryQuery:
    """Every given field narrows; None does not. `says` asks for events by what they say: words of a person for each
    dimension, compared without regard to case with whole values, or, where there is no such value, with parts."""

    webhook_id: WebhookId | None = None
    states: tuple[State, ...] = ()
    event_id: EventId | None = None
    access_request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    says: tuple[tuple[Searched, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EventQuery:
    """`says` as in `DeliveryQuery`."""

    type: str | None = None
    access_request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    says: tuple[tuple[Searched, str], ...] = ()
