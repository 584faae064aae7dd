"""The store, sums of the hour: every attempt is counted once, whatever happens in between."""

from tests.conformance.store_world import OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.domain.delivery import State
from grantwire.domain.exchange import NotSent
from grantwire.domain.verdict import VerdictKind


async def attempted(world: StoreWorld, verdict: VerdictKind = VerdictKind.DELIVERED, **changes: object) -> None:
    await world.accepted()
    [claim] = await world.claim()
    attempt = world.attempt(claim, verdict=verdict, **changes)
    state = State.DELIVERED if verdict is VerdictKind.DELIVERED else State.DEAD
    await world.store.settle(world.settlement(claim, state=state, attempt=attempt))


async def test_attempts_are_counted_by_verdict_and_latency(world: StoreWorld) -> None:
    await attempted(world)
    await attempted(world, VerdictKind.GIVEN_UP)
    await attempted(world, VerdictKind.POSTPONED, reply=NotSent("not now", ""))
    assert await world.store.roll_up(limit=100) == 3
    [hour] = await world.store.webhook_hours(since=world.clock.now())
    assert (hour.webhook_id, hour.delivered, hour.failed) == (WEBHOOK, 1, 1)
    assert sum(hour.latencies) == 2
    assert hour.last_verdict is VerdictKind.POSTPONED


async def test_small_steps_come_to_the_same_sum(world: StoreWorld) -> None:
    for _ in range(5):
        await attempted(world)
    assert [await world.store.roll_up(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    [hour] = await world.store.webhook_hours(since=world.clock.now())
    assert hour.delivered == 5


async def test_after_a_crash_nothing_is_counted_twice_or_left_out(world: StoreWorld) -> None:
    await attempted(world)
    await world.store.roll_up(limit=100)
    await attempted(world)
    await world.crash()
    assert await world.store.roll_up(limit=100) == 1
    [hour] = await world.store.webhook_hours(since=world.clock.now())
    assert hour.delivered == 2


async def test_hours_are_apart_and_the_last_one_is_found(world: StoreWorld) -> None:
    await attempted(world)
    began = world.clock.now()
    world.clock.move(7200)
    await attempted(world, VerdictKind.GIVEN_UP)
    await world.store.roll_up(limit=100)
    hours = await world.store.webhook_hours(since=began, webhook_id=WEBHOOK)
    assert [(one.delivered, one.failed) for one in hours] == [(1, 0), (0, 1)]
    assert await world.store.webhook_hours(since=began, webhook_id=OTHER_WEBHOOK) == []
    [last] = await world.store.last_hours([WEBHOOK, OTHER_WEBHOOK])
    assert last == hours[-1]
