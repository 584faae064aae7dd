"""Any order of accept, claim, settle, crash and time: each delivery is where the table of moves lets it be."""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from tests.conformance.store_world import LEASE, OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.domain.delivery import ENDED, MOVES, Claim, DeliveryId, State
from grantwire.domain.errors import Refused
from grantwire.ports import Arrival, DeliveryQuery

T = TypeVar("T")
WEBHOOKS = st.sampled_from([WEBHOOK, OTHER_WEBHOOK])
SETTLED = st.sampled_from([one for one in MOVES[State.SENDING] if one is not State.SENDING])
BIRTHS = st.sampled_from([State.PENDING, State.SENDING, State.HELD, State.SKIPPED])


class AnyOrder(RuleBasedStateMachine):
    """Remembers each delivery's state the plain way and compares after every step."""

    claims: Bundle[Claim] = Bundle("claims")
    known: Bundle[DeliveryId] = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.world = StoreWorld(Path(self.folder.name))
        self.states: dict[DeliveryId, State] = {}
        self.tokens: dict[DeliveryId, str | None] = {}
        self.attempts: dict[DeliveryId, int] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def moved(self, delivery_id: DeliveryId, state: State) -> None:
        was = self.states[delivery_id]
        assert state in MOVES[was], f"{was} → {state} is no move"
        self.states[delivery_id] = state
        if state is not State.SENDING:
            self.tokens[delivery_id] = None

    @initialize()
    def open(self) -> None:
        self.run(self.world.open())

    # ── the trip ─────────────────────────────────────────────────────────────────────────────────────────
    @rule(target=known, states=st.lists(BIRTHS, min_size=1, max_size=3), webhook_id=WEBHOOKS, again=st.booleans())
    def accept(self, states: list[State], webhook_id: Any, again: bool) -> Any:
        admission = self.world.admission(*(self.world.delivery(state, webhook_id) for state in states))
        copies = 2 if again else 1

        async def both() -> list[Any]:
            return await asyncio.gather(*(self.world.store.accept([admission]) for _ in range(copies)))

        answers = [answer[0] for answer in self.run(both())]
        assert sorted(one.arrival for one in answers) == sorted([Arrival.NEW, Arrival.REPEATED][:copies])
        for one in admission.deliveries:
            self.states[one.id], self.tokens[one.id], self.attempts[one.id] = one.state, one.token, 0
        return multiple(*(one.id for one in admission.deliveries))

    @rule(target=claims, limit=st.integers(1, 5), webhook_id=WEBHOOKS)
    def claim(self, limit: int, webhook_id: Any) -> Any:
        claims = self.run(self.world.claim(limit, webhook_id))
        assert len(claims) <= limit
        for claim in claims:
            assert claim.is_ambiguous or self.states[claim.delivery_id] is not State.SENDING
            assert claim.attempts_made == self.attempts[claim.delivery_id]
            self.moved(claim.delivery_id, State.SENDING)
            self.tokens[claim.delivery_id] = claim.token
        return multiple(*claims)

    @rule(claim=claims, state=SETTLED, uses_attempt=st.booleans())
    def settle(self, claim: Claim, state: State, uses_attempt: bool) -> None:
        """Of a lease that holds, was lost, or was settled before."""
        settlement = self.world.settlement(claim, state, attempt=self.world.attempt(claim), uses_attempt=uses_attempt)
        is_held = self.tokens[claim.delivery_id] == claim.token
        assert self.run(self.world.store.settle(settlement)) == is_held
        if is_held:
            self.moved(claim.delivery_id, state)
            self.attempts[claim.delivery_id] += uses_attempt

    @rule(claim=consumes(claims))
    def hand_back(self, claim: Claim) -> None:
        self.run(self.world.store.hand_back([claim]))
        if self.tokens[claim.delivery_id] == claim.token:
            self.moved(claim.delivery_id, State.PENDING)

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────
    @rule(webhook_id=WEBHOOKS, limit=st.integers(1, 4))
    def hold(self, webhook_id: Any, limit: int) -> None:
        moved = self.run(self.world.store.hold(webhook_id, why="paused", limit=limit))
        self.expect_bulk(State.HELD, {State.PENDING, State.WAITING}, moved)

    @rule(webhook_id=WEBHOOKS, limit=st.integers(1, 4))
    def release(self, webhook_id: Any, limit: int) -> None:
        moved = self.run(self.world.store.release(webhook_id, due_at=self.world.clock.now(), limit=limit))
        self.expect_bulk(State.PENDING, {State.HELD}, moved)

    @rule(webhook_id=WEBHOOKS, limit=st.integers(1, 4))
    def cancel_all(self, webhook_id: Any, limit: int) -> None:
        now = self.world.clock.now()
        moved = self.run(self.world.store.cancel_all(webhook_id, now=now, why="deleted", limit=limit))
        self.expect_bulk(State.CANCELLED, {State.PENDING, State.WAITING, State.HELD}, moved)

    def expect_bulk(self, to: State, from_: set[State], count: int) -> None:
        """Exactly so many were moved, and each by a legal move."""
        changed = {one: state for one, state in self.on_record().items() if state is not self.states[one]}
        assert len(changed) == count
        for delivery_id, state in changed.items():
            assert state is to
            assert self.states[delivery_id] in from_
            self.moved(delivery_id, state)

    @rule(delivery_id=known)
    def retry_now(self, delivery_id: DeliveryId) -> None:
        try:
            self.run(self.world.store.retry_now(delivery_id, now=self.world.clock.now()))
        except Refused:
            assert self.states[delivery_id] not in {State.WAITING, State.HELD}
        else:
            self.moved(delivery_id, State.PENDING)

    @rule(delivery_id=known)
    def cancel(self, delivery_id: DeliveryId) -> None:
        try:
            self.run(self.world.store.cancel(delivery_id, now=self.world.clock.now(), why="by a person"))
        except Refused:
            assert self.states[delivery_id] in ENDED | {State.SENDING}
        else:
            self.moved(delivery_id, State.CANCELLED)

    # ── what just happens ────────────────────────────────────────────────────────────────────────────────
    @rule(share=st.sampled_from([0.1, 0.5, 1.0]))
    def time_passes(self, share: float) -> None:
        self.world.clock.move(LEASE.total_seconds() * share)

    @rule()
    def crash(self) -> None:
        self.run(self.world.crash())

    @invariant()
    def every_delivery_is_where_it_should_be(self) -> None:
        if self.world.store is not None:
            assert self.on_record() == self.states

    def on_record(self) -> dict[DeliveryId, State]:
        page = self.run(self.world.store.deliveries(DeliveryQuery(), limit=10_000, after=None))
        return {one.id: one.state for one in page.items}

    def teardown(self) -> None:
        """In the end nothing is lost: with time, all that has not ended and is not held can be claimed."""
        if self.world.store is not None:
            self.world.clock.move(timedelta(days=2).total_seconds())
            claims = self.run(self.world.claim(10_000, WEBHOOK, OTHER_WEBHOOK))
            alive = {one for one, state in self.states.items() if state not in ENDED | {State.HELD}}
            assert {claim.delivery_id for claim in claims} == alive
            for delivery_id, made in self.attempts.items():
                delivery = self.run(self.world.store.delivery(delivery_id))
                assert delivery is not None
                assert delivery.attempts == made
            self.run(self.world.close())
        self.loop.close()
        self.folder.cleanup()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
