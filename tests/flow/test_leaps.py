"""A wall clock that is set while the worker runs, or while nothing runs: nothing is lost, doubled, or left waiting."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flow.world import World, answer, open_world, states

from grantwire.ports import DeliveryQuery

HOUR = 3600.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def deliveries(world: World) -> list[str]:
    return states((await world.look.deliveries(DeliveryQuery(), limit=100, after=None)).items)


async def test_what_is_being_sent_is_not_sent_again_when_the_clock_leaps_past_its_lease(world: World) -> None:
    await world.add(limits={"concurrency": 4})
    world.sender.gate = asyncio.Event()
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(3)])
        world.clock.set_by(HOUR)
        world.clock.advance(6)  # the worker looks at the clock
        await world.facts.until("clock.leapt")
        world.clock.advance(6)
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 3)
    assert len(world.sender.sent) == 3
    assert await deliveries(world) == ["delivered"] * 3


async def test_what_was_accepted_in_a_future_does_not_wait_for_it(world: World) -> None:
    await world.add(limits={"concurrency": 1, "per_minute": 1000})
    world.clock.set_by(HOUR)
    await world.ingest.accept([world.event() for _ in range(3)])  # nobody works: they are stored for later
    world.clock.set_by(-HOUR)
    await world.work.begin()
    async with world.working():
        await world.facts.until("delivery.delivered", 3)


async def test_what_came_in_the_future_goes_out_when_the_clock_goes_back_under_a_worker(world: World) -> None:
    await world.add(limits={"concurrency": 1})
    world.sender.gate = asyncio.Event()
    async with world.working():
        await world.ingest.accept([world.event()])
        world.clock.set_by(HOUR)
        world.clock.advance(6)
        await world.facts.until("clock.leapt")
        await world.ingest.accept([world.event() for _ in range(39)])  # more than the lane takes: some are stored
        assert "pending" in await deliveries(world)
        world.clock.set_by(-HOUR)
        world.sender.gate.set()
        world.clock.advance(6)
        await world.facts.until("delivery.delivered", 40)
    assert len(world.sender.sent) == 40


async def test_a_retry_comes_in_its_time_when_the_clock_goes_back(world: World) -> None:
    await world.add(retry={"attempts": 3, "schedule_seconds": [60]})
    world.sender.replies = [answer(503), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        world.clock.set_by(-HOUR)
        world.clock.advance(6)
        await world.facts.until("clock.leapt")
        [waiting] = (await world.look.deliveries(DeliveryQuery(), limit=9, after=None)).items
        assert waiting.due_at is not None
        assert timedelta(seconds=50) < waiting.due_at - world.clock.now() <= timedelta(seconds=66)
        world.clock.advance(70)
        await world.facts.until("delivery.delivered")


async def test_a_clock_that_is_slewed_is_no_leap(world: World) -> None:
    await world.add()
    async with world.working():
        for _ in range(5):
            world.clock.set_by(0.5)
            world.clock.advance(6)
            await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered", 5)
    assert world.facts.named("clock.leapt") == []
