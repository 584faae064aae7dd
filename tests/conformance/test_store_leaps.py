"""Store port: due times and leases after a leap of the clock."""

from datetime import timedelta

from tests.conformance.store_world import LEASE, WEBHOOK, StoreWorld

from grantwire.domain.delivery import State

HOUR = timedelta(hours=1)
NONE = timedelta()


async def test_pending_ones_of_a_future_become_due_at_once_in_steps(world: StoreWorld) -> None:
    now = world.clock.now()
    world.clock.move(3600)
    made = [await world.accepted() for _ in range(7)]
    after, steps = None, 0
    while True:
        after = await world.store.bring_forward([WEBHOOK], now=now, by=NONE, limit=3, after=after)
        steps += 1
        if after is None:
            break
    assert steps == 3
    for one in made:
        found = await world.store.delivery(one)
        assert found is not None
        assert (found.state, found.due_at) == (State.PENDING, now)


async def test_what_is_due_by_now_stays_as_it_is(world: StoreWorld) -> None:
    one = await world.accepted()
    before = await world.store.delivery(one)
    world.clock.move(60)
    assert await world.store.bring_forward([WEBHOOK], now=world.clock.now(), by=-HOUR, limit=9, after=None) is None
    assert await world.store.delivery(one) == before


async def test_every_lease_ends_when_it_is_told_to(world: StoreWorld) -> None:
    await world.accepted()
    [claim] = await world.claim()
    until = world.clock.now() + HOUR + LEASE
    assert await world.store.extend_leases(lease_until=until) == 1
    world.clock.move(3600)
    assert await world.claim() == []
    found = await world.store.delivery(claim.delivery_id)
    assert found is not None
    assert (found.state, found.due_at) == (State.SENDING, until)
    world.clock.move(LEASE.total_seconds() + 1)
    [again] = await world.claim()
    assert again.is_ambiguous
