"""A replay of one: a new delivery that points at the old one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.flow.world import World, answer, open_world

from grantwire.domain.delivery import Delivery, State
from grantwire.domain.errors import Refused
from grantwire.ports import DeliveryQuery


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def dead(world: World, count: int = 1) -> list[Delivery]:
    """Deliveries that were given up, oldest first."""
    await world.add(retry={"attempts": 1, "max_age_hours": 24})
    world.sender.replies = [answer(400)]
    async with world.working():
        for _ in range(count):
            await world.ingest.accept([world.event()])
        await world.facts.until("delivery.dead", count)
    return list(reversed((await world.look.deliveries(DeliveryQuery(states=(State.DEAD,)))).items))


async def test_a_replay_is_a_new_delivery_that_points_at_the_old_one(world: World) -> None:
    [old] = await dead(world)
    world.sender.replies = [answer()]
    async with world.working():
        new = await world.replay.again(old.id)
        await world.facts.until("delivery.delivered")
    story = await world.look.delivery(new.id)
    assert (story.delivery.replay_of, story.delivery.event_id, story.delivery.state) == (
        old.id,
        old.event_id,
        State.DELIVERED,
    )
    assert (await world.look.delivery(old.id)).delivery.state is State.DEAD
    assert [one.id for one in (await world.look.delivery(old.id)).replays] == [new.id]


async def test_what_was_delivered_is_not_replayed(world: World) -> None:
    await world.add()
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    [delivered] = (await world.look.deliveries(DeliveryQuery())).items
    with pytest.raises(Refused, match="cannot be replayed"):
        await world.replay.again(delivered.id)
    assert len((await world.look.deliveries(DeliveryQuery())).items) == 1


async def test_a_skipped_and_a_cancelled_one_can_be_replayed(world: World) -> None:
    await world.add("only prod", filters={"integration": ["no such"]})
    await world.add("paused")
    webhook = await world.configure.webhook("paused")
    await world.configure.pause(webhook.id, "for a test")
    await world.ingest.accept([world.event()])
    found = {one.state: one for one in (await world.look.deliveries(DeliveryQuery())).items}
    cancelled = await world.replay.cancel(found[State.HELD].id)
    assert (await world.replay.again(found[State.SKIPPED].id)).state is State.PENDING
    again = await world.replay.again(cancelled.id)
    assert (again.state, again.why) == (State.HELD, "paused: for a test")


async def test_nothing_is_sent_to_a_webhook_that_is_inactive_or_gone(world: World) -> None:
    [old] = await dead(world)
    await world.configure.patch("tickets", {"active": False}, expected_version=None)
    with pytest.raises(Refused, match="cannot be replayed"):
        await world.replay.again(old.id)
    await world.configure.delete("tickets")
    with pytest.raises(Refused, match="cannot be replayed"):
        await world.replay.again(old.id)
