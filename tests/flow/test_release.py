"""What was held goes out at the rate that was chosen, new events beside it; what is too old ends where it waits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.flow.world import World, answer, open_world, states

from grantwire.domain.delivery import State
from grantwire.domain.webhook import Webhook
from grantwire.ports import DeliveryQuery


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def holding(world: World, count: int, **changes: object) -> Webhook:
    webhook = await world.add(**changes)
    await world.configure.pause(webhook.id, "maintenance")
    await world.ingest.accept([world.event() for _ in range(count)])
    return webhook


async def held(world: World) -> int:
    return len((await world.look.deliveries(DeliveryQuery(states=(State.HELD,)), limit=200, after=None)).items)


async def seconds(world: World, count: int) -> None:
    for _ in range(count):
        world.clock.advance(1)
        await world.release.tick()


@pytest.mark.parametrize(
    ("per_minute", "after_10_seconds", "after_a_minute"), [(6, 2, 6), (60, 11, 60), (120, 21, 119)]
)
async def test_a_resume_at_a_rate_releases_so_many_in_a_minute_spread_over_it(
    world: World, per_minute: int, after_10_seconds: int, after_a_minute: int
) -> None:
    webhook = await holding(world, 150)
    await world.configure.resume(webhook.id, per_minute=per_minute)
    await world.configure.catch_up()
    await world.release.tick()
    await seconds(world, 10)
    assert 150 - await held(world) == after_10_seconds
    await seconds(world, 49)
    assert 150 - await held(world) == after_a_minute


async def test_new_events_go_at_once_beside_what_is_released(world: World) -> None:
    webhook = await holding(world, 20)
    async with world.working():
        await world.configure.resume(webhook.id, per_minute=1)
        await world.ingest.accept([world.event(id_="new-1")])
        await world.facts.until("delivery.delivered")
    assert [facts["event"] for facts in world.facts.named("delivery.delivered")] == ["new-1"]
    assert await held(world) == 20


async def test_the_rate_survives_a_restart(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first:
        webhook = await holding(first, 5)
        await first.configure.resume(webhook.id, per_minute=60)
    async with open_world(tmp_path) as second, second.working():
        second.configure.resume_moves()
        await second.configure.catch_up()
        assert await held(second) == 5
        await second.release.tick()
        assert await held(second) == 4
        await seconds(second, 5)
        await second.facts.until("delivery.delivered", 5)


async def test_when_all_is_released_the_webhook_is_as_any_other(world: World) -> None:
    webhook = await holding(world, 2)
    await world.configure.resume(webhook.id, per_minute=60)
    await world.release.tick()
    await seconds(world, 3)
    assert (await world.configure.webhook("tickets")).release_per_minute is None
    assert world.facts.named("webhook.released")


async def test_a_second_resume_changes_the_rate_or_lets_all_the_rest_go(world: World) -> None:
    webhook = await holding(world, 30)
    await world.configure.resume(webhook.id, per_minute=1)
    await world.configure.resume(webhook.id, per_minute=2)
    assert (await world.configure.webhook("tickets")).release_per_minute == 2
    await world.configure.resume(webhook.id)
    await world.configure.catch_up()
    assert await held(world) == 0


async def test_a_pause_ends_a_release(world: World) -> None:
    webhook = await holding(world, 10)
    await world.configure.resume(webhook.id, per_minute=60)
    await world.release.tick()
    await world.configure.pause(webhook.id, "again")
    await world.configure.catch_up()
    await seconds(world, 10)
    assert await held(world) == 10


async def test_a_change_of_the_webhook_keeps_the_rate(world: World) -> None:
    webhook = await holding(world, 3)
    await world.configure.resume(webhook.id, per_minute=60)
    await world.configure.patch("tickets", {"timeout_seconds": 20}, expected_version=None)
    assert (await world.configure.webhook("tickets")).release_per_minute == 60


# ── too old ──
async def test_what_is_held_too_long_ends_and_says_so(world: World) -> None:
    await holding(world, 3, retry={"max_age_hours": 1})
    world.clock.advance(3601)
    await world.expire.sweep()
    ended = (await world.look.deliveries(DeliveryQuery(), limit=10, after=None)).items
    assert {(str(one.state), one.why) for one in ended} == {("dead", "too old: max_age_hours (1) has passed")}
    assert world.facts.named("deliveries.expired") == [{"webhook": "tickets", "deliveries": 3}]


async def test_what_waits_too_long_for_another_attempt_or_an_open_target_ends(world: World) -> None:
    await world.add(limits={"concurrency": 1}, retry={"max_age_hours": 1})
    world.sender.replies = [answer(503)]
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(8)])
        await world.facts.until("target.opened")
        await world.facts.until("delivery.waiting", 5)
    world.clock.advance(3601)
    await world.expire.sweep()
    found = (await world.look.deliveries(DeliveryQuery(), limit=10, after=None)).items
    assert states(found) == ["dead"] * 8


async def test_what_is_young_enough_stays(world: World) -> None:
    await holding(world, 2, retry={"max_age_hours": 1})
    world.clock.advance(3600)
    await world.expire.sweep()
    assert await held(world) == 2


async def test_a_gone_target_pauses_the_webhook_and_says_so(world: World) -> None:
    await world.add("plain")
    await world.add("servicenow", url="https://acme.service-now.com/api/now/table/incident")
    world.sender.replies = [answer(410, {})]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("webhook.paused", 2)
    for webhook in await world.configure.webhooks():
        assert webhook.paused_why is not None
        assert "gone for good" in webhook.paused_why
