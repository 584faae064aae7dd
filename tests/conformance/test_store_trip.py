"""Store port: claim, settle, hand back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.store_world import LEASE, OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.domain.delivery import ENDED, MOVES, Room, State
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Timings
from grantwire.domain.secret import MASK
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId


# ── claim ────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_claim_carries_all_a_worker_needs(world: StoreWorld) -> None:
    admission = world.admission(world.delivery())
    await world.store.accept([admission])
    [claim] = await world.claim()
    assert claim.delivery_id == admission.deliveries[0].id
    assert claim.event == admission.event
    assert (claim.webhook_id, claim.attempts_made, claim.is_ambiguous) == (WEBHOOK, 0, False)
    assert (claim.created_at, claim.lease_until) == (world.clock.now(), world.clock.now() + LEASE)
    assert len(claim.token) >= 22


async def test_the_oldest_due_are_claimed_first_and_no_more_than_there_is_room_for(world: StoreWorld) -> None:
    made = []
    for _ in range(5):
        made.append(await world.accepted())
        world.clock.move(1)
    assert [claim.delivery_id for claim in await world.claim(2)] == made[:2]
    assert [claim.delivery_id for claim in await world.claim(9)] == made[2:]


async def test_each_webhook_has_its_own_room(world: StoreWorld) -> None:
    for webhook_id in [WEBHOOK] * 5 + [OTHER_WEBHOOK] * 2 + [WebhookId("whk_3")]:
        await world.accepted(webhook_id=webhook_id)
    now = world.clock.now()
    claims = await world.store.claim({WEBHOOK: Room(1, 1), OTHER_WEBHOOK: Room(5, 5)}, now=now, lease_until=now + LEASE)
    assert sorted(claim.webhook_id for claim in claims) == [WEBHOOK, OTHER_WEBHOOK, OTHER_WEBHOOK]


async def test_no_room_claims_nothing(world: StoreWorld) -> None:
    await world.accepted()
    now = world.clock.now()
    assert list(await world.store.claim({}, now=now, lease_until=now)) == []
    assert list(await world.store.claim({WEBHOOK: Room(0, 0)}, now=now, lease_until=now)) == []


async def waiting(world: StoreWorld, count: int) -> None:
    """So many that are due to be tried again."""
    for _ in range(count):
        await world.accepted()
    for claim in await world.claim(count):
        await world.store.settle(world.settlement(claim, State.WAITING, due_at=world.clock.now()))


async def test_first_attempts_are_found_behind_any_number_that_come_again(world: StoreWorld) -> None:
    await waiting(world, 30)
    world.clock.move(1)
    fresh = [await world.accepted() for _ in range(3)]
    now = world.clock.now()
    claims = await world.store.claim({WEBHOOK: Room(10, 4)}, now=now, lease_until=now + LEASE)
    assert [claim.is_again for claim in claims] == [True] * 4 + [False] * 3
    assert [claim.delivery_id for claim in claims[4:]] == fresh


async def test_without_room_for_those_that_come_again_only_first_attempts_are_claimed(world: StoreWorld) -> None:
    await waiting(world, 3)
    fresh = await world.accepted()
    now = world.clock.now()
    claims = await world.store.claim({WEBHOOK: Room(10, 0)}, now=now, lease_until=now + LEASE)
    assert [claim.delivery_id for claim in claims] == [fresh]


async def test_a_claim_never_takes_more_than_its_room(world: StoreWorld) -> None:
    await waiting(world, 6)
    for _ in range(9):
        await world.accepted()
    now = world.clock.now()
    claims = await world.store.claim({WEBHOOK: Room(8, 2)}, now=now, lease_until=now + LEASE)
    assert sum(claim.is_again for claim in claims) == 2
    assert len(claims) == len({claim.delivery_id for claim in claims}) == 8


async def test_what_came_again_still_does_when_it_is_handed_back(world: StoreWorld) -> None:
    await waiting(world, 1)
    [claim] = await world.claim()
    await world.store.hand_back([claim])
    assert [again.is_again for again in await world.claim()] == [True]


async def test_what_is_not_due_yet_is_not_claimed(world: StoreWorld) -> None:
    await world.settled(State.WAITING)
    world.clock.move(4.99)
    assert await world.claim() == []
    world.clock.move(0.01)
    assert len(await world.claim()) == 1


@pytest.mark.parametrize("state", [State.HELD, State.SKIPPED])
async def test_what_is_held_or_ended_is_never_claimed(world: StoreWorld, state: State) -> None:
    await world.accepted(state)
    world.clock.move(10**6)
    assert await world.claim() == []


async def test_two_claimers_never_get_the_same_delivery(world: StoreWorld) -> None:
    for _ in range(30):
        await world.accepted()
    claims = [claim for part in await asyncio.gather(*(world.claim(7) for _ in range(10))) for claim in part]
    assert len(claims) == 30
    assert len({claim.delivery_id for claim in claims}) == 30


async def test_a_born_claimed_delivery_is_nobody_elses_until_its_lease_runs_out(world: StoreWorld) -> None:
    await world.accepted(State.SENDING)
    assert await world.claim() == []
    world.clock.move(LEASE.total_seconds())
    [claim] = await world.claim()
    assert claim.is_ambiguous  # its worker may have sent it before it died


async def test_a_delivery_that_was_once_ambiguous_stays_so_until_it_is_settled(world: StoreWorld) -> None:
    await world.accepted(State.SENDING)
    world.clock.move(LEASE.total_seconds())
    await world.store.hand_back(await world.claim())
    [claim] = await world.claim()
    assert claim.is_ambiguous
    await world.store.settle(world.settlement(claim, State.WAITING))
    world.clock.move(5)
    [later] = await world.claim()
    assert not later.is_ambiguous


# ── settle ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("state", [one for one in MOVES[State.SENDING] if one is not State.SENDING])
async def test_a_settled_delivery_is_in_the_state_it_was_given(world: StoreWorld, state: State) -> None:
    claim = await world.claimed()
    settlement = world.settlement(claim, state)
    assert await world.store.settle(settlement)
    delivery = await world.store.delivery(claim.delivery_id)
    assert delivery is not None
    assert (delivery.state, delivery.why, delivery.due_at) == (state, settlement.why, settlement.due_at)
    assert delivery.attempts == 1
    assert delivery.ended_at == (world.clock.now() if state in ENDED else None)


async def test_waiting_that_is_not_failing_uses_no_attempt(world: StoreWorld) -> None:
    claim = await world.claimed()
    await world.store.settle(world.settlement(claim, State.WAITING, uses_attempt=False))
    world.clock.move(5)
    [again] = await world.claim()
    assert again.attempts_made == 0


async def test_attempts_are_counted_from_claim_to_claim(world: StoreWorld) -> None:
    claim = await world.claimed()
    for made in range(3):
        assert claim.attempts_made == made
        await world.store.settle(world.settlement(claim, State.WAITING))
        world.clock.move(5)
        [claim] = await world.claim()


async def test_an_ambiguous_attempt_is_told_to_the_next_worker(world: StoreWorld) -> None:
    claim = await world.claimed()
    await world.store.settle(world.settlement(claim, State.WAITING, is_ambiguous=True))
    world.clock.move(5)
    [again] = await world.claim()
    assert again.is_ambiguous


async def test_a_due_time_is_kept_to_the_microsecond(world: StoreWorld) -> None:
    claim = await world.claimed()
    due_at = world.clock.now() + timedelta(seconds=3, microseconds=123457)
    await world.store.settle(world.settlement(claim, State.WAITING, due_at=due_at))
    assert await world.store.next_due_at([WEBHOOK]) == due_at


async def test_whoever_lost_the_lease_writes_only_the_attempt(world: StoreWorld) -> None:
    claim = await world.claimed()
    world.clock.move(LEASE.total_seconds())
    [theirs] = await world.claim()
    late = world.settlement(claim, attempt=world.attempt(claim), receipt=world.receipt())
    assert not await world.store.settle(late)
    assert await world.state_of(claim.delivery_id) is State.SENDING
    assert len(await world.store.attempts(claim.delivery_id)) == 1
    assert await world.store.receipt(WEBHOOK, "ar-1") is None
    assert await world.store.settle(world.settlement(theirs))


async def test_a_settlement_counts_once_however_often_it_is_repeated(world: StoreWorld) -> None:
    claim = await world.claimed()
    settlement = world.settlement(claim, State.WAITING, attempt=world.attempt(claim))
    answers = await asyncio.gather(*(world.store.settle(settlement) for _ in range(5)))
    assert sorted(answers) == [False, False, False, False, True]
    delivery = await world.store.delivery(claim.delivery_id)
    assert delivery is not None
    assert delivery.attempts == 1
    assert len(await world.store.attempts(claim.delivery_id)) == 1


async def test_a_lost_lease_does_not_touch_the_settlements_that_share_its_commit(world: StoreWorld) -> None:
    for _ in range(20):
        await world.accepted()
    claims = await world.claim(20)
    settlements = [world.settlement(claim, attempt=world.attempt(claim)) for claim in claims]
    settlements[7] = world.settlement(replace(claims[7], token="x" * 22), attempt=world.attempt(claims[7]))
    answers = await asyncio.gather(*(world.store.settle(one) for one in settlements))
    assert [place for place, is_held in enumerate(answers) if not is_held] == [7]
    assert await world.state_of(claims[7].delivery_id) is State.SENDING
    assert await world.state_of(claims[8].delivery_id) is State.DELIVERED


async def test_settling_an_unknown_delivery_is_a_lost_lease(world: StoreWorld) -> None:
    claim = await world.claimed()
    unknown = replace(claim, delivery_id="dlv_unknown")
    assert not await world.store.settle(world.settlement(unknown))


REPLIES = [
    NoResponse(Fault.TIMEOUT_FIRST_BYTE, "nothing in 10 s", Timings(10_000, 1, 2, 3, None), may_have_arrived=True),
    NotSent("no token", "the endpoint said no", True, 30.5, False, ("one", "two")),
]


@pytest.mark.parametrize("reply", REPLIES)
async def test_an_attempt_is_read_back_as_it_was_given(world: StoreWorld, reply: NoResponse | NotSent) -> None:
    claim = await world.claimed()
    attempt = world.attempt(claim, reply=reply, request=None, verdict=VerdictKind.RETRY)
    await world.store.settle(world.settlement(claim, State.WAITING, attempt=attempt))
    assert await world.store.attempt(attempt.id) == attempt
    assert list(await world.store.attempts(claim.delivery_id)) == [attempt]


async def test_the_value_of_a_secret_header_is_never_written(world: StoreWorld) -> None:
    claim = await world.claimed()
    sent = world.attempt(claim).request
    assert sent is not None
    sent = replace(sent, headers=(("Authorization", "Bearer hush"), ("a", "b")), secret_headers={"authorization"})
    await world.store.settle(world.settlement(claim, attempt=world.attempt(claim, request=sent)))
    [attempt] = await world.store.attempts(claim.delivery_id)
    assert attempt.request is not None
    assert attempt.request.headers == (("Authorization", MASK), ("a", "b"))
    assert not any(b"hush" in file.read_bytes() for file in world.folder.iterdir())


async def test_attempts_are_listed_oldest_first(world: StoreWorld) -> None:
    claim = await world.claimed()
    for _ in range(3):
        await world.store.settle(world.settlement(claim, State.WAITING, attempt=world.attempt(claim)))
        world.clock.move(5)
        [claim] = await world.claim()
    assert [attempt.number for attempt in await world.store.attempts(claim.delivery_id)] == [1, 2, 3]


async def test_a_later_receipt_takes_the_place_of_the_first(world: StoreWorld) -> None:
    for values in ({"sys_id": "1"}, {"sys_id": "2", "number": "INC2"}):
        claim = await world.claimed()
        await world.store.settle(world.settlement(claim, receipt=world.receipt(**values)))
    receipt = await world.store.receipt(WEBHOOK, "ar-1")
    assert receipt is not None
    assert receipt.values == {"sys_id": "2", "number": "INC2"}
    assert await world.store.receipt(WEBHOOK, "ar-2") is None
    assert await world.store.receipt(OTHER_WEBHOOK, "ar-1") is None


async def test_text_that_is_no_unicode_is_recorded_all_the_same(world: StoreWorld) -> None:
    claim = await world.claimed()
    attempt = world.attempt(claim, why="bad \udc80 header")
    attempt = replace(attempt, reply=replace(attempt.reply, headers=(("X", "\udcff"),), reason="\x00"))
    assert await world.store.settle(world.settlement(claim, why="bad \udc80 header\x00", attempt=attempt))
    kept = await world.store.attempt(attempt.id)
    assert kept is not None
    assert kept.why == "bad ? header"


# ── hand back, next due ──────────────────────────────────────────────────────────────────────────────────
async def test_a_claim_that_is_handed_back_is_due_at_once_and_unused(world: StoreWorld) -> None:
    claim = await world.claimed()
    await world.store.hand_back([claim])
    [again] = await world.claim()
    assert (again.delivery_id, again.attempts_made, again.is_ambiguous) == (claim.delivery_id, 0, False)
    assert again.token != claim.token


async def test_handing_back_a_lost_lease_does_nothing(world: StoreWorld) -> None:
    claim = await world.claimed()
    world.clock.move(LEASE.total_seconds())
    [theirs] = await world.claim()
    await world.store.hand_back([claim])
    assert await world.state_of(claim.delivery_id) is State.SENDING
    assert await world.store.settle(world.settlement(theirs))


async def test_the_next_due_is_the_earliest_of_the_webhooks_asked_about(world: StoreWorld) -> None:
    assert await world.store.next_due_at([WEBHOOK, OTHER_WEBHOOK]) is None
    await world.accepted(State.SENDING)
    assert await world.store.next_due_at([WEBHOOK]) == world.clock.now() + LEASE
    await world.accepted(State.PENDING, OTHER_WEBHOOK)
    assert await world.store.next_due_at([WEBHOOK]) == world.clock.now() + LEASE
    assert await world.store.next_due_at([WEBHOOK, OTHER_WEBHOOK]) == world.clock.now()
    assert await world.store.next_due_at([]) is None


async def test_held_and_ended_deliveries_are_never_due(world: StoreWorld) -> None:
    await world.accepted(State.HELD)
    await world.settled(State.DELIVERED)
    assert await world.store.next_due_at([WEBHOOK]) is None


async def test_a_lease_survives_a_crash_and_then_runs_out(world: StoreWorld) -> None:
    claim = await world.claimed()
    await world.crash()
    assert await world.claim() == []
    world.clock.move(LEASE.total_seconds())
    [again] = await world.claim()
    assert (again.delivery_id, again.is_ambiguous) == (claim.delivery_id, True)
