"""Lanes: one per webhook, so that what waits for one target never stands in front of another's.

In: places asked for, claims, ends of trips. Out: how many more claims a lane takes, which claim goes next.
Never: a task or a wait of its own; it only counts.
"""

from collections import deque

from grantwire.domain.delivery import Claim
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.domain.window import Window

# ServiceNow runs four API threads per node by default (servicenow KB0564204): more only fills its queue.
SERVICENOW_CONCURRENCY = 4
DEFAULT_CONCURRENCY = 64
QUEUE_PER_SLOT = 15  # claims that wait in a lane, per slot: enough to never run dry, few enough to lose nothing by


class Lane:
    """`_reserved` places are promised to accepts and claims whose commit is under way. `is_behind`: the last claim
    took all it had room for, so the store holds more; new deliveries then queue up behind them there. `has_pending`:
    the store holds something to claim, or may."""

    def __init__(self, webhook: Webhook) -> None:
        self._queue: deque[Claim] = deque()
        self._running = 0
        self._reserved = 0
        self._window = Window(webhook.limits.per_minute)
        self._slots = slots_of(webhook)
        self.is_behind = True
        self.has_pending = True

    def follow(self, webhook: Webhook) -> None:
        """Takes over changed limits; what waits stays."""
        self._slots = slots_of(webhook)
        if self._window.limit != webhook.limits.per_minute:
            self._window = self._window.resized(webhook.limits.per_minute)

    def room(self, now: float) -> int:
        """Claims the lane takes now, within its rate."""
        taken = len(self._queue) + self._reserved
        places = self._slots * (1 + QUEUE_PER_SLOT) - self._running - taken
        starts = self._window.room(now)
        return max(0, places if starts is None else min(places, starts - taken))

    def wait_seconds(self, now: float) -> float:
        """Until the rate allows another start; 0 when it does."""
        return self._window.wait_seconds(now)

    def reserve(self, now: float) -> bool:
        """A place for a delivery that is born claimed; none while older ones wait in the store."""
        if self.is_behind or self.room(now) <= 0:
            return False
        self._reserved += 1
        return True

    def reserve_many(self, places: int) -> None:
        self._reserved += places

    def cancel(self, places: int = 1) -> None:
        self._reserved -= places

    def put(self, claim: Claim) -> None:
        self._queue.append(claim)

    def next(self, now: float) -> Claim | None:
        """The claim to start now, if a slot and the rate are free; whoever takes it must call `end`."""
        if not self._queue or self._running >= self._slots or self._window.room(now) == 0:
            return None
        self._window.start(now)
        self._running += 1
        return self._queue.popleft()

    def end(self) -> None:
        self._running -= 1

    def drain(self) -> list[Claim]:
        """Everything that waits, to be handed back."""
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    @property
    def is_idle(self) -> bool:
        return not (self._queue or self._running or self._reserved)

    @property
    def is_half_empty(self) -> bool:
        return len(self._queue) * 2 <= self._slots * QUEUE_PER_SLOT


def slots_of(webhook: Webhook) -> int:
    if webhook.limits.concurrency is not None:
        return webhook.limits.concurrency
    return SERVICENOW_CONCURRENCY if webhook.success is SuccessRule.SERVICENOW else DEFAULT_CONCURRENCY
