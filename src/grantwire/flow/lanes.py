"""Lanes: one per webhook, so that what waits for one target never stands in front of another's.

In: places asked for, claims, ends of trips. Out: how many more claims a lane takes, which claim goes next.
Never: a task of its own; it only counts, and tells who waits for a place.

First attempts go before those that come again, which never take the last slots, places and starts: a storm of retries
delays no new event.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from grantwire.domain.delivery import Claim, Room
from grantwire.domain.target_limits import SERVICENOW_CONCURRENCY
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.domain.window import Window
from grantwire.flow.targets import Target, kept_for_first

DEFAULT_CONCURRENCY = 64
QUEUE_PER_SLOT = 15  # claims that wait in a lane, per slot: enough to never run dry, few enough to lose nothing by
QUICK_PER_SECOND = 500  # ends of deliveries; below it a claim costs nothing that anyone would notice
PACE_OVER = 64  # ends over which the pace is taken
SETTLING_PER_SLOT = 4  # outcomes on their way to the store, per slot
STILL_SECONDS = 0.25  # a lane in which nothing ended for so long stands still
FIRST_RUN = 8  # first attempts that start in a row while others come again: they go first, but not for ever


class Lane:
    """`_reserved` places are promised to accepts and claims whose commit is under way. `is_behind`: the last claim
    took all it had room for, so the store holds more; new deliveries then queue up behind them there. `has_first`:
    the store holds first attempts to claim, or may; `has_again`: the same for deliveries that come again."""

    def __init__(self, webhook: Webhook, target: Target) -> None:
        self.webhook_id = webhook.id
        self.target = target
        target.lanes.append(self)
        self._queue: deque[Claim] = deque()
        self._again: deque[Claim] = deque()
        self._running = 0
        self._running_again = 0
        self._run = 0
        self._settling = 0
        self._reserved = 0
        self._window = Window(webhook.limits.per_minute)
        self._set_slots(webhook, target)
        self.is_behind = True
        self.has_first = True
        self.has_again = True
        self._waiting: deque[tuple[int, asyncio.Future[int]]] = deque()
        self._is_brisk = True
        self._is_quick = True
        self._moved_at = 0.0
        self._paced_since = 0.0
        self._paced = 0

    def follow(self, webhook: Webhook, target: Target) -> None:
        """Takes over changed limits and another target; what waits stays."""
        if target is not self.target:
            self.leave()
            target.lanes.append(self)
            self.target = target
        self._set_slots(webhook, target)
        if self._window.limit != webhook.limits.per_minute:
            self._window = self._window.resized(webhook.limits.per_minute)

    def _set_slots(self, webhook: Webhook, target: Target) -> None:
        """A call that may carry many needs as many of them at hand, and as many outcomes on their way."""
        size = 1 if webhook.batch is None else webhook.batch.size
        self._slots = slots_of(webhook, target)
        self._depth = self._slots * max(QUEUE_PER_SLOT, 2 * size)
        self._most_settling = self._slots * SETTLING_PER_SLOT * size

    def leave(self) -> None:
        """Its target's lanes are one fewer."""
        self.target.lanes.remove(self)

    def room(self, now: float) -> int:
        """Claims the lane takes now, within its rate."""
        taken = len(self._queue) + len(self._again) + self._reserved
        places = self._slots + self._depth - self._running - self._settling - taken
        for starts in (self._window.room(now), self.target.room(now)):
            if starts is not None:
                places = min(places, starts - taken)
        return max(0, places)

    def room_to_claim(self, now: float) -> Room | None:
        """What to ask the store for; None while the lane is busy enough or its target is left alone: the store may then
        hold more."""
        most = self.room(now) if self.is_half_empty and self.target.may_claim else 0
        if most and not self.target.is_closed:  # one, as a probe
            most = 0 if self.has_queued else 1
        if not most:
            self.has_first = self.has_again = True
            return None
        if not self.is_behind:  # what comes in while the claim is under way finds a place too
            most = max(1, most // 2)
        again = 0 if self._is_full_of_again else min(most, self._places_again - len(self._again))
        return Room(most, again)

    def claimed(self, room: Room, claims: Sequence[Claim]) -> None:
        """What the store gave for the room. Where it gave less than asked for, it holds no more."""
        for claim in claims:
            self.put(claim)
        self.has_first = len(claims) >= room.most
        self.has_again = sum(claim.is_again for claim in claims) >= room.again
        self.is_behind = self.has_first or not self.target.is_closed

    def wait_seconds(self, now: float) -> float:
        """Until the rates allow another start, or the target a probe; 0 when they do."""
        kept = kept_for_first(self._window.limit or 0) if self._again and not self._queue else 0
        return max(self._window.wait_seconds(now, keep=kept), self.target.wait_seconds(now))

    def reserve(self, now: float) -> bool:
        """A place for a delivery that is born claimed; none while older ones wait in the store."""
        if self.is_behind or self.room(now) <= 0:
            return False
        if self.is_idle:  # the time it had nothing to do does not count
            self._paced, self._paced_since, self._moved_at = 0, now, now
        self._reserved += 1
        return True

    def is_short_of(self, places: int, now: float) -> bool:
        """Whether an accept does well to wait a moment for places: the lane moves quickly, has too few, and nothing
        older waits in the store. A slow lane is never waited for, or its target would slow down what goes to all
        others; nor one that stands still. More than half of a lane is never waited for."""
        if self.is_behind or not self._is_brisk or not self._is_quick or self._window.limit is not None:
            return False
        if now - self._moved_at > STILL_SECONDS:
            return False
        return bool(self._waiting) or self.room(now) < min(places, self._depth // 2)

    def wait_for(self, places: int) -> "asyncio.Future[int]":
        """Done when there is so much room, with the places that were set aside: the waiter cancels them when it
        reserves its own. None of them when waiting was given up. First come, first served."""
        freed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((min(places, self._depth // 2), freed))
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
        (self._again if claim.is_again else self._queue).append(claim)

    def next(self, now: float) -> Claim | None:
        """The claim to start now, if a slot and the rate are free; whoever takes it must call `answered` when its reply
        is there and `end` when it is settled."""
        if self._running >= self._slots or self._settling >= self._most_settling:
            return None  # settling: the store is slow, and what it does not hold could double
        starts = self._window.room(now)
        if starts == 0:
            return None
        queue = self._queue
        if self._again and (not queue or self._run >= FIRST_RUN) and self._lets_again(starts, now):
            return self._start(self._again, now)
        if not queue or (self.target.is_gated and not self.target.lets(now, is_again=False)):
            return None
        return self._start(queue, now)

    def _lets_again(self, starts: int | None, now: float) -> bool:
        if self._running_again >= self._slots_again:
            return False
        if starts is not None and starts <= kept_for_first(self._window.limit or 0):
            return False
        return not self.target.is_gated or self.target.lets(now, is_again=True)

    def _start(self, queue: deque[Claim], now: float) -> Claim:
        claim = queue.popleft()
        self._window.start(now)
        self._running += 1
        if queue is self._again:
            self._running_again += 1
            self._run = 0
        else:
            self._run += 1
        self.target.start(claim, now)
        return claim

    def companions(self, most: int, now: float) -> list[Claim]:
        """Claims that go along in the call that is starting: they take no slot, yet each is a start of the rates. What
        may have arrived already goes alone."""
        found: list[Claim] = []
        for queue in (self._queue, self._again):
            while queue and len(found) < most and not queue[0].is_ambiguous and self._lets_along(now):
                self._window.start(now)
                self.target.start_along(now)
                found.append(queue.popleft())
        return found

    def _lets_along(self, now: float) -> bool:
        return self._window.room(now) != 0 and self.target.room(now) != 0

    def give_back(self, claims: Sequence[Claim]) -> None:
        """They go next, before all others."""
        self._queue.extendleft(reversed(claims))

    def answered(self, claim: Claim, *, along: int = 0) -> None:
        """The slot is free for another request; the outcome of this one, and of those that went along, still have to be
        written."""
        self._running -= 1
        self._running_again -= claim.is_again
        self._settling += 1 + along

    def end(self, now: float) -> None:
        self._settling -= 1
        self._moved_at = now
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
        waiting = [*self._queue, *self._again]
        self._queue.clear()
        self._again.clear()
        return waiting

    def stand(self) -> list[Claim]:
        """The target is left alone: what waits goes back to the store, and what is new goes there."""
        self.is_behind = self.has_first = self.has_again = True
        return self.drain()

    @property
    def is_idle(self) -> bool:
        return not (self._queue or self._again or self._running or self._settling or self._reserved)

    @property
    def queued(self) -> int:
        return len(self._queue) + len(self._again)

    @property
    def has_queued(self) -> bool:
        return bool(self._queue or self._again)

    @property
    def has_pending(self) -> bool:
        """The store holds something to claim, or may."""
        return self.has_first or self.has_again

    @property
    def wants_claims(self) -> bool:
        """There is room for what the store holds, or may hold."""
        return (self.has_first or (self.has_again and not self._is_full_of_again)) and self.is_half_empty

    @property
    def is_half_empty(self) -> bool:
        return (len(self._queue) + len(self._again)) * 2 <= self._depth

    @property
    def _slots_again(self) -> int:
        return self._slots - kept_for_first(self._slots)

    @property
    def _places_again(self) -> int:
        return max(1, self._depth // 4)

    @property
    def _is_full_of_again(self) -> bool:
        return len(self._again) * 2 > self._places_again


def slots_of(webhook: Webhook, target: Target) -> int:
    """Never more than its target takes at once."""
    slots = webhook.limits.concurrency
    if slots is None:
        slots = SERVICENOW_CONCURRENCY if webhook.success is SuccessRule.SERVICENOW else DEFAULT_CONCURRENCY
    most = target.limits.concurrency
    return slots if most is None else min(slots, most)
