"""Lanes: one per webhook, so that what waits for one target never stands in front of another's.

In: places asked for, claims, ends of trips. Out: how many more claims a lane takes, which claim goes next.
Never: a task of its own; it only counts, and tells who waits for a place.
"""

import asyncio
from collections import deque

from grantwire.domain.delivery import Claim
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.domain.window import Window

# ServiceNow runs four API threads per node by default (servicenow KB0564204): more only fills its queue.
SERVICENOW_CONCURRENCY = 4
DEFAULT_CONCURRENCY = 64
QUEUE_PER_SLOT = 15  # claims that wait in a lane, per slot: enough to never run dry, few enough to lose nothing by
QUICK_PER_SECOND = 500  # ends of deliveries; below it a claim costs nothing that anyone would notice
PACE_OVER = 64  # ends over which the pace is taken
SETTLING_PER_SLOT = 4  # outcomes on their way to the store, per slot


class Lane:
    """`_reserved` places are promised to accepts and claims whose commit is under way. `is_behind`: the last claim
    took all it had room for, so the store holds more; new deliveries then queue up behind them there. `has_pending`:
    the store holds something to claim, or may."""

    def __init__(self, webhook: Webhook) -> None:
        self._queue: deque[Claim] = deque()
        self._running = 0
        self._settling = 0
        self._reserved = 0
        self._window = Window(webhook.limits.per_minute)
        self._slots = slots_of(webhook)
        self.is_behind = True
        self.has_pending = True
        self._waiting: deque[tuple[int, asyncio.Future[int]]] = deque()
        self._is_brisk = True
        self._is_quick = True
        self._paced_since = 0.0
        self._paced = 0

    def follow(self, webhook: Webhook) -> None:
        """Takes over changed limits; what waits stays."""
        self._slots = slots_of(webhook)
        if self._window.limit != webhook.limits.per_minute:
            self._window = self._window.resized(webhook.limits.per_minute)

    def room(self, now: float) -> int:
        """Claims the lane takes now, within its rate."""
        taken = len(self._queue) + self._reserved
        places = self._slots * (1 + QUEUE_PER_SLOT) - self._running - self._settling - taken
        starts = self._window.room(now)
        return max(0, places if starts is None else min(places, starts - taken))

    def wait_seconds(self, now: float) -> float:
        """Until the rate allows another start; 0 when it does."""
        return self._window.wait_seconds(now)

    def reserve(self, now: float) -> bool:
        """A place for a delivery that is born claimed; none while older ones wait in the store."""
        if self.is_behind or self.room(now) <= 0:
            return False
        if self.is_idle:  # the time it had nothing to do does not count
            self._paced, self._paced_since = 0, now
        self._reserved += 1
        return True

    def is_short_of(self, places: int, now: float) -> bool:
        """Whether an accept does well to wait a moment for places: the lane moves quickly, has too few, and nothing
        older waits in the store. A slow lane is never waited for, or its target would slow down what goes to all
        others. More than half of a lane is never waited for."""
        if self.is_behind or not self._is_brisk or not self._is_quick or self._window.limit is not None:
            return False
        return bool(self._waiting) or self.room(now) < min(places, self._slots * QUEUE_PER_SLOT // 2)

    def wait_for(self, places: int) -> "asyncio.Future[int]":
        """Done when there is so much room, with the places that were set aside: the waiter cancels them when it
        reserves its own. None of them when waiting was given up. First come, first served."""
        freed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((min(places, self._slots * QUEUE_PER_SLOT // 2), freed))
        return freed

    def give_up(self) -> None:
        """Nobody waits for this lane any more until it is half empty again."""
        self._is_brisk = False
        while self._waiting:
            _, freed = self._waiting.popleft()
            if not freed.done():
                freed.set_result(0)

    def reserve_many(self, places: int) -> None:
        self._reserved += places

    def cancel(self, places: int = 1) -> None:
        self._reserved -= places

    def put(self, claim: Claim) -> None:
        self._queue.append(claim)

    def next(self, now: float) -> Claim | None:
        """The claim to start now, if a slot and the rate are free; whoever takes it must call `answered` when its reply
        is there and `end` when it is settled."""
        if not self._queue or self._running >= self._slots or self._window.room(now) == 0:
            return None
        if self._settling >= self._slots * SETTLING_PER_SLOT:  # the store is slow: what it does not hold could double
            return None
        self._window.start(now)
        self._running += 1
        return self._queue.popleft()

    def answered(self) -> None:
        """The slot is free for another request; the outcome of this one still has to be written."""
        self._running -= 1
        self._settling += 1

    def end(self, now: float) -> None:
        self._settling -= 1
        self._keep_pace(now)
        while self._waiting and self.room(now) >= self._waiting[0][0]:
            self._set_aside(*self._waiting.popleft())
        if not self._is_brisk and self.is_half_empty:
            self._is_brisk = True

    def _keep_pace(self, now: float) -> None:
        self._paced += 1
        if self._paced == PACE_OVER:
            self._is_quick = (now - self._paced_since) * QUICK_PER_SECOND <= PACE_OVER
            self._paced, self._paced_since = 0, now

    def _set_aside(self, places: int, freed: "asyncio.Future[int]") -> None:
        if not freed.done():
            self._reserved += places
            freed.set_result(places)

    def drain(self) -> list[Claim]:
        """Everything that waits, to be handed back."""
        waiting = list(self._queue)
        self._queue.clear()
        return waiting

    @property
    def is_idle(self) -> bool:
        return not (self._queue or self._running or self._settling or self._reserved)

    @property
    def is_half_empty(self) -> bool:
        return len(self._queue) * 2 <= self._slots * QUEUE_PER_SLOT


def slots_of(webhook: Webhook) -> int:
    if webhook.limits.concurrency is not None:
        return webhook.limits.concurrency
    return SERVICENOW_CONCURRENCY if webhook.success is SuccessRule.SERVICENOW else DEFAULT_CONCURRENCY
