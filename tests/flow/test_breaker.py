"""A target that does not answer is left alone: what is for it is held in the store, and fails nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.flow.world import World, answer, open_world, states

from grantwire.domain.breaker import FAULTS_IN_A_ROW, FIRST_WAIT_SECONDS, JITTER_SHARE, Phase
from grantwire.domain.exchange import Fault, NoResponse, Request, Response, Timings
from grantwire.domain.webhook import Webhook
from grantwire.ports import DeliveryQuery

WAIT = FIRST_WAIT_SECONDS * (1 + JITTER_SHARE)
SILENT = NoResponse(Fault.TIMEOUT_FIRST_BYTE, "no answer within 30 s", Timings(30_000.0), may_have_arrived=True)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def broken(world: World, **changes: object) -> Webhook:
    """A webhook whose target has just been found down, by as many events as that takes; the worker runs."""
    webhook = await world.add(**{"limits": {"concurrency": 1}} | changes)
    world.sender.replies = [answer(503)]
    await world.ingest.accept([world.event() for _ in range(FAULTS_IN_A_ROW)])
    await world.facts.until("target.opened")
    return webhook


async def deliveries(world: World) -> list[str]:
    return states((await world.look.deliveries(DeliveryQuery(), limit=100, after=None)).items)


@pytest.mark.parametrize("down", [answer(500), answer(503), SILENT])
async def test_a_target_that_fails_so_often_in_a_row_is_left_alone(world: World, down: Response | NoResponse) -> None:
    await world.add(limits={"concurrency": 1})
    world.sender.replies = [down]
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(FAULTS_IN_A_ROW + 3)])
        await world.facts.until("target.opened")
        [status] = world.targets.statuses()
        assert (status.phase, status.since) == (Phase.OPEN, world.clock.now())
        assert status.next_probe_at is not None
        await world.facts.until("delivery.waiting", FAULTS_IN_A_ROW)
    assert len(world.sender.sent) == FAULTS_IN_A_ROW
    assert sorted(await deliveries(world)) == ["pending"] * 3 + ["waiting"] * FAULTS_IN_A_ROW


@pytest.mark.parametrize("status", [400, 404, 429])
async def test_a_target_that_refuses_requests_is_there(world: World, status: int) -> None:
    await world.add(limits={"concurrency": 1})
    world.sender.replies = [answer(status)]
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(FAULTS_IN_A_ROW + 3)])
        await world.facts.until("delivery.waiting" if status == 429 else "delivery.dead", FAULTS_IN_A_ROW + 3)
    assert world.targets.statuses()[0].phase is Phase.CLOSED


async def test_new_events_for_an_open_target_are_held_and_use_no_attempt(world: World) -> None:
    async with world.working():
        await broken(world)
        world.clock.advance(1)
        await world.ingest.accept([world.event() for _ in range(4)])
        world.clock.advance(FIRST_WAIT_SECONDS - 2)
    held = (await world.look.deliveries(DeliveryQuery(), limit=4, after=None)).items
    assert [(str(one.state), one.attempts) for one in held] == [("pending", 0)] * 4
    assert len(world.sender.sent) == FAULTS_IN_A_ROW


async def test_one_probe_goes_out_and_its_answer_releases_the_rest(world: World) -> None:
    async with world.working():
        await broken(world)
        await world.ingest.accept([world.event() for _ in range(4)])
        world.sender.replies = [answer()]
        world.clock.advance(WAIT)
        await world.facts.until("target.closed")
        await world.facts.until("delivery.delivered", 4)


async def test_only_the_probe_is_sent_until_it_is_answered(world: World) -> None:
    async with world.working():
        await broken(world, limits={"concurrency": 8})
        await world.ingest.accept([world.event() for _ in range(4)])
        sent = len(world.sender.sent)
        world.clock.advance(WAIT)
        await world.facts.until("target.probed")
        assert len(world.sender.sent) == sent + 1
        assert world.targets.statuses()[0].phase is Phase.OPEN


async def test_each_probe_that_fails_makes_the_wait_longer(world: World) -> None:
    async with world.working():
        await broken(world)
        await world.ingest.accept([world.event() for _ in range(4)])
        world.clock.advance(WAIT)
        await world.facts.until("target.probed", 1)
        [status] = world.targets.statuses()
        assert status.next_probe_at is not None
        wait = (status.next_probe_at - world.clock.now()).total_seconds()
        assert 2 * FIRST_WAIT_SECONDS <= wait <= 2 * WAIT


async def test_a_target_with_nothing_due_is_probed_by_the_next_event(world: World) -> None:
    async with world.working():
        await broken(world, retry={"attempts": 1})
        world.clock.advance(WAIT)
        world.sender.replies = [answer()]
        await world.ingest.accept([world.event()])
        await world.facts.until("target.closed")


async def test_another_target_goes_on(world: World) -> None:
    def by_host(request: Request) -> Response:
        return answer(503) if request.origin.host == "down.example.com" else answer()

    world.sender.replies = [by_host]
    await world.add("down", url="https://down.example.com/hook", limits={"concurrency": 1})
    await world.add("up")
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(FAULTS_IN_A_ROW)])
        await world.facts.until("target.opened")
        await world.ingest.accept([world.event() for _ in range(4)])
        await world.facts.until("delivery.delivered", FAULTS_IN_A_ROW + 4)


async def test_webhooks_of_one_target_share_its_breaker(world: World) -> None:
    async with world.working():
        await world.add("other", url="https://acme.example.com/other", triggers=["RequestApproved"])
        await broken(world)
        sent = len(world.sender.sent)
        await world.ingest.accept([world.event("RequestApproved")])
        world.clock.advance(1)
    assert len(world.sender.sent) == sent


async def test_a_restart_finds_every_target_closed_and_loses_nothing(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first, first.working():
        await broken(first)
        await first.ingest.accept([first.event() for _ in range(4)])
    async with open_world(tmp_path) as second, second.working():
        assert second.targets.statuses()[0].phase is Phase.CLOSED
        second.clock.advance(60)
        await second.facts.until("delivery.delivered", FAULTS_IN_A_ROW + 4)


async def test_a_probe_that_cannot_be_sent_says_nothing_of_the_target(world: World) -> None:
    async with world.working():
        await broken(world, body="{{ data.requester.name }}", content_type="text/plain", strict=True)
        event = world.event()
        await world.ingest.accept([world.event(requester=None), event])
        world.sender.replies = [answer()]
        world.clock.advance(WAIT)
        await world.facts.until("delivery.dead")
        await world.facts.until("target.closed")


async def test_what_was_claimed_for_a_webhook_that_is_deleted_ends_with_it(world: World) -> None:
    """Nobody would claim it again when its target is left alone."""
    webhook = await world.add(limits={"concurrency": 1})
    world.sender.replies, world.sender.gate = [answer(503)], asyncio.Event()
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(FAULTS_IN_A_ROW)])
        await world.facts.until("event.accepted", FAULTS_IN_A_ROW)
        while not world.sender.sent:
            await asyncio.sleep(0)
        await world.configure.delete(webhook.name)
        world.sender.gate.set()
        async with asyncio.timeout(5):
            while set(await deliveries(world)) - {"cancelled", "waiting"}:
                await asyncio.sleep(0)
