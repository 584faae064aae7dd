"""Run replays: jobs become new deliveries, a small step at a time.

In: jobs on record. Out: new deliveries that point at the old ones, and how far each job came. Never: a delivery
repeated or skipped by a crash (a step and its bookmark are one transaction); a step while the webhook still has many to
send, so that new events never wait behind more than a few replays.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grantwire.domain.delivery import Delivery
from grantwire.domain.errors import NotNow
from grantwire.domain.pace import helping, next_helping_at, wait_seconds
from grantwire.domain.replay import Bookmark, Replay, ReplayId, ReplayState
from grantwire.domain.replay_step import Found, NewReplay, Step
from grantwire.domain.webhook import Order
from grantwire.flow.replays import COUNTED_AT_ONCE, why_not_sendable, within
from grantwire.flow.roster import Roster
from grantwire.flow.work import Work
from grantwire.ports import Clock, Dice, Doorbell, Observer, Store
from grantwire.steps.admit import why_held
from grantwire.steps.repeat import repeat

STEP = 250  # deliveries of one transaction: small enough that accepts in between do not wait
STEP_IN_LINE = 25  # the same of a webhook that keeps the order, where each costs ten times as much
CROWD = 250  # deliveries of a webhook that could go out now: with so many a job waits
CROWDED_SECONDS = 0.1
REST = 2  # times as long as a step took: the other two thirds of the store are for events
IDLE_SECONDS = 30.0  # how late a job that another process put on record may be noticed
STORE_WAIT_SECONDS = 1.0


@dataclass(slots=True)
class _Count:
    """How far a pending job was counted; in memory, for a restart counts again."""

    bookmark: Bookmark | None = None
    found: int = 0


class RunReplays:
    def __init__(
        self, *, store: Store, roster: Roster, work: Work, bell: Doorbell, clock: Clock, dice: Dice, observer: Observer
    ) -> None:
        self._store = store
        self._roster = roster
        self._work = work
        self._bell = bell
        self._clock = clock
        self._dice = dice
        self._observer = observer
        self._counts: dict[ReplayId, _Count] = {}

    async def run(self) -> None:
        """For as long as the process lives; every open job gets a step in turn."""
        while True:
            try:
                seconds = await self.turn()
            except NotNow as reason:
                self._observer.note("store.unavailable", why=reason.title)
                seconds = STORE_WAIT_SECONDS
            await self._bell.wait(seconds)

    async def turn(self) -> float:
        """One step of each open job; the seconds until there is more to do."""
        began = self._clock.elapsed()
        jobs = await self._store.open_replays()
        self._counts = {job.id: self._counts.get(job.id, _Count()) for job in jobs}
        waits = [await self._advance(job) for job in jobs]
        rest = REST * (self._clock.elapsed() - began)
        return max(rest, min(waits, default=IDLE_SECONDS))

    async def _advance(self, job: Replay) -> float:
        try:
            return await (self._count(job) if job.state is ReplayState.PENDING else self._step(job))
        except (NotNow, asyncio.CancelledError):
            raise
        except Exception as defect:  # noqa: BLE001 - a defect must not end the runner, nor try again for ever
            why = f"a defect of Grantwire stopped this replay ({type(defect).__name__}); see the log"
            self._observer.note("replay.defect", replay=job.id, defect=defect)
            await self._end(job, ReplayState.FAILED, why)
            return 0.0

    # ── pending: what there is to send is counted, for the progress ──
    async def _count(self, job: Replay) -> float:
        count = self._counts[job.id]
        wanted = within(job.wanted, job.requested_at)
        piece = await self._store.count_to_replay(wanted, after=count.bookmark, limit=COUNTED_AT_ONCE)
        count.bookmark = piece.reached
        count.found += sum(piece.by_kind.values()) + sum(piece.refused.values())
        if piece.reached is None:
            now = self._clock.now()
            started = await self._store.turn_replay(job.id, ReplayState.RUNNING, now=now, found=count.found)
            if started is not None:
                self._observer.note("replay.started", replay=job.id, found=started.found, by=job.requested_by)
        return 0.0

    # ── running ──
    async def _step(self, job: Replay) -> float:
        now = self._clock.now()
        wait = wait_seconds(job.per_minute, job.next_at, now=now, most=STEP)
        if wait > 0:
            return wait
        found = await self._find(job, limit=helping(job.per_minute, most=STEP))
        if await self._is_crowded(found):
            return CROWDED_SECONDS
        stepped = await self._store.step_replay(self._step_of(job, found))
        if stepped is not None:
            self._tell(job, stepped, found)
        return 0.0

    async def _find(self, job: Replay, *, limit: int) -> Found:
        """Fewer where each of them has to be put in its place among those of its access request."""
        wanted = within(job.wanted, job.requested_at)
        found = await self._store.find_to_replay(wanted, after=job.bookmark, limit=limit)
        if limit <= STEP_IN_LINE or not any(map(self._is_in_line, found.items)):
            return found
        return await self._store.find_to_replay(wanted, after=job.bookmark, limit=STEP_IN_LINE)

    def _is_in_line(self, old: Delivery) -> bool:
        ready = self._roster.get(old.webhook_id)
        return ready is not None and ready.webhook.order is Order.PER_REQUEST

    async def _is_crowded(self, found: Found) -> bool:
        """Whether the target has enough to do: replays go out in their turn, new events must not wait for them."""
        for webhook_id in dict.fromkeys(one.webhook_id for one in found.items):
            ready = self._roster.get(webhook_id)
            if ready is None or why_held(ready.webhook) is not None:
                continue
            if await self._store.count_due(webhook_id, now=self._clock.now(), most=CROWD) >= CROWD:
                return True
        return False

    def _step_of(self, job: Replay, found: Found) -> Step:
        now = self._clock.now()
        why_not = [why_not_sendable(self._roster, one.webhook_id) for one in found.items]
        sendable = [one for one, why in zip(found.items, why_not, strict=True) if why is None]
        return Step(
            replay_id=job.id,
            seen=job.bookmark,
            reached=found.reached,
            replays=tuple(self._new(one, now) for one in sendable),
            states=frozenset(job.wanted.states),
            refused=_sum(found.refused, Counter(why for why in why_not if why is not None)),
            next_at=next_helping_at(job.per_minute, sent=len(sendable), due_at=job.next_at, now=now),
            at=now,
        )

    def _new(self, old: Delivery, now: datetime) -> NewReplay:
        webhook = self._roster.get(old.webhook_id).webhook  # type: ignore[union-attr]  # it is sendable
        return repeat(webhook, old, id_=self._dice.new_id("dlv", now))

    def _tell(self, before: Replay, after: Replay, found: Found) -> None:
        made = after.made - before.made
        if made:
            self._observer.note("replay.stepped", replay=after.id, made=made, of=after.found)
            for webhook_id in dict.fromkeys(one.webhook_id for one in found.items):
                self._work.expect(webhook_id)
        if not after.is_open:
            self._tell_end(after)

    async def _end(self, job: Replay, state: ReplayState, why: str) -> None:
        ended = await self._store.turn_replay(job.id, state, now=self._clock.now(), why=why)
        if ended is not None:
            self._tell_end(ended)

    def _tell_end(self, job: Replay) -> None:
        seconds = 0.0 if job.ended_at is None else (job.ended_at - job.requested_at).total_seconds()
        self._observer.note(
            "replay.finished" if job.state is ReplayState.DONE else "replay.failed",
            replay=job.id,
            found=job.found,
            made=job.made,
            refused=job.refused_count,
            gone=job.gone,
            why=job.why,
            took_ms=seconds * 1000,
        )


def _sum(*counts: Mapping[str, int]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total += Counter(one)
    return dict(total)
