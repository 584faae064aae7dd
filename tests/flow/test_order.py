"""Order: deliveries of one webhook for one access request go out one at a time, in the order of acceptance."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.world import PATIENCE_SECONDS, World, answer, open_world, states

from grantwire.domain.delivery import Delivery, DeliveryId, State
from grantwire.domain.event import Event
from grantwire.domain.webhook import Webhook
from grantwire.ports import DeliveryQuery


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def ordered(world: World, **changes: Any) -> Webhook:
    body = '{"request": "{{ data.id }}", "step": "{{ data.reason }}"}'
    return await world.add(order="per_request", body=body, **changes)


def step(world: World, name: str, request: str = "ar-1") -> Event:
    return world.event(id=request, reason=name)


async def accepted(world: World, *names: str, request: str = "ar-1") -> list[DeliveryId]:
    """One event of the access request after the other; the ids of their deliveries."""
    found = []
    for name in names:
        [promise] = await world.ingest.accept([step(world, name, request)])
        found += [one.id for one in promise.deliveries]
    return found


async def now(world: World, *delivery_ids: DeliveryId) -> list[Delivery]:
    return [(await world.look.delivery(one)).delivery for one in delivery_ids]


async def until(world: World, delivery_ids: Sequence[DeliveryId], *expected: str) -> None:
    """Fails when it never comes to that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while states(await now(world, *delivery_ids)) != list(expected):
            await asyncio.sleep(0)


def sent(world: World, request: str = "ar-1") -> list[str]:
    bodies = [json.loads(one.body or b"{}") for one in world.sender.sent]
    return [body["step"] for body in bodies if body["request"] == request]


async def test_the_second_waits_for_the_first_and_then_goes(world: World) -> None:
    await ordered(world)
    world.sender.gate = asyncio.Event()
    async with world.working():
        first, second = await accepted(world, "created", "approved")
        await until(world, [first, second], "sending", "blocked")
        assert (await now(world, second))[0].why == f"waits for {first}, which goes first for the same access request"
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 2)
    assert sent(world) == ["created", "approved"]
    assert states(await now(world, first, second)) == ["delivered", "delivered"]


async def test_other_requests_overtake_a_line_that_waits(world: World) -> None:
    """While one access request hangs with two behind it, a hundred others go out as if it were not there."""
    await ordered(world, limits={"concurrency": 4})
    world.sender.gate = asyncio.Event()
    world.sender.is_gated = lambda request: json.loads(request.body or b"{}")["request"] == "slow"
    async with world.working():
        await accepted(world, "created", "approved", "granted", request="slow")
        for number in range(100):
            await accepted(world, "created", request=f"ar-{number}")
        await world.facts.until("delivery.delivered", 100)
        assert sent(world, "slow") == ["created"]
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 103)
    assert sent(world, "slow") == ["created", "approved", "granted"]


async def test_a_batch_goes_out_in_its_order_whatever_the_target_takes(world: World) -> None:
    await ordered(world)
    events = [step(world, str(number), f"ar-{number % 3}") for number in range(30)]
    async with world.working():
        await world.ingest.accept(events)
        await world.facts.until("delivery.delivered", 30)
    for request in range(3):
        assert sent(world, f"ar-{request}") == [str(number) for number in range(30) if number % 3 == request]


async def test_accepts_that_come_together_go_out_in_the_order_on_record(world: World) -> None:
    await ordered(world)
    async with world.working():
        await asyncio.gather(*(accepted(world, str(number)) for number in range(20)))
        await world.facts.until("delivery.delivered", 20)
    page = await world.look.deliveries(DeliveryQuery())
    events = [(await world.look.event(one.event_id)).event for one in reversed(page.items)]
    assert sent(world) == [event.document()["data"]["reason"] for event in events]


async def test_a_retry_of_the_first_holds_the_rest_back(world: World) -> None:
    await ordered(world)
    world.sender.replies = [answer(503), answer()]
    async with world.working():
        first, second = await accepted(world, "created", "approved")
        await world.facts.until("delivery.waiting")
        assert states(await now(world, first, second)) == ["waiting", "blocked"]
        await world.replay.retry(first)
        await world.facts.until("delivery.delivered", 2)
    assert sent(world) == ["created", "created", "approved"]


async def dead_in_front(world: World) -> list[DeliveryId]:
    """The first of three is given up; the target is well again after it."""
    await ordered(world, retry={"attempts": 1, "max_age_hours": 24})
    world.sender.replies = [answer(500), answer()]
    ids = await accepted(world, "created", "approved", "granted")
    await world.facts.until("delivery.dead")
    return ids


async def test_a_dead_one_in_front_keeps_the_rest_waiting_and_says_so(world: World) -> None:
    async with world.working():
        first, second, third = await dead_in_front(world)
        [dead] = await now(world, first)
        assert dead.holds_line_until == dead.created_at + timedelta(hours=24)
        why = f"{first} in front is dead: replay it, skip it, or wait until 2026-11-25 12:00 UTC"
        assert [one.why.startswith(why) for one in await now(world, second, third)] == [True, True]
        await accepted(world, "created", request="ar-2")
        await world.facts.until("delivery.delivered")
    assert (sent(world), sent(world, "ar-2")) == (["created"], ["created"])


async def test_skipping_the_dead_one_lets_the_rest_go(world: World) -> None:
    async with world.working():
        first, second, third = await dead_in_front(world)
        skipped = await world.replay.skip(first, by="ann@example.com")
        assert (skipped.state, skipped.why) == (State.SKIPPED, "skipped by ann@example.com")
        await world.facts.until("delivery.delivered", 2)
    assert sent(world) == ["created", "approved", "granted"]
    assert states(await now(world, second, third)) == ["delivered", "delivered"]


async def test_replaying_the_dead_one_sends_it_first_again(world: World) -> None:
    async with world.working():
        first, *_ = await dead_in_front(world)
        await world.replay.again(first)
        await world.facts.until("delivery.delivered", 3)
    assert sent(world) == ["created", "created", "approved", "granted"]


async def test_the_end_of_its_hours_lets_the_rest_go(world: World) -> None:
    async with world.working():
        await dead_in_front(world)
        world.clock.advance(timedelta(hours=23).total_seconds())
        await accepted(world, "late")  # younger, so that it does not become too old itself
        await world.lines.let_go()
        assert sent(world) == ["created"]
        world.clock.advance(timedelta(hours=1).total_seconds())
        await world.lines.let_go()
        await world.facts.until("delivery.delivered", 3)
    assert sent(world) == ["created", "approved", "granted", "late"]


async def test_what_is_too_old_itself_holds_nobody_up(world: World) -> None:
    await ordered(world, retry={"max_age_hours": 1})
    ids = await accepted(world, "created", "approved")
    world.clock.advance(timedelta(minutes=50).total_seconds())
    ids += await accepted(world, "granted")
    world.clock.advance(timedelta(minutes=20).total_seconds())
    async with world.working():
        await world.facts.until("delivery.delivered")
    assert states(await now(world, *ids)) == ["dead", "dead", "delivered"]
    assert sent(world) == ["granted"]


async def test_one_that_grew_too_old_while_it_was_held_holds_nobody_up(world: World) -> None:
    webhook = await ordered(world, retry={"max_age_hours": 1})
    async with world.working():
        await world.configure.pause(webhook.id, "maintenance")
        [old] = await accepted(world, "created")
        world.clock.advance(timedelta(minutes=50).total_seconds())
        [young] = await accepted(world, "approved")
        world.clock.advance(timedelta(minutes=20).total_seconds())
        await world.expire.sweep()
        await world.configure.resume(webhook.id)
        await world.facts.until("delivery.delivered")
    assert states(await now(world, old, young)) == ["dead", "delivered"]


async def test_replays_of_many_go_out_in_event_order(world: World) -> None:
    webhook = await ordered(world, retry={"attempts": 1, "max_age_hours": 0.01})
    world.sender.replies = [answer(500)]
    async with world.working():
        for count, name in enumerate(("created", "approved", "granted"), 1):
            await accepted(world, name)
            await world.facts.until("delivery.dead", count)
            world.clock.advance(60)
            await world.lines.let_go()
        world.sender.replies = [answer()]
        del world.sender.sent[:]
        asked = world.replays.read({"webhooks": webhook.name})
        job = await world.replays.start(asked, by="Ann")
        assert (await world.replayed(job.id)).made == 3
        await world.facts.until("delivery.delivered", 3)
    assert sent(world) == ["created", "approved", "granted"]


async def test_pause_and_resume_keep_the_order(world: World) -> None:
    webhook = await ordered(world)
    async with world.working():
        await world.configure.pause(webhook.id, "maintenance")
        ids = await accepted(world, "created", "approved", "granted")
        assert states(await now(world, *ids)) == ["held", "blocked", "blocked"]
        await world.configure.resume(webhook.id)
        await world.facts.until("delivery.delivered", 3)
    assert sent(world) == ["created", "approved", "granted"]


async def test_a_cancel_of_the_first_lets_the_next_go(world: World) -> None:
    await ordered(world)
    world.sender.replies = [answer(503), answer()]
    async with world.working():
        first, second, third = await accepted(world, "created", "approved", "granted")
        await world.facts.until("delivery.waiting")
        await world.replay.cancel(second)
        await world.replay.cancel(first)
        await world.facts.until("delivery.delivered")
    assert states(await now(world, first, second, third)) == ["cancelled", "cancelled", "delivered"]


async def test_a_deleted_webhook_cancels_those_that_wait(world: World) -> None:
    webhook = await ordered(world)
    ids = await accepted(world, "created", "approved")
    await world.configure.delete(webhook.name)
    assert states(await now(world, *ids)) == ["cancelled", "cancelled"]


async def test_order_switched_off_lets_all_go_at_once(world: World) -> None:
    webhook = await ordered(world, limits={"concurrency": 8})
    world.sender.gate = asyncio.Event()
    async with world.working():
        ids = await accepted(world, "created", "approved", "granted")
        await world.configure.patch(webhook.name, {"order": "none"}, expected_version=None)
        await until(world, ids, "sending", "sending", "sending")
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 3)


async def test_order_switched_on_counts_for_what_is_accepted_from_then_on(world: World) -> None:
    webhook = await world.add(limits={"concurrency": 8})
    world.sender.gate = asyncio.Event()
    async with world.working():
        before = await accepted(world, "created", "approved")
        await world.configure.patch(webhook.name, {"order": "per_request"}, expected_version=None)
        after = await accepted(world, "granted", "extended")
        await until(world, [*before, *after], "sending", "sending", "sending", "blocked")
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 4)


async def test_events_without_an_access_request_have_no_order(world: World) -> None:
    await world.add(kind="audit", triggers=["AuditLog"], body=None, method="GET", order="per_request")
    world.sender.gate = asyncio.Event()
    async with world.working():
        ids = []
        for _ in range(2):
            [promise] = await world.ingest.accept([world.event("AuditLog")])
            ids += [one.id for one in promise.deliveries]
        await until(world, ids, "sending", "sending")
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 2)


async def test_a_blocked_delivery_gives_its_place_in_the_lane_back(world: World) -> None:
    """One slot and its queue: if each blocked one kept a place, nothing could be handed over hot any more."""
    await ordered(world, limits={"concurrency": 1})
    world.sender.gate = asyncio.Event()
    async with world.working():
        first, *_ = await accepted(world, *map(str, range(40)))
        await until(world, [first], "sending")
        [other] = await accepted(world, "created", request="ar-2")
        await until(world, [other], "sending")
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 41)


async def test_a_line_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await ordered(world)
        await accepted(world, "created", "approved", "granted")
    async with open_world(tmp_path) as world:
        await world.lines.mend()
        async with world.working():
            await world.facts.until("delivery.delivered", 3)
        assert sent(world) == ["created", "approved", "granted"]
        assert world.facts.named("lines.mended") == []
