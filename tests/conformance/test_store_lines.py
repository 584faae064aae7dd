"""Store port: deliveries of one access request that go out one at a time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.conformance.store_world import LEASE, OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.domain.delivery import Claim, Delivery, DeliveryId, State
from grantwire.domain.errors import Refusal, Refused
from grantwire.domain.event import AccessRequestId
from grantwire.ports import Admission, Arrival, NewDelivery, NewReplay

REQUEST = AccessRequestId("ar-1")


def in_line(world: StoreWorld, state: State = State.PENDING, **fields: Any) -> NewDelivery:
    return world.delivery(state, **({"line": REQUEST} | fields))


async def line_of(world: StoreWorld, count: int, state: State = State.PENDING) -> list[DeliveryId]:
    """So many events of one access request, one after the other."""
    return [(await world.accept(in_line(world, state))).deliveries[0].id for _ in range(count)]


async def found(world: StoreWorld, *delivery_ids: DeliveryId) -> list[Delivery]:
    deliveries = [await world.store.delivery(one) for one in delivery_ids]
    return [one for one in deliveries if one is not None]


async def states(world: StoreWorld, *delivery_ids: DeliveryId) -> list[str]:
    return [str(one.state) for one in await found(world, *delivery_ids)]


async def the_claim(world: StoreWorld) -> Claim:
    [claim] = await world.claim()
    return claim


async def die(world: StoreWorld, *, hours: float = 24) -> tuple[DeliveryId, datetime]:
    """The one in turn dies; until when it holds its line."""
    until = world.clock.now() + timedelta(hours=hours)
    claim = await the_claim(world)
    assert await world.store.settle(world.settlement(claim, State.DEAD, holds_line_until=until))
    return claim.delivery_id, until


async def replay(
    world: StoreWorld, *of: DeliveryId, line: AccessRequestId | None = REQUEST, state: State = State.PENDING
) -> Sequence[Delivery]:
    new = [
        NewReplay(DeliveryId(world.dice.new_id("dlv", world.clock.now())), one, "name", state, line=line) for one in of
    ]
    return await world.store.replay(new, now=world.clock.now())


# ── who comes ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("front", [State.PENDING, State.SENDING, State.HELD])
@pytest.mark.parametrize("wish", [State.PENDING, State.SENDING, State.HELD])
async def test_whoever_finds_somebody_in_line_is_blocked_and_told_by_whom(
    world: StoreWorld, front: State, wish: State
) -> None:
    [first] = await line_of(world, 1, front)
    acceptance = await world.accept(in_line(world, wish))
    [second] = acceptance.deliveries
    assert (second.state, second.token, second.lease_until) == (State.BLOCKED, None, None)
    assert second.why == f"waits for {first}, which goes first for the same access request"
    [on_record] = await found(world, second.id)
    assert (on_record.state, on_record.why, on_record.due_at, on_record.ended_at) == (
        State.BLOCKED,
        second.why,
        None,
        None,
    )


async def test_each_is_told_of_the_one_right_before_it(world: StoreWorld) -> None:
    ids = await line_of(world, 4)
    whys = [one.why for one in await found(world, *ids[1:])]
    assert [before in why for before, why in zip(ids, whys, strict=False)] == [True] * 3


async def test_events_of_one_call_are_lined_up_in_its_order(world: StoreWorld) -> None:
    admissions = [world.admission(in_line(world, State.SENDING)) for _ in range(3)]
    acceptances = await world.store.accept(admissions)
    assert [one.deliveries[0].state for one in acceptances] == ["sending", "blocked", "blocked"]
    assert acceptances[2].deliveries[0].why.startswith(f"waits for {acceptances[1].deliveries[0].id}")
    assert await world.store.settle(world.settlement(born_claimed(admissions[0])))
    for admission in admissions[1:]:
        claim = await the_claim(world)
        assert claim.delivery_id == admission.deliveries[0].id
        await world.store.settle(world.settlement(claim))


def born_claimed(admission: Admission) -> Claim:
    [delivery] = admission.deliveries
    assert delivery.token is not None
    assert delivery.lease_until is not None
    made, until = admission.event.accepted_at, delivery.lease_until
    return Claim(delivery.id, delivery.token, admission.event, WEBHOOK, 0, made, until, line=delivery.line)


async def test_calls_that_share_a_commit_are_lined_up_in_the_order_of_asking(world: StoreWorld) -> None:
    calls = [[world.admission(in_line(world, State.SENDING))] for _ in range(5)]
    answers = [one[0] for one in await asyncio.gather(*(world.store.accept(call) for call in calls))]
    assert [one.deliveries[0].state for one in answers] == ["sending"] + ["blocked"] * 4
    for before, after in pairwise(answers):
        assert after.deliveries[0].why.startswith(f"waits for {before.deliveries[0].id}")


async def test_a_call_that_is_refused_takes_no_place_in_line(world: StoreWorld) -> None:
    await world.accept(event_id="evt_a", body=b'{"a": 1}')
    refused = [world.admission(in_line(world)), world.admission(event_id="evt_a", body=b'{"a": 2}')]
    fine = [world.admission(in_line(world))]
    _, answer = await asyncio.gather(world.store.accept(refused), world.store.accept(fine))
    assert answer[0].deliveries[0].state is State.PENDING


async def test_a_repeated_event_is_answered_with_what_is_on_record(world: StoreWorld) -> None:
    await line_of(world, 1)
    admission = world.admission(in_line(world, State.SENDING), event_id="evt_a")
    first, twin = await asyncio.gather(world.store.accept([admission]), world.store.accept([admission]))
    later = await world.store.accept([admission])
    assert [one[0].arrival for one in (first, twin, later)] == [Arrival.NEW, Arrival.REPEATED, Arrival.REPEATED]
    for [answer] in (first, twin, later):
        [delivery] = answer.deliveries
        assert (delivery.id, delivery.state) == (admission.deliveries[0].id, State.BLOCKED)
        assert delivery.why == first[0].deliveries[0].why


async def test_other_requests_other_webhooks_and_those_without_order_overtake(world: StoreWorld) -> None:
    await line_of(world, 2)
    free = [
        in_line(world, line=AccessRequestId("ar-2")),
        in_line(world, webhook_id=OTHER_WEBHOOK),
        world.delivery(),
    ]
    for one in free:
        assert (await world.accept(one)).deliveries[0].state is State.PENDING
    assert len(await world.claim(10, WEBHOOK, OTHER_WEBHOOK)) == 4


async def test_an_event_with_deliveries_in_order_and_others_writes_both(world: StoreWorld) -> None:
    await line_of(world, 1)
    acceptance = await world.accept(
        world.delivery(State.SKIPPED), in_line(world), world.delivery(webhook_id=OTHER_WEBHOOK)
    )
    assert [one.state for one in acceptance.deliveries] == ["skipped", "blocked", "pending"]
    assert await states(world, *(one.id for one in acceptance.deliveries)) == ["skipped", "blocked", "pending"]


# ── who ends ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("end", [State.DELIVERED, State.CANCELLED, State.DEAD])
async def test_an_end_lets_the_next_one_go_at_once(world: StoreWorld, end: State) -> None:
    """A dead one without a time to hold its line until holds nothing."""
    first, second, third = await line_of(world, 3)
    claim = await the_claim(world)
    world.clock.move(3)
    assert await world.store.settle(world.settlement(claim, end))
    assert await states(world, first, second, third) == [end, "pending", "blocked"]
    [next_one] = await found(world, second)
    assert (next_one.why, next_one.due_at) == ("", world.clock.now())
    assert (await the_claim(world)).delivery_id == second


@pytest.mark.parametrize("state", [State.WAITING, State.HELD, State.PENDING])
async def test_one_that_has_not_ended_stays_in_turn(world: StoreWorld, state: State) -> None:
    first, second = await line_of(world, 2)
    await world.store.settle(world.settlement(await the_claim(world), state))
    assert await states(world, first, second) == [state, "blocked"]


async def test_a_lost_lease_lets_nobody_go(world: StoreWorld) -> None:
    first, second = await line_of(world, 2)
    lost = await the_claim(world)
    world.clock.move(LEASE.total_seconds())
    held = await the_claim(world)
    assert not await world.store.settle(world.settlement(lost, attempt=world.attempt(lost)))
    assert await states(world, first, second) == ["sending", "blocked"]
    assert (held.is_ambiguous, len(await world.store.attempts(first))) == (True, 1)
    await world.store.hand_back([held])
    assert await states(world, first, second) == ["pending", "blocked"]


async def test_the_end_and_a_lost_lease_in_one_commit_let_one_go(world: StoreWorld) -> None:
    ids = await line_of(world, 3)
    lost = await the_claim(world)
    world.clock.move(LEASE.total_seconds())
    held = await the_claim(world)
    answers = await asyncio.gather(*(world.store.settle(world.settlement(one)) for one in (lost, held, held)))
    assert answers[:2] == [False, True]
    assert await states(world, *ids) == ["delivered", "pending", "blocked"]


async def test_an_accept_and_the_end_of_the_line_in_one_commit_leave_nobody_behind(world: StoreWorld) -> None:
    await line_of(world, 1)
    claim = await the_claim(world)
    _, [acceptance] = await asyncio.gather(
        world.store.settle(world.settlement(claim)), world.store.accept([world.admission(in_line(world))])
    )
    assert await states(world, acceptance.deliveries[0].id) == ["pending"]


async def test_whoever_settles_learns_whether_the_next_one_goes(world: StoreWorld) -> None:
    await line_of(world, 3)
    waits = world.settlement(await the_claim(world), State.WAITING)
    assert not await world.store.settle_in_line(waits)
    world.clock.move(5)
    claim = await the_claim(world)
    ends = world.settlement(claim)
    assert await world.store.settle_in_line(ends)
    assert not await world.store.settle_in_line(ends)  # its lease is over
    holds = world.settlement(await the_claim(world), State.DEAD, holds_line_until=world.clock.now() + LEASE)
    assert not await world.store.settle_in_line(holds)
    await world.store.let_lines_go(now=world.clock.now() + LEASE, limit=1)
    world.clock.move(LEASE.total_seconds())
    assert not await world.store.settle_in_line(world.settlement(await the_claim(world)))  # nobody is left


async def test_a_dead_one_holds_its_line_and_those_behind_say_so(world: StoreWorld) -> None:
    _, second, third = await line_of(world, 3)
    dead, until = await die(world)
    [late] = await line_of(world, 1)
    assert await states(world, dead, second, third, late) == ["dead", "blocked", "blocked", "blocked"]
    why = (
        f"{dead} in front is dead: replay it, skip it, or wait until {until:%Y-%m-%d %H:%M} UTC, when its max_age_hours"
    )
    assert {one.why for one in await found(world, second, third, late)} == {f"{why} end"}
    assert (await found(world, dead))[0].holds_line_until == until
    assert await world.claim() == []


async def test_the_backlog_tells_how_many_lines_are_held(world: StoreWorld) -> None:
    for number, hours in enumerate((24, 24, 0)):
        line = AccessRequestId(f"ar-{number}")
        for _ in range(2):
            await world.accept(in_line(world, line=line))
        await die(world, hours=hours)
    assert (await world.store.backlog(now=world.clock.now())).lines_held == 2
    assert (await world.store.backlog(now=world.clock.now(), most=1)).lines_held == 1


async def test_a_dead_one_whose_hours_are_over_holds_nothing(world: StoreWorld) -> None:
    _, second = await line_of(world, 2)
    dead, _ = await die(world, hours=0)
    assert await states(world, dead, second) == ["dead", "pending"]
    assert (await found(world, dead))[0].holds_line_until is None


# ── by a person, and by time ─────────────────────────────────────────────────────────────────────────────
async def test_a_skip_lets_the_line_go_on(world: StoreWorld) -> None:
    _, second, third = await line_of(world, 3)
    dead, _ = await die(world)
    world.clock.move(60)
    skipped = await world.store.skip(dead, now=world.clock.now(), why="skipped by Ann")
    assert (skipped.state, skipped.why, skipped.ended_at) == (State.SKIPPED, "skipped by Ann", world.clock.now())
    assert skipped.holds_line_until is None
    assert await states(world, second, third) == ["pending", "blocked"]
    assert (await found(world, third))[0].why.startswith(f"waits for {second},")


async def test_an_event_whose_delivery_was_skipped_is_answered_as_the_first_time(world: StoreWorld) -> None:
    admission = world.admission(in_line(world))
    await world.store.accept([admission])
    world.clock.move(1)
    dead, _ = await die(world)
    await world.store.skip(dead, now=world.clock.now(), why="")
    [again_] = await world.store.accept([admission])
    assert [(one.id, one.state) for one in again_.deliveries] == [(dead, State.PENDING)]


async def test_only_a_dead_one_that_holds_a_line_can_be_skipped(world: StoreWorld) -> None:
    first, second = await line_of(world, 2)
    free = await world.accepted(webhook_id=OTHER_WEBHOOK)
    [claim] = await world.claim(1, OTHER_WEBHOOK)
    await world.store.settle(world.settlement(claim, State.DEAD))
    for one, words in ((first, "pending"), (second, "blocked"), (free, "Nothing waits behind it")):
        with pytest.raises(Refused, match="cannot be skipped") as refused:
            await world.store.skip(one, now=world.clock.now(), why="")
        assert refused.value.why is Refusal.CONFLICT
        assert words in refused.value.problems[0].message
    with pytest.raises(Refused) as refused:
        await world.store.skip(DeliveryId("dlv_no"), now=world.clock.now(), why="")
    assert refused.value.why is Refusal.NOT_FOUND


async def test_time_lets_a_line_go_when_the_hours_of_the_dead_one_end(world: StoreWorld) -> None:
    _, second = await line_of(world, 2)
    dead, until = await die(world)
    assert await world.store.let_lines_go(now=until - timedelta(microseconds=1), limit=10) == []
    assert await states(world, dead, second) == ["dead", "blocked"]
    assert await world.store.let_lines_go(now=until, limit=10) == [WEBHOOK]
    assert await states(world, dead, second) == ["dead", "pending"]
    assert await world.store.let_lines_go(now=until, limit=10) == []


async def test_lines_are_let_go_the_longest_held_first_up_to_the_limit(world: StoreWorld) -> None:
    waiting = []
    for number, hours in enumerate((3, 1, 2)):
        line = AccessRequestId(f"ar-{number}")
        await world.accept(in_line(world, line=line))
        waiting.append((await world.accept(in_line(world, line=line))).deliveries[0].id)
        await die(world, hours=hours)
    later = world.clock.now() + timedelta(hours=4)
    assert await world.store.let_lines_go(now=later, limit=2) == [WEBHOOK, WEBHOOK]
    assert await states(world, *waiting) == ["blocked", "pending", "pending"]


# ── replays ──────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_replay_of_the_dead_one_in_front_goes_first_and_holds_the_line(world: StoreWorld) -> None:
    _, second, third = await line_of(world, 3)
    dead, _ = await die(world)
    [new] = await replay(world, dead)
    assert (new.state, new.due_at) == (State.PENDING, world.clock.now())
    assert (await found(world, dead))[0].holds_line_until is None
    assert [one.why.split(",")[0] for one in await found(world, second, third)] == [
        f"waits for {new.id}",
        f"waits for {second}",
    ]
    claim = await the_claim(world)
    assert claim.delivery_id == new.id
    await world.store.settle(world.settlement(claim))
    assert await states(world, second, third) == ["pending", "blocked"]


async def test_a_replay_that_dies_too_holds_the_line_anew(world: StoreWorld) -> None:
    _, second = await line_of(world, 2)
    dead, _ = await die(world)
    [new] = await replay(world, dead)
    again_, until = await die(world)
    assert again_ == new.id
    assert (await found(world, second))[0].why.startswith(f"{new.id} in front is dead")
    await world.store.let_lines_go(now=until, limit=10)
    assert await states(world, second) == ["pending"]


async def test_a_replay_for_a_paused_webhook_is_held_in_turn(world: StoreWorld) -> None:
    _, second = await line_of(world, 2)
    dead, _ = await die(world)
    [new] = await replay(world, dead, state=State.HELD)
    assert await states(world, new.id, second) == ["held", "blocked"]
    await world.store.release(WEBHOOK, due_at=world.clock.now(), limit=10)
    assert await states(world, new.id, second) == ["pending", "blocked"]


async def test_a_replay_of_one_whose_line_is_gone_waits_for_nobody(world: StoreWorld) -> None:
    [_] = await line_of(world, 1)
    dead, until = await die(world)
    await world.store.let_lines_go(now=until, limit=10)
    [new] = await replay(world, dead)
    assert new.state is State.PENDING


async def test_a_late_replay_waits_for_the_one_under_way_and_goes_before_the_blocked_ones(world: StoreWorld) -> None:
    _, second, third = await line_of(world, 3)
    dead, until = await die(world)
    await world.store.let_lines_go(now=until, limit=10)
    world.clock.move(timedelta(days=1).total_seconds())
    claim = await the_claim(world)
    [new] = await replay(world, dead)
    assert await states(world, second, new.id, third) == ["sending", "blocked", "blocked"]
    assert new.why.startswith(f"waits for {second},")
    await world.store.settle(world.settlement(claim))
    assert await states(world, second, new.id, third) == ["delivered", "pending", "blocked"]


async def test_a_cancel_behind_a_late_replay_interrupts_nobody(world: StoreWorld) -> None:
    _, second, third = await line_of(world, 3)
    dead, _ = await die(world, hours=0)
    await the_claim(world)
    [late] = await replay(world, dead)
    await world.store.cancel(third, now=world.clock.now(), why="")
    assert await states(world, late.id, second) == ["blocked", "sending"]


async def test_replays_of_one_request_at_once_are_lined_up_in_event_order(world: StoreWorld) -> None:
    ids = await line_of(world, 3)
    for _ in ids:
        await die(world, hours=0)
    new = await replay(world, *ids)
    assert [str(one.state) for one in new] == ["pending", "blocked", "blocked"]
    for one in new:
        claim = await the_claim(world)
        assert claim.delivery_id == one.id
        await world.store.settle(world.settlement(claim))


async def test_a_replay_without_order_leaves_lines_alone(world: StoreWorld) -> None:
    [first] = await line_of(world, 1)
    await die(world, hours=0)
    [second] = await line_of(world, 1)
    [new] = await replay(world, first, line=None)
    assert await states(world, new.id, second) == ["pending", "pending"]


async def test_a_refused_replay_changes_no_line(world: StoreWorld) -> None:
    _, second = await line_of(world, 2)
    dead, until = await die(world)
    with pytest.raises(Refused):
        await replay(world, dead, second)
    assert [one.holds_line_until for one in await found(world, dead)] == [until]
    assert await states(world, second) == ["blocked"]


# ── moves of people ──────────────────────────────────────────────────────────────────────────────────────
async def test_a_blocked_one_may_be_cancelled_and_the_others_keep_their_places(world: StoreWorld) -> None:
    first, second, third = await line_of(world, 3)
    await world.store.cancel(second, now=world.clock.now(), why="")
    assert await states(world, first, second, third) == ["pending", "cancelled", "blocked"]
    assert (await found(world, third))[0].why.startswith(f"waits for {first},")
    await world.store.settle(world.settlement(await the_claim(world)))
    assert await states(world, third) == ["pending"]


@pytest.mark.parametrize("state", [State.PENDING, State.HELD])
async def test_a_cancel_of_the_one_in_turn_lets_the_next_one_go(world: StoreWorld, state: State) -> None:
    first, second, third = await line_of(world, 3, state)
    await world.store.cancel(first, now=world.clock.now(), why="")
    assert await states(world, first, second, third) == ["cancelled", "pending", "blocked"]


async def test_a_blocked_one_cannot_be_retried_or_replayed(world: StoreWorld) -> None:
    _, second = await line_of(world, 2)
    with pytest.raises(Refused, match="cannot be retried now"):
        await world.store.retry_now(second, now=world.clock.now())
    with pytest.raises(Refused, match="cannot be replayed"):
        await replay(world, second)


async def test_a_pause_and_a_resume_move_only_the_one_in_turn(world: StoreWorld) -> None:
    first, second = await line_of(world, 2)
    assert await world.store.hold(WEBHOOK, why="paused", limit=10) == 1
    assert await states(world, first, second) == ["held", "blocked"]
    assert await world.store.release(WEBHOOK, due_at=world.clock.now(), limit=10) == 1
    assert await states(world, first, second) == ["pending", "blocked"]


async def test_cancelling_all_cancels_whole_lines_in_any_steps(world: StoreWorld) -> None:
    ids = [*await line_of(world, 5), *(await world.accept(in_line(world, line=AccessRequestId("ar-2")))).deliveries]
    total = 0
    while moved := await world.store.cancel_all(WEBHOOK, now=world.clock.now(), why="deleted", limit=2):
        total += moved
    assert total == 6
    assert set(await states(world, *(getattr(one, "id", one) for one in ids))) == {"cancelled"}


async def test_a_line_whose_webhook_is_deleted_while_one_is_sent_ends_with_it(world: StoreWorld) -> None:
    first, second = await line_of(world, 2)
    claim = await the_claim(world)
    await world.store.cancel_all(WEBHOOK, now=world.clock.now(), why="deleted", limit=10)
    assert await states(world, first, second) == ["sending", "cancelled"]
    await world.store.settle(world.settlement(claim, State.CANCELLED))
    assert await world.claim() == []


# ── order switched off ───────────────────────────────────────────────────────────────────────────────────
async def test_a_webhook_that_keeps_no_order_any_more_lets_all_go(world: StoreWorld) -> None:
    first, *others = await line_of(world, 4)
    claim = await the_claim(world)
    steps = [await world.store.dissolve_lines(WEBHOOK, due_at=world.clock.now(), limit=2) for _ in range(3)]
    assert steps == [2, 1, 0]
    assert await states(world, first, *others) == ["sending", "pending", "pending", "pending"]
    assert {one.delivery_id for one in await world.claim()} == set(others)
    await world.store.settle(world.settlement(claim))
    assert await states(world, first, *others) == ["delivered", "sending", "sending", "sending"]


async def test_a_dead_one_holds_nothing_once_there_is_no_order(world: StoreWorld) -> None:
    await line_of(world, 2)
    dead, _ = await die(world)
    while await world.store.dissolve_lines(WEBHOOK, due_at=world.clock.now(), limit=1):
        pass
    assert (await found(world, dead))[0].holds_line_until is None
    [fresh] = await line_of(world, 1)
    assert await states(world, fresh) == ["pending"]


async def test_order_switched_on_again_lets_those_under_way_end_first(world: StoreWorld) -> None:
    await line_of(world, 1)
    claim = await the_claim(world)
    await world.store.dissolve_lines(WEBHOOK, due_at=world.clock.now(), limit=10)
    [fresh] = await line_of(world, 1)
    assert await states(world, fresh) == ["blocked"]
    await world.store.settle(world.settlement(claim))
    assert await states(world, fresh) == ["pending"]


# ── crashes ──────────────────────────────────────────────────────────────────────────────────────────────
async def test_lines_survive_a_crash(world: StoreWorld) -> None:
    first, second = await line_of(world, 2)
    await the_claim(world)
    await world.crash()
    await world.store.take_back(now=world.clock.now())
    assert await world.store.mend_lines(after=None, now=world.clock.now(), limit=10) == (None, 0)
    claim = await the_claim(world)
    assert (claim.delivery_id, claim.is_ambiguous, claim.line) == (first, True, REQUEST)
    await world.store.settle(world.settlement(claim))
    assert await states(world, first, second) == ["delivered", "pending"]


async def test_every_line_is_looked_at_in_steps(world: StoreWorld) -> None:
    for number in range(5):
        line = AccessRequestId(f"ar-{number}")
        await world.accept(in_line(world, line=line))
        await world.accept(in_line(world, line=line))
    after, steps = None, 0
    while True:
        after, mended = await world.store.mend_lines(after=after, now=world.clock.now(), limit=2)
        steps += 1
        assert mended == 0
        if after is None:
            break
    assert steps == 3
