"""Store port: any order of accept, claim, crash, settle, sweep, pause, replay; ordered deliveries and others.

After each step every delivery on record is where the plain rules of `store_oracle` put it, and what must always hold
holds: none is lost, none moves but by the table of moves, one of a line at a time and in the order of acceptance, no
blocked one without somebody in front. `--hypothesis-profile=long` runs it a hundred times as long.
"""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from tests.conformance.store_oracle import Oracle, Record
from tests.conformance.store_world import LEASE, StoreWorld

from grantwire.domain.delivery import MOVES, REPLAYABLE, Claim, Delivery, DeliveryId, Room, State
from grantwire.domain.errors import Refused
from grantwire.domain.event import AccessRequestId
from grantwire.domain.webhook import WebhookId
from grantwire.ports import Acceptance, Admission, Arrival, DeliveryQuery, NewReplay

T = TypeVar("T")
ORDERED, ALSO_ORDERED, FREE = WebhookId("whk_1"), WebhookId("whk_2"), WebhookId("whk_3")
ALL = (ORDERED, ALSO_ORDERED, FREE)
WEBHOOKS = st.sampled_from([ORDERED, *ALL])
REQUESTS = st.sampled_from(["ar-1", "ar-1", "ar-2", None])
BIRTHS = st.sampled_from([State.PENDING, State.PENDING, State.SENDING, State.HELD, State.SKIPPED])
SETTLED = st.sampled_from([one for one in MOVES[State.SENDING] if one is not State.SENDING])
HOURS = st.sampled_from([0.0, 0.01, 1.0, 24.0])
DELIVERIES = st.lists(st.tuples(WEBHOOKS, BIRTHS), min_size=1, max_size=2)
EVENTS = st.lists(st.tuples(REQUESTS, DELIVERIES), min_size=1, max_size=4)
ENDS = st.sampled_from([State.DELIVERED, State.DEAD, State.DEAD, State.WAITING])
LIMITS = st.integers(1, 4)

Wish = tuple[str | None, list[tuple[WebhookId, State]]]


class AnyOrder(RuleBasedStateMachine):
    claims: Bundle[Claim] = Bundle("claims")
    known: Bundle[DeliveryId] = Bundle("known")
    accepted: Bundle[Admission] = Bundle("accepted")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.world = StoreWorld(Path(self.folder.name))
        self.oracle = Oracle()
        self.seq = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def store(self) -> Any:
        return self.world.store

    @property
    def now(self) -> Any:
        return self.world.clock.now()

    @initialize()
    def open(self) -> None:
        self.run(self.world.open())

    # ── events come ──────────────────────────────────────────────────────────────────────────────────────
    def admission(self, wish: Wish) -> Admission:
        request = None if wish[0] is None else AccessRequestId(wish[0])
        deliveries = [
            self.world.delivery(
                state, webhook_id, line=request if webhook_id != FREE and state is not State.SKIPPED else None
            )
            for webhook_id, state in wish[1]
        ]
        return self.world.admission(*deliveries, access_request_id=request)

    def note_accepted(self, admission: Admission, acceptance: Acceptance) -> list[DeliveryId]:
        assert acceptance.arrival is Arrival.NEW
        self.seq += 1
        for one, written in zip(admission.deliveries, acceptance.deliveries, strict=True):
            line = None if one.line is None else (one.webhook_id, one.line)
            record = Record(one.id, one.webhook_id, (self.seq, one.id), one.state, line, self.now, one.token)
            self.oracle.accept(record)
            assert (written.id, written.state, written.token) == (record.id, record.state, record.token)
        return [one.id for one in admission.deliveries]

    @rule(target=known, wishes=EVENTS, is_batch=st.booleans())
    def accept(self, wishes: list[Wish], is_batch: bool) -> Any:
        """As one call, or as calls that share a commit."""
        admissions = [self.admission(wish) for wish in wishes]
        calls = [admissions] if is_batch else [[one] for one in admissions]

        async def together() -> list[Acceptance]:
            answers = await asyncio.gather(*(self.store.accept(call) for call in calls))
            return [one for answer in answers for one in answer]

        acceptances = self.run(together())
        return multiple(
            *(id_ for pair in zip(admissions, acceptances, strict=True) for id_ in self.note_accepted(*pair))
        )

    @rule(target=accepted, wish=st.tuples(REQUESTS, DELIVERIES))
    def accept_to_repeat(self, wish: Wish) -> Admission:
        admission = self.admission(wish)
        first, again = self.run(asyncio.wait_for(self.twice(admission), 60))
        self.note_accepted(admission, first)
        assert (again.arrival, again.deliveries) == (Arrival.REPEATED, first.deliveries)
        return admission

    async def twice(self, admission: Admission) -> tuple[Acceptance, Acceptance]:
        [[first], [again]] = await asyncio.gather(self.store.accept([admission]), self.store.accept([admission]))
        return first, again

    @rule(admission=accepted)
    def repeat(self, admission: Admission) -> None:
        [answer] = self.run(self.store.accept([admission]))
        assert answer.arrival is Arrival.REPEATED
        assert [one.id for one in answer.deliveries] == [one.id for one in admission.deliveries]
        assert all(one.token is None for one in answer.deliveries)

    @rule(admission=accepted, wish=st.tuples(REQUESTS, DELIVERIES))
    def conflict(self, admission: Admission, wish: Wish) -> None:
        """Nothing of the call is written, and no place in line is taken."""
        other = Admission(self.world.event(admission.event.id, body=b'{"other": 1}'), ())
        answers = self.run(self.store.accept([self.admission(wish), other]))
        assert answers[1].arrival is Arrival.CONFLICTING

    # ── trips ────────────────────────────────────────────────────────────────────────────────────────────
    @rule(
        target=claims,
        limit=st.integers(1, 5),
        again=st.integers(0, 5),
        webhook_ids=st.sampled_from([ALL, ALL, (ORDERED,), (FREE,)]),
    )
    def claim(self, limit: int, again: int, webhook_ids: tuple[WebhookId, ...]) -> Any:
        return multiple(*self.claim_now(Room(limit, min(limit, again)), *webhook_ids))

    @rule(target=claims, state=ENDS, hours=HOURS, limit=st.integers(1, 2))
    def trips(self, state: State, hours: float, limit: int) -> Any:
        """Whole trips of what is due; their claims may be settled again, too late."""
        claims = self.claim_now(Room(limit, limit), *ALL)
        for claim in claims:
            self.settle(claim, state, True, hours)
        return multiple(*claims)

    def claim_now(self, room: Room, *webhook_ids: WebhookId) -> Sequence[Claim]:
        claims: Sequence[Claim] = self.run(
            self.store.claim(dict.fromkeys(webhook_ids, room), now=self.now, lease_until=self.now + LEASE)
        )
        for claim in claims:
            record = self.oracle.records[claim.delivery_id]
            assert claim.is_ambiguous or record.state is not State.SENDING
            assert claim.is_again == record.is_again
            assert claim.attempts_made == record.attempts
            assert claim.line == (None if record.line is None else record.line[1])
            record.move(State.SENDING)
            record.token = claim.token
        for webhook_id in webhook_ids:
            mine = [claim for claim in claims if claim.webhook_id == webhook_id]
            assert len(mine) <= room.most
            assert sum(claim.is_again for claim in mine) <= room.again
        return claims

    @rule(target=claims, delivery_id=known)
    def born_claimed(self, delivery_id: DeliveryId) -> Any:
        """The claim of one that was handed over hot, as the process that accepted it has it."""
        record, delivery = self.oracle.records[delivery_id], self.delivery(delivery_id)
        if record.state is not State.SENDING or record.token is None or delivery.due_at is None:
            return multiple()
        event = self.run(self.store.event(delivery.event_id))
        line = None if record.line is None else AccessRequestId(record.line[1])
        made, until = delivery.created_at, delivery.due_at
        return Claim(delivery_id, record.token, event, record.webhook_id, delivery.attempts, made, until, line=line)

    @rule(claim=claims, state=SETTLED, uses_attempt=st.booleans(), hours=HOURS)
    def settle(self, claim: Claim, state: State, uses_attempt: bool, hours: float) -> None:
        """Of a lease that holds, was lost, or was settled before."""
        assert self.run(self.settle_as(claim, state, uses_attempt, hours)) == self.note_settled(
            claim, state, uses_attempt, hours
        )

    async def settle_as(self, claim: Claim, state: State, uses_attempt: bool, hours: float) -> bool:
        settlement = self.world.settlement(
            claim,
            state,
            attempt=self.world.attempt(claim),
            uses_attempt=uses_attempt,
            holds_line_until=self.now + timedelta(hours=hours) if state is State.DEAD and hours else None,
        )
        is_held: bool = await self.store.settle(settlement)
        return is_held

    def note_settled(self, claim: Claim, state: State, uses_attempt: bool, hours: float) -> bool:
        record = self.oracle.records[claim.delivery_id]
        record.tries += 1
        if record.token != claim.token:
            return False
        until = self.now + timedelta(hours=hours)
        self.oracle.settle(record, state, uses_attempt=uses_attempt, now=self.now, until=until)
        return True

    @rule(
        target=known,
        claims=st.lists(claims, min_size=1, max_size=3),
        wish=st.tuples(REQUESTS, st.just([])),
        data=st.data(),
    )
    def settle_and_accept_together(self, claims: list[Claim], wish: Wish, data: st.DataObject) -> Any:
        """In one commit; what is accepted counts as first."""
        states = [data.draw(SETTLED) for _ in claims]
        admission = self.admission((wish[0], [(data.draw(WEBHOOKS), data.draw(BIRTHS))]))

        async def together() -> list[Any]:
            settling = (self.settle_as(*pair, True, 1.0) for pair in zip(claims, states, strict=True))
            return await asyncio.gather(*settling, self.store.accept([admission]))

        *settled, [acceptance] = self.run(together())
        ids = self.note_accepted(admission, acceptance)
        noted = [self.note_settled(*pair, True, 1.0) for pair in zip(claims, states, strict=True)]
        assert settled == noted
        return multiple(*ids)

    @rule(claim=consumes(claims))
    def hand_back(self, claim: Claim) -> None:
        self.run(self.store.hand_back([claim]))
        record = self.oracle.records[claim.delivery_id]
        if record.token == claim.token:
            record.move(State.WAITING if claim.is_again else State.PENDING)

    # ── people and sweeps ────────────────────────────────────────────────────────────────────────────────
    @rule(webhook_id=WEBHOOKS, limit=LIMITS)
    def hold(self, webhook_id: WebhookId, limit: int) -> None:
        moved = self.run(self.store.hold(webhook_id, why="paused", limit=limit))
        self.expect_moved(State.HELD, {State.PENDING, State.WAITING}, moved)

    @rule(webhook_id=WEBHOOKS, limit=LIMITS)
    def release(self, webhook_id: WebhookId, limit: int) -> None:
        moved = self.run(self.store.release(webhook_id, due_at=self.now, limit=limit))
        self.expect_moved(State.PENDING, {State.HELD}, moved)

    @rule(webhook_id=WEBHOOKS, limit=LIMITS)
    def cancel_all(self, webhook_id: WebhookId, limit: int) -> None:
        moved = self.run(self.store.cancel_all(webhook_id, now=self.now, why="deleted", limit=limit))
        self.expect_moved(State.CANCELLED, {State.PENDING, State.WAITING, State.HELD, State.BLOCKED}, moved)

    @rule(webhook_id=WEBHOOKS, limit=LIMITS, seconds=st.sampled_from([0.0, 1.0, 3600.0]))
    def expire(self, webhook_id: WebhookId, limit: int, seconds: float) -> None:
        before = self.now - timedelta(seconds=seconds)
        moved = self.run(self.store.expire(webhook_id, created_before=before, now=self.now, why="too old", limit=limit))
        assert moved == self.oracle.expire(webhook_id, before, limit)

    @rule(webhook_id=WEBHOOKS, limit=LIMITS)
    def dissolve(self, webhook_id: WebhookId, limit: int) -> None:
        """Order is switched off: what is blocked goes out, and then dead ones hold nothing."""
        moved = self.run(self.store.dissolve_lines(webhook_id, due_at=self.now, limit=limit))
        on_record = self.on_record()
        blocked = [one for one in self.oracle.records.values() if one.state is State.BLOCKED]
        going = [one for one in blocked if on_record[one.id].state is State.PENDING]
        assert {one.webhook_id for one in going} <= {webhook_id}
        holding = [one for one in self.oracle.records.values() if one.holds_until and one.webhook_id == webhook_id]
        letting_go = [one for one in holding if on_record[one.id].holds_line_until is None]
        assert len(going) + len(letting_go) == moved
        assert not (going and letting_go)
        for one in going:
            one.move(State.PENDING)
            one.line, one.is_late = None, True
        for one in letting_go:
            one.line, one.holds_until = None, None

    def expect_moved(self, to: State, from_: set[State], count: int) -> None:
        """Exactly so many were moved, and each from where it may be; others go on behind those that ended."""
        changed = [
            self.oracle.records[id_]
            for id_, delivery in self.on_record().items()
            if delivery.state is to
            and self.oracle.records[id_].state is not to
            and self.oracle.records[id_].state in from_
        ]
        assert len(changed) == count
        for one in changed:
            one.move(to)
        for one in changed if to is State.CANCELLED else ():
            self.oracle.leave(one)

    @rule(delivery_id=known)
    def retry_now(self, delivery_id: DeliveryId) -> None:
        record = self.oracle.records[delivery_id]
        if self.is_done(self.store.retry_now(delivery_id, now=self.now), {State.WAITING, State.HELD}, record):
            record.move(State.PENDING)

    @rule(delivery_id=known)
    def cancel(self, delivery_id: DeliveryId) -> None:
        record, states = self.oracle.records[delivery_id], {State.PENDING, State.WAITING, State.HELD, State.BLOCKED}
        if self.is_done(self.store.cancel(delivery_id, now=self.now, why="by Ann"), states, record):
            self.oracle.end(record, State.CANCELLED)

    @rule(delivery_id=known)
    def skip(self, delivery_id: DeliveryId) -> None:
        record = self.oracle.records[delivery_id]
        states = {State.DEAD} if record.holds_until else set()
        if self.is_done(self.store.skip(delivery_id, now=self.now, why="by Ann"), states, record):
            self.oracle.end(record, State.SKIPPED)

    @rule(
        target=known,
        delivery_ids=st.lists(known, min_size=1, max_size=3, unique=True),
        wish=st.sampled_from([State.PENDING, State.HELD]),
    )
    def replay(self, delivery_ids: list[DeliveryId], wish: State) -> Any:
        olds = [self.oracle.records[one] for one in delivery_ids]
        new = [self.world.dice.new_id("dlv", self.now) for _ in olds]
        replays = [
            NewReplay(DeliveryId(id_), old.id, "name", wish, line=self.line_wished(old))
            for id_, old in zip(new, olds, strict=True)
        ]
        try:
            self.run(self.store.replay(replays, now=self.now))
        except Refused:
            assert any(old.state not in REPLAYABLE for old in olds)
            return multiple()
        assert all(old.state in REPLAYABLE for old in olds)
        for one, old in zip(replays, olds, strict=True):
            line = None if one.line is None else (old.webhook_id, one.line)
            record = Record(one.id, old.webhook_id, (old.place[0], one.id), wish, line, self.now)
            self.oracle.replay(record, old)
        return multiple(*(one.id for one in replays))

    def line_wished(self, old: Record) -> AccessRequestId | None:
        return None if old.webhook_id == FREE else self.delivery(old.id).access_request_id

    def is_done(self, move: Coroutine[Any, Any, Any], states: set[State], record: Record) -> bool:
        try:
            self.run(move)
        except Refused:
            assert record.state not in states
            return False
        assert record.state in states
        return True

    @rule(limit=LIMITS)
    def let_lines_go(self, limit: int) -> None:
        assert len(self.run(self.store.let_lines_go(now=self.now, limit=limit))) == self.oracle.let_go(self.now, limit)

    # ── what just happens ────────────────────────────────────────────────────────────────────────────────
    @rule(seconds=st.sampled_from([1.0, LEASE.total_seconds() / 2, LEASE.total_seconds(), 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.move(seconds)

    @rule(is_alone=st.booleans())
    def crash(self, is_alone: bool) -> None:
        """The next process takes back what was leased, when it knows itself alone, and finds no line to mend."""
        self.run(self.world.crash())
        if is_alone:
            taken = self.run(self.store.take_back(now=self.now))
            assert taken == sum(one.state is State.SENDING for one in self.oracle.records.values())
        assert self.run(self.store.mend_lines(after=None, now=self.now, limit=100)) == (None, 0)

    # ── what must hold ───────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def every_delivery_is_where_it_must_be(self) -> None:
        if self.store is None:
            return
        found = self.on_record()
        assert {id_: one.state for id_, one in found.items()} == self.oracle.states()
        for id_, one in found.items():
            record = self.oracle.records[id_]
            assert (one.attempts, one.holds_line_until) == (record.attempts, record.holds_until)
            assert (one.due_at is not None) == (one.state in {State.PENDING, State.WAITING, State.SENDING})
            assert one.why or one.state is not State.BLOCKED
        self.oracle.check()

    def on_record(self) -> dict[DeliveryId, Delivery]:
        page = self.run(self.store.deliveries(DeliveryQuery(), limit=10_000, after=None))
        return {one.id: one for one in page.items}

    def delivery(self, delivery_id: DeliveryId) -> Delivery:
        found: Delivery = self.run(self.store.delivery(delivery_id))
        return found

    def teardown(self) -> None:
        """In the end nothing is lost and nothing is stuck: with time, and a person who resumes, every delivery ends."""
        if self.store is not None:
            self.no_attempt_is_lost()
            self.everything_ends()
            self.run(self.world.close())
        self.loop.close()
        self.folder.cleanup()

    def no_attempt_is_lost(self) -> None:
        for record in self.oracle.records.values():
            assert len(self.run(self.store.attempts(record.id))) == record.tries

    def everything_ends(self) -> None:
        for _ in range(len(self.oracle.records) + 1):
            if not self.oracle.alive():
                return
            self.world.clock.move(timedelta(days=2).total_seconds())
            self.let_lines_go(10_000)
            for webhook_id in ALL:
                self.release(webhook_id, 10_000)
            for claim in self.claim_now(Room(10_000, 10_000), *ALL):
                self.settle(claim, State.DELIVERED, True, 0.0)
            self.every_delivery_is_where_it_must_be()
        raise AssertionError(f"it never ends: {self.oracle.alive()}")


IS_LONG = settings.get_current_profile_name() == "long"
TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=4000 if IS_LONG else 60,
    stateful_step_count=60 if IS_LONG else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
