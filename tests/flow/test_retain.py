"""Retention: what was kept long enough is gone after a sweep, and nothing else, however often it was cut short."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.store_world import START, StoreWorld, a_store_world
from tests.flow.world import Facts

from grantwire.domain.delivery import ENDED, Claim, DeliveryId, State
from grantwire.domain.event import EventId
from grantwire.domain.retention import Kind, Removed, Retention
from grantwire.flow.retain import ANEW_SECONDS, MOST_PAUSE_SECONDS, Retain

DAYS = 60  # the stories below happen within so many days
DAY = timedelta(days=1)
FOR_EVER = Retention(events=0, deliveries=0, attempts=0, payloads=0)


def retain(world: StoreWorld, retention: Retention, facts: Facts | None = None) -> Retain:
    return Retain(store=world.store, retention=retention, clock=world.clock, observer=facts or Facts())


@dataclass(frozen=True)
class Story:
    """An event of some day; of each delivery its state and the days until it ended. Each has an attempt."""

    accepted: int
    deliveries: tuple[tuple[State, int], ...]

    def ended_by(self, day: int) -> bool:
        return all(state in ENDED and self.accepted + after < day for state, after in self.deliveries)


STATES = st.sampled_from([State.DELIVERED, State.DEAD, State.CANCELLED, State.WAITING, State.HELD])
STORIES = st.builds(
    Story,
    accepted=st.integers(0, DAYS - 2),
    deliveries=st.lists(st.tuples(STATES, st.integers(0, 20)), max_size=3).map(tuple),
)
TIMES = st.sampled_from([0, 5, 10, 20, 30])


@st.composite
def retentions(draw: st.DrawFn) -> Retention:
    """Those that the settings allow."""
    events = draw(TIMES)
    deliveries = draw(TIMES.filter(lambda days: events == 0 or 0 < days <= events))
    attempts = draw(TIMES.filter(lambda days: deliveries == 0 or 0 < days <= deliveries))
    payloads = draw(TIMES.filter(lambda days: events == 0 or days <= events))
    return Retention(events, deliveries, attempts, payloads)


@dataclass(frozen=True)
class Left:
    """What is on record of a story."""

    event: bool
    payload: bool
    deliveries: bool
    attempts: bool


def expected(story: Story, retention: Retention) -> Left:
    def may_go(kind: Kind, *, has_deliveries: bool = True) -> bool:
        days = retention.days(kind)
        day = DAYS - days
        return days > 0 and story.accepted < day and (not has_deliveries or story.ended_by(day))

    deliveries = bool(story.deliveries) and not may_go(Kind.DELIVERIES) and not may_go(Kind.EVENTS)
    event = not may_go(Kind.EVENTS, has_deliveries=deliveries)
    payload = event and not may_go(Kind.PAYLOADS, has_deliveries=deliveries)
    return Left(event, payload, deliveries, deliveries and not may_go(Kind.ATTEMPTS))


async def told(world: StoreWorld, story: Story, number: int) -> tuple[EventId, tuple[DeliveryId, ...]]:
    accepted_at = START + story.accepted * DAY
    new = tuple(world.delivery(State.SENDING) for _ in story.deliveries)
    event_id = EventId(f"evt_{number}")
    await world.accept(*new, event_id=event_id, accepted_at=accepted_at)
    claims = {claim.delivery_id: claim for claim in await lost_leases(world)}
    for one, (state, after) in zip(new, story.deliveries, strict=True):
        claim = claims[one.id]
        settled = world.settlement(claim, state, settled_at=accepted_at + after * DAY, attempt=world.attempt(claim))
        assert await world.store.settle(settled)
    return event_id, tuple(one.id for one in new)


async def lost_leases(world: StoreWorld) -> Sequence[Claim]:
    world.clock.move(61)
    return await world.claim(50)


async def left_of(world: StoreWorld, event_id: EventId, delivery_ids: tuple[DeliveryId, ...]) -> Left:
    event = await world.store.event(event_id)
    deliveries = [await world.store.delivery(one) for one in delivery_ids]
    attempts = [await world.store.attempts(one) for one in delivery_ids]
    assert len({one is None for one in deliveries}) <= 1, "half of the deliveries went"
    assert len({bool(some) for some in attempts}) <= 1, "half of the attempts went"
    payload = event is not None and not event.is_payload_removed
    assert all(one.is_payload_removed is not payload for some in attempts for one in some), "half of the payload went"
    return Left(event is not None, payload, any(deliveries), any(attempts))


async def everything(world: StoreWorld, retention: Retention, crashes: list[int]) -> None:
    """Sweeps cut short after so many waits, each by a crash of the process; then two whole ones."""
    for waits in crashes:
        sweeping = asyncio.ensure_future(retain(world, retention).sweep())
        for _ in range(waits):
            if not sweeping.done():
                await asyncio.sleep(0)
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await world.crash()
    for _ in range(2):
        await retain(world, retention).sweep()


async def in_a_world(test: Callable[[StoreWorld], Awaitable[None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with a_store_world(Path(folder)) as world:
            await test(world)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stories=st.lists(STORIES, min_size=1, max_size=6).map(lambda some: sorted(some, key=lambda one: one.accepted)),
    retention=retentions(),
    crashes=st.lists(st.integers(0, 60), max_size=2),
)
def test_exactly_what_may_go_is_gone_after_any_steps(
    stories: list[Story], retention: Retention, crashes: list[int]
) -> None:
    async def test(world: StoreWorld) -> None:
        ids = [await told(world, story, number) for number, story in enumerate(stories)]
        newest = Story(DAYS, ((State.DELIVERED, 0),))
        ids.append(await told(world, newest, len(stories)))
        await world.store.roll_up(limit=1000)
        await world.store.index_events(limit=1000)
        evening_before = START + DAYS * DAY - DAY / 2  # a sweep rests a little, so it must not be at a border
        world.clock.move((evening_before - world.clock.now()).total_seconds())
        await everything(world, retention, crashes)
        for story, (event_id, delivery_ids) in zip([*stories, newest], ids, strict=True):
            assert await left_of(world, event_id, delivery_ids) == expected(story, retention), story

    asyncio.run(in_a_world(test))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StoreWorld]:
    async with a_store_world(tmp_path) as made:
        yield made


async def old_events(world: StoreWorld, count: int, *, days: int = 10) -> None:
    for _ in range(count + 1):  # the newest stays
        await world.accept()
    await world.store.index_events(limit=count + 1)
    world.clock.move(days * 86_400)


async def test_nothing_goes_where_everything_is_kept_for_ever(world: StoreWorld) -> None:
    await old_events(world, 3, days=10_000)
    assert await retain(world, FOR_EVER).sweep() == Removed()


async def test_a_large_store_is_swept_in_small_steps(world: StoreWorld) -> None:
    await old_events(world, 450)
    facts = Facts()
    removed = await retain(world, Retention(5, 5, 5, 0), facts).sweep()
    assert removed == Removed(events=450)
    steps = [step["events"] for step in facts.named("retention.removed")]
    assert sum(steps) == 450
    assert max(steps) <= 60
    assert facts.named("retention.swept") == [{"events": 450}]


class SlowStore:
    """A store on a busy disk: each removal takes a second."""

    def __init__(self, world: StoreWorld) -> None:
        self._world = world
        self.outdated, self.outdated_events = world.store.outdated, world.store.outdated_events
        self.note_sweep, self.last_sweep = world.store.note_sweep, world.store.last_sweep
        self.file_size = world.store.file_size

    async def remove(self, kind: Kind, event_seqs: Sequence[int], *, before: datetime) -> Removed:
        self._world.clock.move(1)
        return await self._world.store.remove(kind, event_seqs, before=before)


async def test_steps_that_take_long_become_smaller_and_rest_longer(world: StoreWorld) -> None:
    await old_events(world, 300)
    facts, slow = Facts(), SlowStore(world)
    began = world.clock.now()
    await Retain(store=slow, retention=Retention(5, 5, 5, 0), clock=world.clock, observer=facts).sweep()
    steps = [step["events"] for step in facts.named("retention.removed")]
    assert steps[:3] == [30, 15, 12]
    assert set(steps[3:]) <= set(range(13))
    assert world.clock.now() - began >= timedelta(seconds=(1 + MOST_PAUSE_SECONDS) * len(steps))


async def test_what_was_not_ready_is_met_again_within_a_day(world: StoreWorld) -> None:
    await world.accepted(State.HELD, event_id="evt_held")
    await old_events(world, 3)
    sweeping = retain(world, Retention(5, 5, 5, 0))
    assert await sweeping.sweep() == Removed(events=3)
    await world.store.cancel_all("whk_1", now=START, why="", limit=10)  # type: ignore[arg-type]
    assert await sweeping.sweep() == Removed()
    world.clock.move(ANEW_SECONDS)
    assert await sweeping.sweep() == Removed(events=1, deliveries=1)


async def test_it_says_what_is_kept_what_waits_and_what_went(world: StoreWorld) -> None:
    await old_events(world, 3)
    sweeping = retain(world, Retention(5, 5, 5, 2))
    kept = await sweeping.kept()
    assert kept.waiting == {Kind.EVENTS: 4, Kind.PAYLOADS: 4}
    assert kept.last is None
    await sweeping.sweep()
    kept = await sweeping.kept()
    assert kept.waiting == {Kind.EVENTS: 0, Kind.PAYLOADS: 0}
    assert kept.last is not None
    assert kept.last.removed == Removed(events=3, payloads=1)
    assert kept.size.file_bytes > 0


@pytest.mark.parametrize(
    ("retention", "kinds"),
    [
        (Retention(400, 400, 400, 90), {Kind.EVENTS, Kind.PAYLOADS}),
        (Retention(400, 100, 30, 90), set(Kind)),
        (Retention(400, 400, 400, 400), {Kind.EVENTS}),
        (Retention(400, 400, 30, 90), {Kind.EVENTS, Kind.ATTEMPTS, Kind.PAYLOADS}),
        (Retention(0, 0, 0, 7), {Kind.PAYLOADS}),
        (FOR_EVER, set()),
    ],
)
def test_only_what_goes_by_itself_is_walked_for(retention: Retention, kinds: set[Kind]) -> None:
    assert {kind for kind in Kind if retention.before(kind, START) is not None} == kinds
