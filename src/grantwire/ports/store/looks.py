"""Questions to the store that change nothing.

In: ids and queries. Out: values and pages of them. Never: a write.
"""

from collections.abc import Sequence
from typing import Protocol

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Delivery, DeliveryId
from grantwire.domain.event import Event, EventId
from grantwire.domain.page import DeliveryQuery, EventQuery, Page
from grantwire.domain.receipt import Receipt
from grantwire.domain.webhook import WebhookId


class LookStore(Protocol):
    """Read-only questions."""

    async def event(self, event_id: EventId) -> Event | None: ...

    async def events(self, query: EventQuery, *, limit: int, after: str | None) -> Page[Event]:
        """Newest first."""

    async def events_named(self, event_ids: Sequence[EventId]) -> Sequence[Event]:
        """Those of up to a page's ids that there are, in no order."""

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None: ...

    async def deliveries(self, query: DeliveryQuery, *, limit: int, after: str | None) -> Page[Delivery]:
        """Newest first."""

    async def replays(self, delivery_id: DeliveryId) -> Sequence[Delivery]:
        """Those that repeat this one, oldest first."""

    async def attempts(self, delivery_id: DeliveryId) -> Sequence[Attempt]:
        """Oldest first."""

    async def attempt(self, attempt_id: AttemptId) -> Attempt | None: ...

    async def receipt(self, webhook_id: WebhookId, access_request_id: str) -> Receipt | None: ...
