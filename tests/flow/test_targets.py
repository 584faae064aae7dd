"""What webhooks of one target share: slots, a rate, turns; and what a storm of retries may not take."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.flow.test_lanes import claim, lane, target
from tests.flow.world import PATIENCE_SECONDS, World, answer, definition, open_world

from grantwire.domain.definition import read_definition
from grantwire.domain.exchange import Request, Response
from grantwire.domain.target_limits import TargetLimits
from grantwire.domain.webhook import Limits, Webhook, WebhookId
from grantwire.flow.lanes import FIRST_RUN, Lane
from grantwire.flow.targets import kept_for_first
from grantwire.ports import DeliveryQuery

ORIGIN = "https://acme.example.com"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made


async def until(is_so: Callable[[], bool]) -> None:
    """The worker goes on meanwhile."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0)


def has_queued(world: World, webhook: Webhook) -> bool:
    return world.work._lanes[webhook.id].has_queued


def paths(world: World) -> Counter[str]:
    return Counter(request.url.rpartition("/")[2] for request in world.sender.sent)


async def test_webhooks_of_one_target_share_its_slots_and_take_turns(tmp_path: Path) -> None:
    async with open_world(tmp_path, limits=TargetLimits.of([f"{ORIGIN} concurrency=4"])) as world:
        await world.add("a", url=f"{ORIGIN}/a")
        await world.add("b", url=f"{ORIGIN}/b")
        world.sender.gate = asyncio.Event()
        async with world.working():
            await world.ingest.accept([world.event() for _ in range(10)])
            await until(lambda: len(world.sender.sent) == 4)
            assert paths(world) == {"a": 2, "b": 2}
            world.sender.gate.set()
            await world.facts.until("delivery.delivered", 20)


async def test_a_webhook_with_a_backlog_does_not_keep_another_one_of_its_target_waiting(tmp_path: Path) -> None:
    async with open_world(tmp_path, limits=TargetLimits.of([f"{ORIGIN} concurrency=1"])) as world:
        await world.add("a", url=f"{ORIGIN}/a")
        other = await world.add("b", url=f"{ORIGIN}/b", triggers=["RequestApproved"])
        async with world.working():
            world.sender.gate = asyncio.Event()
            await world.ingest.accept([world.event() for _ in range(30)])
            await world.ingest.accept([world.event("RequestApproved") for _ in range(3)])
            await until(lambda: has_queued(world, other))
            world.sender.gate.set()
            await world.facts.until("delivery.delivered", 33)
    order = "".join(request.url[-1] for request in world.sender.sent)
    assert order[:7].count("b") == 3, order


async def test_a_rate_counts_over_all_webhooks_of_a_target_and_in_any_minute(tmp_path: Path) -> None:
    async with open_world(tmp_path, limits=TargetLimits.of([f"{ORIGIN} per_minute=6"])) as world:
        await world.add("a", url=f"{ORIGIN}/a")
        await world.add("b", url=f"{ORIGIN}/b")
        starts: list[float] = []

        def note(_: Request) -> Response:
            starts.append(world.clock.elapsed())
            return answer()

        world.sender.replies = [note]
        async with world.working():
            await world.ingest.accept([world.event() for _ in range(2)])
            await world.facts.until("delivery.delivered", 4)
            world.clock.advance(40)
            await world.ingest.accept([world.event() for _ in range(4)])
            await world.facts.until("delivery.delivered", 6)
            world.clock.advance(20)
            await world.facts.until("delivery.delivered", 10)
            world.clock.advance(40)
            await world.facts.until("delivery.delivered", 12)
    assert all(sum(at <= other < at + 60 for other in starts) <= 6 for at in starts), starts
    assert starts == [0] * 4 + [40] * 2 + [60] * 4 + [100] * 2


async def test_a_storm_of_retries_stands_behind_new_events(world: World) -> None:
    await world.add(limits={"concurrency": 1}, retry={"schedule_seconds": [5]})
    world.sender.replies = [answer(408)]
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(200)])
        await world.facts.until("delivery.waiting", 200)
        world.sender.replies, world.sender.gate = [answer()], asyncio.Event()
        sent = len(world.sender.sent)
        world.clock.advance(6)
        await until(lambda: len(world.sender.sent) == sent + 1)
        accepted = await world.ingest.accept([world.event(id_="new-1")])
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 201)
    assert len(world.sender.sent) == sent + 201
    numbers = [facts["event"] for facts in world.facts.named("delivery.delivered")]
    assert numbers.index(accepted[0].event_id) <= 3, "at most those that were on their way come before it"


async def test_the_store_is_asked_for_new_events_beyond_a_storm(world: World) -> None:
    """They land there while their lane is full, behind thousands that are due."""
    await world.add(limits={"concurrency": 1}, retry={"schedule_seconds": [5]})
    world.sender.replies = [answer(408)]
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(60)])
        await world.facts.until("delivery.waiting", 60)
    world.clock.advance(6)
    await world.ingest.accept([world.event() for _ in range(5)])  # nobody works: stored as pending
    world.sender.replies = [answer()]
    async with world.working():
        await world.facts.until("delivery.delivered", 65)
    first = [facts["number"] for facts in world.facts.named("delivery.delivered")[:6]]
    assert first.count(1) == 5, first
    assert not (await world.look.deliveries(DeliveryQuery(), limit=1, after=None)).items[0].due_at


@pytest.mark.parametrize(("slots", "kept"), [(1, 0), (2, 1), (4, 1), (8, 2), (64, 16)])
def test_a_quarter_of_the_slots_is_kept_for_first_attempts(slots: int, kept: int) -> None:
    assert kept_for_first(slots) == kept


def test_what_comes_again_never_takes_the_last_slots() -> None:
    busy = lane(concurrency=4)
    for number in range(10):
        busy.put(claim(number, is_again=True))
    assert [busy.next(0.0) is not None for _ in range(4)] == [True, True, True, False]
    busy.put(claim(99))
    assert busy.next(0.0) is not None


def test_with_one_slot_first_attempts_go_first_but_not_for_ever() -> None:
    busy = lane(concurrency=1)
    for number in range(4):
        busy.put(claim(number, is_again=True))
    order = []
    for number in range(2 * FIRST_RUN + 2):
        busy.put(claim(number))
        started = busy.next(0.0)
        assert started is not None
        order.append(started.is_again)
        busy.answered(started)
        busy.end(0.0)
    assert order == ([False] * FIRST_RUN + [True]) * 2


def test_what_comes_again_leaves_a_quarter_of_a_minutes_starts() -> None:
    busy = lane(concurrency=8, per_minute=8)
    for number in range(8):
        busy.put(claim(number, is_again=True))
    started = 0
    while (one := busy.next(0.0)) is not None:
        busy.answered(one)
        busy.end(0.0)
        started += 1
    assert started == 6
    assert busy.wait_seconds(1.0) == 59.0
    busy.put(claim(99))
    assert busy.next(1.0) is not None


def test_places_in_a_lane_are_not_all_for_what_comes_again() -> None:
    full = lane(concurrency=4)
    room = full.room_to_claim(0.0)
    assert room is not None
    assert room.again * 4 <= full.room(0.0)
    assert room.most < full.room(0.0), "what comes in while the store is asked finds a place"
    full.claimed(room, [claim(number, is_again=True) for number in range(room.again)])
    assert not full.is_behind, "new events go into the lane at once"
    assert full.has_pending
    assert full.reserve(0.0)
    again = full.room_to_claim(0.0)
    assert again is not None
    assert again.again == 0


def test_a_lane_that_moves_to_another_target_leaves_the_first() -> None:
    first, second = target(), target()
    webhook = read_definition(definition(), id=WebhookId("whk_1"), allowance=None)
    moving = Lane(webhook, first)
    moving.follow(webhook, second)
    assert (list(first.lanes), list(second.lanes)) == ([], [moving])


def test_a_target_that_retries_share_keeps_a_slot_for_first_attempts() -> None:
    shared = target()
    shared.follow(Limits(concurrency=4))
    webhook = read_definition(definition(), id=WebhookId("whk_1"), allowance=None)
    one, two = Lane(webhook, shared), Lane(webhook, shared)
    for number in range(4):
        one.put(claim(number, is_again=True))
        two.put(claim(number, is_again=True))
    assert [each.next(0.0) is not None for each in (one, two, one, two)] == [True, True, True, False]
    two.put(claim(9))
    assert two.next(0.0) is not None
