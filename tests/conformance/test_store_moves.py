"""Store port: hold, release, retry now, cancel, and how much waits."""

from datetime import timedelta

import pytest
from tests.conformance.store_world import LEASE, OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.domain.delivery import ENDED, Claim, DeliveryId, State
from grantwire.domain.errors import Refusal, Refused
from grantwire.domain.event import AccessRequestId
from grantwire.ports import NewReplay

# Those that a claim has to lead to come first: a claim would take the others along.
LED_TO = (State.DELIVERED, State.WAITING, State.DEAD, State.CANCELLED)
ALL_STATES = (*LED_TO, State.BLOCKED, State.PENDING, State.SENDING, State.HELD, State.SKIPPED)


async def a_delivery_in(world: StoreWorld, state: State) -> DeliveryId:
    """By the ways a delivery really takes."""
    match state:
        case State.PENDING | State.SENDING | State.HELD | State.SKIPPED:
            return await world.accepted(state)
        case State.BLOCKED:
            line = AccessRequestId("ar-1")
            await world.accept(world.delivery(State.SENDING, OTHER_WEBHOOK, line=line))
            acceptance = await world.accept(world.delivery(webhook_id=OTHER_WEBHOOK, line=line))
            return acceptance.deliveries[0].id
        case _:
            return await world.settled(state)


async def test_a_pause_holds_what_is_pending_or_waiting_and_nothing_else(world: StoreWorld) -> None:
    waiting = await world.settled(State.WAITING)
    others = {state: await a_delivery_in(world, state) for state in (State.SENDING, State.DELIVERED, State.DEAD)}
    pending, foreign = await world.accepted(), await world.accepted(webhook_id=OTHER_WEBHOOK)
    assert await world.store.hold(WEBHOOK, why="paused by a person", limit=100) == 2
    for delivery_id in (pending, waiting):
        held = await world.store.delivery(delivery_id)
        assert held is not None
        assert (held.state, held.why, held.due_at) == (State.HELD, "paused by a person", None)
    assert await world.state_of(foreign) is State.PENDING
    assert {state: await world.state_of(one) for state, one in others.items()} == {state: state for state in others}


async def test_a_hold_moves_no_more_than_its_limit(world: StoreWorld) -> None:
    for _ in range(5):
        await world.accepted()
    assert [await world.store.hold(WEBHOOK, why="", limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def test_a_release_makes_the_oldest_held_due_first(world: StoreWorld) -> None:
    held = []
    for _ in range(3):
        held.append(await world.accepted(State.HELD))
        world.clock.move(1)
    assert await world.store.release(WEBHOOK, due_at=world.clock.now(), limit=2) == 2
    assert {claim.delivery_id for claim in await world.claim()} == set(held[:2])
    assert await world.state_of(held[2]) is State.HELD
    assert await world.store.release(OTHER_WEBHOOK, due_at=world.clock.now(), limit=2) == 0


async def test_what_is_released_for_later_is_due_later(world: StoreWorld) -> None:
    await world.accepted(State.HELD)
    await world.store.release(WEBHOOK, due_at=world.clock.now() + timedelta(seconds=10), limit=10)
    assert await world.claim() == []
    world.clock.move(10)
    assert len(await world.claim()) == 1


@pytest.mark.parametrize("state", ALL_STATES)
async def test_retry_now_takes_a_waiting_or_held_delivery_and_refuses_others(world: StoreWorld, state: State) -> None:
    delivery_id = await a_delivery_in(world, state)
    if state in {State.WAITING, State.HELD}:
        moved = await world.store.retry_now(delivery_id, now=world.clock.now())
        assert (moved.state, moved.due_at) == (State.PENDING, world.clock.now())
        assert [claim.delivery_id for claim in await world.claim()] == [delivery_id]
        return
    with pytest.raises(Refused) as refused:
        await world.store.retry_now(delivery_id, now=world.clock.now())
    assert refused.value.why is Refusal.CONFLICT
    assert await world.state_of(delivery_id) is state


@pytest.mark.parametrize("state", ALL_STATES)
async def test_cancel_takes_what_has_not_ended_and_is_not_being_sent(world: StoreWorld, state: State) -> None:
    delivery_id = await a_delivery_in(world, state)
    if state not in ENDED | {State.SENDING}:
        cancelled = await world.store.cancel(delivery_id, now=world.clock.now(), why="by Ann")
        assert (cancelled.state, cancelled.why, cancelled.due_at) == (State.CANCELLED, "by Ann", None)
        assert cancelled.ended_at == world.clock.now()
        return
    with pytest.raises(Refused) as refused:
        await world.store.cancel(delivery_id, now=world.clock.now(), why="by Ann")
    assert refused.value.why is Refusal.CONFLICT
    assert await world.state_of(delivery_id) is state


async def test_an_unknown_delivery_is_not_found(world: StoreWorld) -> None:
    unknown = DeliveryId("dlv_unknown")
    with pytest.raises(Refused, match="dlv_unknown") as refused:
        await world.store.retry_now(unknown, now=world.clock.now())
    assert refused.value.why is Refusal.NOT_FOUND
    with pytest.raises(Refused, match="dlv_unknown"):
        await world.store.cancel(unknown, now=world.clock.now(), why="")
    assert await world.store.delivery(unknown) is None


async def test_cancelling_all_leaves_what_is_being_sent_to_its_worker(world: StoreWorld) -> None:
    waiting = await world.settled(State.WAITING)
    pending, held, sending = [await world.accepted(one) for one in (State.PENDING, State.HELD, State.SENDING)]
    foreign = await world.accepted(webhook_id=OTHER_WEBHOOK)
    moved = [await world.store.cancel_all(WEBHOOK, now=world.clock.now(), why="deleted", limit=2) for _ in range(3)]
    assert moved == [2, 1, 0]
    for delivery_id in (waiting, pending, held):
        assert await world.state_of(delivery_id) is State.CANCELLED
    assert await world.state_of(sending) is State.SENDING
    assert await world.state_of(foreign) is State.PENDING


async def test_the_backlog_counts_what_has_not_ended(world: StoreWorld) -> None:
    assert set(ALL_STATES) == set(State)
    for state in ALL_STATES:
        await a_delivery_in(world, state)
    backlog = await world.store.backlog(now=world.clock.now())
    assert backlog.by_state == {state: 1 for state in ALL_STATES if state not in ENDED} | {State.SENDING: 2}


async def test_the_age_of_the_backlog_is_that_of_the_most_overdue(world: StoreWorld) -> None:
    assert (await world.store.backlog(now=world.clock.now())).oldest_past_due_seconds == 0
    await world.accepted(webhook_id=OTHER_WEBHOOK)
    world.clock.move(2.5)
    await world.accepted()
    world.clock.move(1)
    assert (await world.store.backlog(now=world.clock.now())).oldest_past_due_seconds == 3.5
    await world.claim(1, OTHER_WEBHOOK)
    assert (await world.store.backlog(now=world.clock.now())).oldest_past_due_seconds == 1


async def test_a_lease_that_ran_out_is_overdue(world: StoreWorld) -> None:
    await world.accepted(State.SENDING)
    world.clock.move(LEASE.total_seconds() + 4)
    assert (await world.store.backlog(now=world.clock.now())).oldest_past_due_seconds == 4


# ── a replay and what was in doubt ───────────────────────────────────────────────────────────────────────
async def replayed(world: StoreWorld, old: DeliveryId) -> Claim:
    await world.store.replay([NewReplay(DeliveryId("dlv_again"), old, "name", State.PENDING)], now=world.clock.now())
    [claim] = await world.claim()
    assert claim.delivery_id == "dlv_again"
    return claim


async def test_a_replay_of_what_was_tried_is_in_doubt(world: StoreWorld) -> None:
    claim = await world.claimed()
    assert await world.store.settle(world.settlement(claim, State.DEAD, attempt=world.attempt(claim)))
    assert (await replayed(world, claim.delivery_id)).is_ambiguous


async def test_a_replay_of_what_was_never_tried_is_not(world: StoreWorld) -> None:
    old = await world.accepted()
    await world.store.cancel(old, now=world.clock.now(), why="by a person")
    assert not (await replayed(world, old)).is_ambiguous
