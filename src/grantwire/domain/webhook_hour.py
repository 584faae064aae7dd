"""Hour: what a webhook's invocations of one hour came to.

In: single outcomes. Out: sums that can be added up. Never: an average (it cannot be added).
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime

from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId

# Upper bounds of the latency buckets in milliseconds; the last bucket has none. The steps of a stop watch: what a
# person tells apart, up to the usual timeout of 30 s.
LATENCY_BOUNDS_MS = (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
BUCKETS = len(LATENCY_BOUNDS_MS) + 1
NOT_COUNTED = frozenset({VerdictKind.POSTPONED, VerdictKind.HELD})  # waiting is not failing


@dataclass(frozen=True, slots=True)
class WebhookHour:
    """`latencies` counts by bucket, answered invocations only; `last_at` is the start of the latest invocation."""

    webhook_id: WebhookId
    hour: datetime
    delivered: int
    failed: int
    latencies: tuple[int, ...]
    last_at: datetime
    last_verdict: VerdictKind

    @property
    def invocations(self) -> int:
        return self.delivered + self.failed


def bucket_of(milliseconds: float) -> int:
    return bisect_left(LATENCY_BOUNDS_MS, milliseconds)


def success_rate(delivered: int, failed: int) -> float | None:
    """In [0, 1]; None without any invocation."""
    total = delivered + failed
    return delivered / total if total else None
