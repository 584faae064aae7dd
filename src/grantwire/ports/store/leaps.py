"""What a wall clock that leapt asks of the store.

In: times. Out: how far it came. Never: a delivery that is lost or doubled because a clock was set.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from grantwire.domain.webhook import WebhookId

LeapPlace = tuple[int, str]


class LeapStore(Protocol):
    async def extend_leases(self, *, lease_until: datetime) -> int:
        """Every claim is good until then; how many there are."""

    async def bring_forward(
        self, webhook_ids: Sequence[WebhookId], *, now: datetime, by: timedelta, limit: int, after: LeapPlace | None
    ) -> LeapPlace | None:
        """After the clock went back: up to `limit` deliveries of each webhook that are due after `now`, the earliest
        first. Pending ones, which wait for no time, become due at once; waiting ones so much earlier. Where to go on;
        None at the end."""
