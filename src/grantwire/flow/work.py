"""Work: claims become trips, trips become settlements.

In: claims handed over by this process's own accepts, and due deliveries leased from the store. Out: settlements.
Never: an HTTP exchange inside a transaction, a claim held past the stop, a trip whose outcome goes unrecorded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grantwire.domain.breaker import Phase
from grantwire.domain.delivery import WEBHOOK_DELETED, Claim, Room, State
from grantwire.domain.errors import NotNow, Refused
from grantwire.domain.verdict import RetryAt
from grantwire.domain.webhook import WebhookId
from grantwire.flow.company import Company
from grantwire.flow.deliver import Outcome, settle
from grantwire.flow.driver import Driver
from grantwire.flow.lanes import Lane
from grantwire.flow.leaps import Leaps
from grantwire.flow.roster import Ready, Roster
from grantwire.flow.targets import Target, Targets
from grantwire.flow.together import Together, Trips
from grantwire.ports import Clock, Doorbell, Observer, Settlement, Store
from grantwire.steps.blame import Blame, blame

DEFECT_WAIT = timedelta(minutes=5)  # a defect of ours is not cured by haste
IDLE_SECONDS = 5.0  # how late a lost ring, or another process's accept, may be noticed
STORE_WAIT_SECONDS = 1.0
ROOM_SECONDS = 0.25  # the longest an accept waits for a lane that moves

Pause = Callable[[WebhookId, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WorkOptions:
    """`lease` must be longer than any webhook's total timeout: a claim too close to its end is handed back."""

    lease: timedelta = timedelta(seconds=400)
    stop_within: timedelta = timedelta(seconds=25)


@dataclass(frozen=True, slots=True)
class Reactions:
    """What follows from trips beyond their settlements. `settled` hears of each, `opened` which webhooks have a target
    that was found down, and why."""

    pause: Pause
    settled: Callable[[Settlement], None]
    opened: Callable[[Sequence[WebhookId], str], None]
    observer: Observer


class Work:
    def __init__(
        self,
        *,
        store: Store,
        roster: Roster,
        trips: Trips,
        react: Reactions,
        targets: Targets,
        bell: Doorbell,
        clock: Clock,
        options: WorkOptions,
    ) -> None:
        self._store = store
        self._roster = roster
        self._trips = trips
        self._company = Company(clock=clock, observer=react.observer)
        self._react = react
        self.targets = targets
        self._bell = bell
        self._clock = clock
        self._observer = react.observer
        self._options = options
        self._leaps = Leaps(store=store, clock=clock, observer=react.observer, lease=options.lease)
        self._lanes: dict[WebhookId, Lane] = {}
        self._running: dict[asyncio.Task[None], Driver] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._is_stopping = False
        roster.listen(self._follow_roster)
        self._follow_roster()

    # ── the hot hand-off: what an accept of this process asks ──
    def reserve(self, webhook_id: WebhookId) -> bool:
        lane = self._lanes.get(webhook_id)
        return lane is not None and self._tasks is not None and lane.reserve(self._clock.elapsed())

    def cancel(self, webhook_id: WebhookId) -> None:
        self._lanes[webhook_id].cancel()

    def room(self, wanted: Mapping[WebhookId, int]) -> Awaitable[None] | None:
        """None when the lanes have the wanted places, or waiting would not help; else what to wait for, a moment.

        An accept that comes faster than deliveries go out would store them for later and have them claimed, which costs
        as much as sending them; waiting for places makes the caller as fast as the target, and no faster."""
        if self._tasks is None:
            return None
        now = self._clock.elapsed()
        short = [
            (lane, places)
            for webhook_id, places in wanted.items()
            if (lane := self._lanes.get(webhook_id)) is not None and lane.is_short_of(places, now)
        ]
        return self._wait_for(short) if short else None

    async def _wait_for(self, short: Sequence[tuple[Lane, int]]) -> None:
        asked = [(lane, lane.wait_for(places)) for lane, places in short]
        late = [asyncio.get_running_loop().call_later(ROOM_SECONDS, lane.give_up) for lane, _ in asked]
        try:
            await asyncio.wait([freed for _, freed in asked])
        finally:
            for timer in late:
                timer.cancel()
            for lane, freed in asked:
                if not freed.cancel():
                    lane.cancel(freed.result())

    def take(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            lane = self._lanes[claim.webhook_id]
            lane.cancel()
            lane.put(claim)
        for webhook_id in {claim.webhook_id for claim in claims}:
            self._start_trips(self._lanes[webhook_id])

    def expect(self, webhook_id: WebhookId) -> None:
        """A delivery of this webhook was stored for later; claimed as soon as its lane has emptied enough."""
        lane = self._lanes.get(webhook_id)
        if lane is not None:
            lane.has_first = True
            self._ring_if_room(lane)

    # ── the loop ──
    async def begin(self) -> None:
        """Before `run`, when a process starts: what an earlier one left is due when it should be."""
        await self._store.take_back(now=self._clock.now())
        await self._leaps.begin(self._lanes)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then takes nothing new, finishes what runs within `stop_within` and hands back the rest."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            pump = tasks.create_task(self._pump())
            await stop.wait()
            self._tasks = None
            pump.cancel()
            await self._hand_back([claim for lane in self._lanes.values() for claim in lane.drain()])
            await self._finish_running()

    async def _pump(self) -> None:
        while True:
            try:
                await self._claim_due(await self._leaps.now(self._lanes))
                seconds = await self._seconds_until_due()
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
                seconds = STORE_WAIT_SECONDS
            await self._bell.wait(seconds)

    async def _claim_due(self, now: datetime) -> None:
        elapsed = self._clock.elapsed()
        asked = {id_: lane.room_to_claim(elapsed) for id_, lane in self._lanes.items()}
        room = {id_: places for id_, places in asked.items() if places is not None}
        if room:
            for id_, places in room.items():
                self._lanes[id_].reserve_many(places.most)
            try:
                claims = await self._store.claim(room, now=now, lease_until=now + self._options.lease)
            finally:
                for id_, places in room.items():
                    self._lanes[id_].cancel(places.most)
            self._queue_claimed(room, claims)
        await self._start_queued()

    async def _start_queued(self) -> None:
        """A rate allows more, or a breaker a probe; what came in while a breaker opened goes back."""
        for lane in tuple(self._lanes.values()):
            if lane.has_queued and not lane.target.may_claim:
                await self._hand_back(lane.stand())
            elif lane.has_queued:
                self._start_trips(lane)

    def _queue_claimed(self, room: Mapping[WebhookId, Room], claims: Sequence[Claim]) -> None:
        """All of them before the first one starts, so that webhooks of one target can take turns."""
        by_webhook: dict[WebhookId, list[Claim]] = {id_: [] for id_ in room}
        for claim in claims:
            by_webhook[claim.webhook_id].append(claim)
        for id_, places in room.items():
            self._lanes[id_].claimed(places, by_webhook[id_])

    async def _seconds_until_due(self) -> float:
        elapsed = self._clock.elapsed()
        quiet = [id_ for id_, lane in self._lanes.items() if not lane.has_pending]
        due_at = await self._store.next_due_at(quiet) if quiet else None
        waits = [lane.wait_seconds(elapsed) for lane in self._lanes.values()]
        seconds = min([IDLE_SECONDS, *(wait for wait in waits if wait > 0)])
        if due_at is not None:
            seconds = min(seconds, (due_at - self._clock.now()).total_seconds())
        return max(0.0, seconds)

    # ── the trips ──
    def _start_trips(self, lane: Lane) -> None:
        if lane.target.is_gated:
            self._start_in_turn(lane.target)
            return
        while self._tasks is not None and (claim := lane.next(self._clock.elapsed())) is not None:
            self._start(lane, claim)

    def _start_in_turn(self, target: Target) -> None:
        """The lanes of a target whose slots or starts are counted take turns, one at a time."""
        left = len(target.lanes)
        while self._tasks is not None and left > 0:
            lane = target.lanes[0]
            target.lanes.rotate(-1)
            claim = lane.next(self._clock.elapsed())
            left = left - 1 if claim is None else len(target.lanes)
            if claim is not None:
                self._start(lane, claim)

    def _start(self, lane: Lane, claim: Claim) -> None:
        assert self._tasks is not None  # noqa: S101 - asked by both callers
        driver = Driver(lane, lane.target, claim)
        task = self._tasks.create_task(self._drive(driver))
        self._running[task] = driver
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._running[task]

    async def _drive(self, driver: Driver) -> None:
        """One claim after the other for as long as the lane has one: a task is not made for each."""
        lane = driver.lane
        while True:
            try:
                await self._trip(driver)
            except Exception as defect:  # noqa: BLE001 - its lease will end; a defect must not end the worker
                self._observer.note("delivery.defect", delivery=driver.claim.delivery_id, defect=defect)
            finally:
                lane.end(self._clock.elapsed())
                if driver.along:
                    self._end_along(driver)
            self._ring_if_room(lane)
            claim = lane.next(self._clock.elapsed()) if self._tasks is not None else None
            if claim is None:
                return
            driver.claim, driver.target = claim, lane.target

    def _end_along(self, driver: Driver) -> None:
        for _ in driver.along:
            driver.lane.end(self._clock.elapsed())
        driver.along = ()

    async def _trip(self, driver: Driver) -> None:
        """The slot is the target's: it goes to the next claim as soon as this one's reply is there."""
        claim, target = driver.claim, driver.target
        ready = self._roster.get(claim.webhook_id)
        if ready is not None and ready.webhook.batch is not None:
            driver.along = await self._company.of(claim, driver.lane, ready)
            if driver.along:
                await self._trip_together(driver, ready)
                return
        said, why, outcome = Blame.NOTHING, "", None
        try:
            if ready is not None and claim.lease_until - self._clock.now() >= ready.webhook.timeouts.total:
                outcome = await self._outcome(ready, claim)
                if outcome.settlement.state is State.DELIVERED:
                    said = Blame.ANSWERED
                else:
                    said, why = blame(ready.webhook, outcome.settlement.attempt), outcome.settlement.why
        finally:
            driver.lane.answered(claim)
            target.end(claim)
            turned = None if said is Blame.ANSWERED and target.breaker.is_calm else target.hear(claim, said, why)
        if turned is None:
            self._start_trips(driver.lane)
        else:
            await self._follow_breaker(target, turned)
        if ready is None or outcome is None:
            await self._hand_back([claim])
            return
        await self._finish(ready, outcome)

    async def _trip_together(self, driver: Driver, ready: Ready) -> None:
        lane, target, claims = driver.lane, driver.target, (driver.claim, *driver.along)
        latest = self._clock.now() + ready.webhook.timeouts.total
        late = [claim for claim in claims if claim.lease_until < latest]
        went = Together(())
        try:
            went = await self._outcomes(ready, [claim for claim in claims if claim.lease_until >= latest])
        finally:
            lane.answered(driver.claim, along=len(driver.along))
            target.end(driver.claim)
            calm = went.said is Blame.ANSWERED and target.breaker.is_calm
            turned = None if calm else target.hear(driver.claim, went.said, went.why)
        if went.refusal:
            self._company.refused(ready.webhook, went.refusal)
        await self._hand_back([*late, *went.left] if self._tasks is None else late)
        if self._tasks is not None:
            lane.give_back(went.left)
        if turned is None:
            self._start_trips(lane)
        else:
            await self._follow_breaker(target, turned)
        async with asyncio.TaskGroup() as settling:
            for outcome in went.outcomes:
                settling.create_task(self._finish(ready, outcome))

    async def _outcomes(self, ready: Ready, claims: Sequence[Claim]) -> Together:
        try:
            return await self._trips.together.trip(ready, claims)
        except Exception as defect:  # noqa: BLE001 - a defect must not end the worker nor lose the deliveries
            return Together(tuple(self._defective(claim, defect) for claim in claims))

    async def _finish(self, ready: Ready, outcome: Outcome) -> None:
        await self._settle(outcome.settlement)
        self._tell(ready, outcome)
        self._react.settled(outcome.settlement)
        if self._roster.get(ready.webhook.id) is None:
            await self._cancel_rest(ready.webhook.id)
        if outcome.pauses_webhook is not None:
            await self._pause_webhook(ready.webhook.id, outcome.pauses_webhook)

    async def _cancel_rest(self, webhook_id: WebhookId) -> None:
        """What was being sent while its webhook was deleted would wait for nobody."""
        cancel = self._store.cancel_all(webhook_id, now=self._clock.now(), why=WEBHOOK_DELETED, limit=100)
        await self._unless_unavailable(cancel)

    async def _follow_breaker(self, target: Target, phase: Phase) -> None:
        """Open: what waits for it goes back to the store, where it is held without a word being written for each."""
        status = target.status()
        fact = "target.closed" if phase is Phase.CLOSED else "target.probed" if status.probes else "target.opened"
        self._observer.note(fact, target=str(target.origin), why=status.why, probe_at=status.next_probe_at)
        if phase is Phase.CLOSED:
            for lane in tuple(target.lanes):
                self._start_trips(lane)
        else:
            self._react.opened([lane.webhook_id for lane in target.lanes], status.why)
            await self._hand_back([claim for lane in target.lanes for claim in lane.stand()])
        self._bell.ring()

    async def _pause_webhook(self, webhook_id: WebhookId, why: str) -> None:
        try:
            await self._react.pause(webhook_id, why)
        except (NotNow, Refused) as reason:  # the next refused delivery asks again
            self._observer.note("webhook.not_paused", webhook_id=webhook_id, why=reason.title)

    async def _outcome(self, ready: Ready, claim: Claim) -> Outcome:
        try:
            return await self._trips.alone.trip(ready, claim)
        except Exception as defect:  # noqa: BLE001 - a defect must not end the worker nor lose the delivery
            return self._defective(claim, defect)

    def _defective(self, claim: Claim, defect: Exception) -> Outcome:
        self._observer.note("delivery.defect", delivery=claim.delivery_id, defect=defect)
        now = self._clock.now()
        why = f"a defect of Grantwire stopped this delivery ({type(defect).__name__}); see the log"
        return Outcome(settle(claim, RetryAt(now + DEFECT_WAIT, why), now=now))

    async def _settle(self, settlement: Settlement) -> None:
        while True:
            try:
                await self._write(settlement)
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
                await self._clock.wait(STORE_WAIT_SECONDS)
            else:
                break
        if settlement.state is State.WAITING:
            self._bell.ring()

    async def _write(self, settlement: Settlement) -> None:
        if settlement.claim.line is None:
            await self._store.settle(settlement)
        elif await self._store.settle_in_line(settlement):
            self.expect(settlement.claim.webhook_id)  # the next one of its line

    def _tell(self, ready: Ready, outcome: Outcome) -> None:
        settlement = outcome.settlement
        event, attempt = settlement.claim.event, settlement.attempt
        lag_ms = (settlement.settled_at - event.accepted_at).total_seconds() * 1000
        self._observer.note(
            f"delivery.{settlement.state}",
            delivery=settlement.claim.delivery_id,
            event=event.id,
            webhook=ready.webhook.name,
            number=settlement.claim.attempts_made + 1,
            verdict=str(attempt.verdict) if attempt else None,
            reply=attempt.reply if attempt else None,
            why=settlement.why,
            lag_ms=lag_ms,
        )

    def _ring_if_room(self, lane: Lane) -> None:
        if lane.wants_claims and lane.target.may_claim:
            self._bell.ring()

    # ── the stop ──
    async def _finish_running(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(tuple(self._running), timeout=self._options.stop_within.total_seconds())
        claims = [claim for task in late for claim in (self._running[task].claim, *self._running[task].along)]
        for task in late:
            task.cancel()
        now = self._clock.now()
        # It may have arrived, and the target may still be at work on it.
        verdict = RetryAt(now, "stopped while it was being sent", is_ambiguous=True, doubt_since=now)
        for claim in claims:
            await self._unless_unavailable(self._store.settle(settle(claim, verdict, now=now)))

    async def _hand_back(self, claims: Sequence[Claim]) -> None:
        """Those of a webhook that was deleted meanwhile end: nobody would claim them again."""
        now, gone = self._clock.now(), [claim for claim in claims if self._roster.get(claim.webhook_id) is None]
        if len(gone) < len(claims):
            back = [claim for claim in claims if claim not in gone] if gone else claims
            await self._unless_unavailable(self._store.hand_back(back))
        for claim in gone:
            ended = Settlement(claim, State.CANCELLED, WEBHOOK_DELETED, now, uses_attempt=False)
            await self._unless_unavailable(self._store.settle(ended))

    async def _unless_unavailable(self, write: Awaitable[object]) -> None:
        """What cannot be handed back now comes back when its lease ends."""
        try:
            await write
        except NotNow as reason:
            self._observer.note("store.unavailable", why=reason.title)

    def _follow_roster(self) -> None:
        self.targets.follow(ready.webhook for ready in self._roster.all())
        for ready in self._roster.all():
            webhook = ready.webhook
            target, lane = self.targets.of(webhook), self._lanes.get(webhook.id)
            if lane is None:
                lane = self._lanes[webhook.id] = Lane(webhook, target)
            lane.follow(webhook, target)
        gone = [id_ for id_, lane in self._lanes.items() if self._roster.get(id_) is None and lane.is_idle]
        for webhook_id in gone:
            self._lanes.pop(webhook_id).leave()
        self._bell.ring()
