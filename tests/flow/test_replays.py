"""Replay jobs: what they find, how they go on, how they end."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.world import World, answer, open_world

from grantwire.domain.delivery import Delivery, State
from grantwire.domain.errors import Refused
from grantwire.domain.replay import Replay, ReplayState
from grantwire.flow.run_replays import CROWD, STEP
from grantwire.ports import DeliveryQuery

EVERYTHING = {"webhooks": "*", "states": ["dead", "skipped", "cancelled"]}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def ended(world: World, count: int = 1, webhook: str = "tickets", type_: str = "RequestCreated") -> None:
    """Deliveries that were skipped: they end without success, and nothing has to be sent for that."""
    if world.configure.named(webhook) is None:
        await world.add(webhook, triggers=[type_], filters={"integration": ["no such"]})
    await world.ingest.accept([world.event(type_) for _ in range(count)])
    world.clock.advance(1)


async def start(world: World, **asked: Any) -> Replay:
    return await world.replays.start(world.replays.read(EVERYTHING | asked), by="Ann")


async def new_ones(world: World) -> list[Delivery]:
    """Oldest first."""
    page = await world.look.deliveries(DeliveryQuery(), limit=1000)
    return [one for one in reversed(page.items) if one.replay_of is not None]


async def test_a_job_makes_a_new_delivery_for_each_that_is_wanted_oldest_first(world: World) -> None:
    await ended(world, 3)
    old = [one.id for one in reversed((await world.look.deliveries(DeliveryQuery())).items)]
    done = await world.replayed((await start(world)).id)
    assert (done.state, done.found, done.made, done.refused, done.gone) == (ReplayState.DONE, 3, 3, {}, 0)
    new = await new_ones(world)
    assert [one.replay_of for one in new] == old
    assert {one.state for one in new} == {State.PENDING}
    assert [fact["made"] for fact in world.facts.named("replay.finished")] == [3]


async def test_what_was_given_up_arrives_after_a_replay(world: World) -> None:
    await world.add(retry={"attempts": 1, "max_age_hours": 24})
    world.sender.replies = [answer(500)]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.dead")
    world.sender.replies = [answer()]
    world.clock.advance(1)
    async with world.working():
        await world.replayed((await start(world, states="dead")).id)
        await world.facts.until("delivery.delivered")


async def test_more_than_a_step_takes_are_sent_in_steps_each_once(world: World) -> None:
    await ended(world, 2 * STEP + 1)
    [webhook] = await world.configure.webhooks()
    await world.configure.pause(webhook.id, "so that nothing waits for room")
    done = await world.replayed((await start(world)).id)
    assert done.made == 2 * STEP + 1
    assert [fact["made"] for fact in world.facts.named("replay.stepped")] == [STEP, STEP, 1]


async def test_a_second_job_finds_nothing_that_the_first_one_sent_again(world: World) -> None:
    await ended(world, 3)
    first, second = await start(world), await start(world)
    await world.replayed(first.id)
    assert (await world.replayed(second.id)).made == 0
    assert (await world.replayed((await start(world)).id)).found == 0
    assert len(await new_ones(world)) == 3


async def test_what_ends_after_a_job_was_asked_for_is_not_of_it(world: World) -> None:
    await ended(world, 2)
    job = await start(world)
    world.clock.advance(1)
    await ended(world, 2)
    assert (await world.replayed(job.id)).found == 2


async def test_one_that_was_there_and_ends_only_later_is_not_of_it(world: World) -> None:
    webhook = await world.add()
    await world.configure.pause(webhook.id, "for a test")
    await world.ingest.accept([world.event()])
    [held] = (await world.look.deliveries(DeliveryQuery())).items
    world.clock.advance(1)
    job = await start(world)
    world.clock.advance(1)
    await world.replay.cancel(held.id)
    assert (await world.replayed(job.id)).found == 0


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 4),
        ({"webhooks": "tickets"}, 3),
        ({"webhooks": ["tickets", "audit"]}, 4),
        ({"states": "dead"}, 0),
        ({"event_types": "RequestCreated"}, 3),
        ({"event_types": ["RequestCreated", "AuditLog"]}, 4),
        ({"since": "2026-11-24T12:00:01Z"}, 2),
        ({"until": "2026-11-24T12:00:01Z"}, 2),
    ],
)
async def test_every_wish_narrows(world: World, asked: dict[str, Any], found: int) -> None:
    await ended(world, 2)
    await ended(world, 1)
    await world.add("audit", kind="audit", triggers=["AuditLog"], body="{}", filters={"expression": "false"})
    await world.ingest.accept([world.event("AuditLog")])
    world.clock.advance(1)
    plan = await world.replays.plan(world.replays.read(EVERYTHING | asked).wanted)
    assert plan.count == found
    assert (await world.replayed((await start(world, **asked)).id)).made == found


async def test_deliveries_are_found_by_what_they_belong_to(world: World) -> None:
    await ended(world, 3)
    one, *_ = (await world.look.deliveries(DeliveryQuery())).items
    for number, asked in enumerate(
        ({"event_ids": one.event_id}, {"access_request": one.access_request_id}, {"delivery_ids": [one.id]})
    ):
        plan = await world.replays.plan(world.replays.read({"states": "skipped", **asked}).wanted)
        assert one.id in [first.id for first in plan.first], number
    job = await world.replays.start(world.replays.read({"states": "skipped", "delivery_ids": one.id}), by="Ann")
    assert (await world.replayed(job.id)).made == 1
    assert [new.replay_of for new in await new_ones(world)] == [one.id]


async def test_who_names_a_delivery_is_told_why_it_is_not_sent_again(world: World) -> None:
    await world.add()
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    [delivered] = (await world.look.deliveries(DeliveryQuery())).items
    world.clock.advance(1)
    asked = world.replays.read({"delivery_ids": [delivered.id, "dlv_none"]})
    done = await world.replayed((await world.replays.start(asked, by="Ann")).id)
    assert (done.found, done.made, done.refused) == (2, 0, {"it is delivered": 1, "there is no such delivery": 1})


async def test_a_delivered_one_is_sent_again_only_at_an_explicit_wish(world: World) -> None:
    await world.add()
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
        world.clock.advance(1)
        assert (await world.replayed((await start(world)).id)).found == 0
        with pytest.raises(Refused, match="include_delivered"):
            await start(world, states="delivered")
        assert (await world.replayed((await start(world, include_delivered=True)).id)).made == 1
        await world.facts.until("delivery.delivered", 2)


async def test_a_paused_webhook_gets_them_to_hold(world: World) -> None:
    await ended(world)
    webhook = await world.configure.webhook("tickets")
    await world.configure.pause(webhook.id, "for a test")
    await world.replayed((await start(world)).id)
    assert [(one.state, one.why) for one in await new_ones(world)] == [(State.HELD, "paused: for a test")]


async def test_those_of_inactive_and_deleted_webhooks_are_counted_with_the_reason(world: World) -> None:
    await ended(world, 2, "off")
    await ended(world, 3, "gone")
    await ended(world, 1, "on")
    await world.configure.patch("off", {"active": False}, expected_version=None)
    await world.configure.delete("gone")
    plan = await world.replays.plan(world.replays.read(EVERYTHING).wanted)
    done = await world.replayed((await start(world)).id)
    assert (done.state, done.found, done.made) == (ReplayState.DONE, 11, 1)
    assert done.refused == {"the webhook off is inactive": 6, "its webhook was deleted": 4} == dict(plan.refused)


async def test_one_that_somebody_else_replays_meanwhile_is_gone(world: World) -> None:
    await ended(world, 3)
    job = await start(world, per_minute=60)
    while (await world.replays.show(job.id)).made == 0:
        await world.run_replays.turn()
    last, *_ = (await world.look.deliveries(DeliveryQuery(states=(State.SKIPPED,)))).items
    await world.replay.again(last.id)
    done = await world.replayed(job.id)
    assert (done.found, done.made, done.gone) == (3, 2, 1)


async def test_a_paced_job_never_sends_more_in_a_minute_than_it_may(world: World) -> None:
    await ended(world, 90)
    job = await start(world, per_minute=30)
    made_at = []
    while (await world.replays.show(job.id)).is_open:
        world.clock.advance(await world.run_replays.turn())
    made_at = [one.created_at for one in await new_ones(world)]
    assert len(made_at) == 90
    for earlier, later in zip(made_at, made_at[30:], strict=False):
        assert (later - earlier).total_seconds() >= 60
    assert (made_at[-1] - made_at[0]).total_seconds() == pytest.approx(89 * 2)


async def test_the_pace_holds_across_a_restart(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await ended(world, 3)
        job = await start(world, per_minute=1)
        while (await world.replays.show(job.id)).made == 0:
            await world.run_replays.turn()
        moment = world.clock.now()
    async with open_world(tmp_path) as world:
        world.clock.advance((moment - world.clock.now()).total_seconds() + 10)
        assert await world.run_replays.turn() == pytest.approx(50)
        assert (await world.replays.show(job.id)).made == 1


async def test_a_job_waits_while_its_webhook_has_enough_to_do(world: World) -> None:
    await ended(world, CROWD + 10)
    job = await start(world)
    for _ in range(10):
        await world.run_replays.turn()
    assert (await world.replays.show(job.id)).made == STEP  # nobody works, so nothing more fits
    async with world.working():
        await world.replayed(job.id)
    assert (await world.replays.show(job.id)).made == CROWD + 10


async def test_a_cancelled_job_stops_and_keeps_what_it_made(world: World) -> None:
    await ended(world, 3)
    job = await start(world, per_minute=60)
    while (await world.replays.show(job.id)).made == 0:
        await world.run_replays.turn()
    cancelled = await world.replays.cancel(job.id, by="Bob")
    await world.run_replays.turn()
    assert (cancelled.state, cancelled.why, cancelled.made) == (ReplayState.CANCELLED, "by Bob", 1)
    assert len(await new_ones(world)) == 1
    with pytest.raises(Refused, match="cannot be cancelled"):
        await world.replays.cancel(job.id, by="Bob")


async def test_asking_twice_with_one_id_starts_one_job(world: World) -> None:
    await ended(world)
    first = await world.replays.start(world.replays.read(EVERYTHING | {"id": "mine"}), by="Ann")
    again = await world.replays.start(world.replays.read(EVERYTHING | {"id": "mine"}), by="Ann")
    assert first == again
    assert (await world.replays.all(limit=10)).items == (first,)
    with pytest.raises(Refused, match="the id is taken"):
        await world.replays.start(world.replays.read({"id": "mine", "webhooks": "*"}), by="Ann")


async def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(world: World) -> None:
    await ended(world, 7)
    plan = await world.replays.plan(world.replays.read(EVERYTHING).wanted)
    assert (plan.count, plan.by_state, plan.by_type, plan.has_more) == (
        7,
        {State.SKIPPED: 7},
        {"RequestCreated": 7},
        False,
    )
    assert [(one.name, one.count, one.why_held, one.why_not) for one in plan.by_webhook] == [("tickets", 7, None, None)]
    old = [one.id for one in reversed((await world.look.deliveries(DeliveryQuery())).items)]
    assert [one.id for one in plan.first] == old[:5]
    assert len(old) == 7


async def test_every_fault_of_a_wish_is_told_at_once(world: World) -> None:
    await world.add("tickets")
    raw = {
        "webhooks": ["tikets"],
        "states": ["pending", "dad"],
        "event_types": ["RequestCreate"],
        "since": "yesterday",
        "per_minute": 0,
        "delivery_ids": [],
        "id": "with a space",
        "webhok": "x",
    }
    with pytest.raises(Refused) as refused:
        world.replays.read(raw)
    assert {problem.path for problem in refused.value.problems} == {
        *("webhooks[0]", "states[0]", "states[1]", "event_types[0]"),
        *("since", "per_minute", "delivery_ids", "id", "webhok"),
    }


@pytest.mark.parametrize("raw", [{}, {"states": "dead"}, {"since": "2026-11-24T12:00:00Z"}, {"webhooks": []}])
async def test_everything_there_is_has_to_be_asked_for(world: World, raw: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="webhooks"):
        world.replays.read(raw)
