"""What the sums of hours ask of the store.

In: times and webhooks. Out: sums. Never: a question that reads all attempts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from grantwire.domain.webhook import WebhookId
from grantwire.domain.webhook_hour import WebhookHour


class HourStore(Protocol):
    """What each webhook's invocations of an hour came to."""

    async def roll_up(self, *, limit: int) -> int:
        """Adds up to `limit` attempts that are not counted yet to the sums of their hours, and remembers how far it
        came, in one transaction. How many were added."""

    async def webhook_hours(self, *, since: datetime, webhook_id: WebhookId | None = None) -> Sequence[WebhookHour]:
        """Of all webhooks or of one, from the hour of `since` on, oldest first."""

    async def last_hours(self, webhook_ids: Sequence[WebhookId]) -> Sequence[WebhookHour]:
        """The latest hour of each webhook that has one."""
