"""A lane counts: how many claims it takes, who waits for a place, and when a slot is free."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.flow.world import StillClock, definition

from grantwire.adapters.dice import SystemDice
from grantwire.domain.definition import read_definition
from grantwire.domain.delivery import Claim, DeliveryId
from grantwire.domain.event import Event, EventId, Family
from grantwire.domain.target import Origin
from grantwire.domain.webhook import WebhookId
from grantwire.flow.lanes import PACE_OVER, QUEUE_PER_SLOT, SETTLING_PER_SLOT, STILL_SECONDS, Lane
from grantwire.flow.targets import Target

NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
SLOTS = 2
ALL = SLOTS * (1 + QUEUE_PER_SLOT)


def claim(number: int = 0, *, is_again: bool = False) -> Claim:
    event = Event(EventId("evt_1"), "RequestCreated", Family.REQUEST, NOW, NOW, None, {}, b"{}")
    return Claim(
        delivery_id=DeliveryId(f"dlv_{number}"),
        token="token",
        event=event,
        webhook_id=WebhookId("whk_1"),
        attempts_made=0,
        created_at=NOW,
        lease_until=NOW + timedelta(minutes=5),
        is_again=is_again,
    )


def target() -> Target:
    return Target(Origin("https", "acme.example.com", 443), clock=StillClock(), dice=SystemDice())


def lane(**limits: int) -> Lane:
    raw = definition(limits={"concurrency": SLOTS} | limits)
    made = Lane(read_definition(raw, id=WebhookId("whk_1"), allowance=None), target())
    made.is_behind = False
    return made


def filled(places: int, **limits: int) -> Lane:
    made = lane(**limits)
    for number in range(places):
        assert made.reserve(0.0)
        made.cancel()
        made.put(claim(number))
    return made


def run(of: Lane) -> None:
    """One claim from start to settled."""
    assert of.next(0.0) is not None
    of.answered(claim())
    of.end(0.0)


def test_a_slot_is_free_for_the_next_request_when_the_reply_is_there_though_nothing_is_settled() -> None:
    busy = filled(4)
    assert [busy.next(0.0) is not None for _ in range(3)] == [True, True, False]
    busy.answered(claim())
    assert busy.next(0.0) is not None
    assert busy.next(0.0) is None


def test_what_the_store_has_not_taken_yet_is_bounded() -> None:
    busy = filled(ALL)
    for _ in range(SLOTS * SETTLING_PER_SLOT):
        assert busy.next(0.0) is not None
        busy.answered(claim())
    assert busy.next(0.0) is None, "requests whose outcome is on no disk would be doubled by a crash"
    busy.end(0.0)
    assert busy.next(0.0) is not None


def test_what_is_being_settled_still_takes_a_place() -> None:
    busy = filled(1)
    assert busy.next(0.0) is not None
    before = busy.room(0.0)
    busy.answered(claim())
    assert busy.room(0.0) == before
    busy.end(0.0)
    assert busy.room(0.0) == before + 1


def test_a_lane_with_places_is_not_waited_for() -> None:
    assert not filled(ALL - 3).is_short_of(3, 0.0)
    assert filled(ALL - 3).is_short_of(4, 0.0)


def test_more_than_half_a_lane_is_never_waited_for() -> None:
    assert not lane().is_short_of(10_000, 0.0)


async def test_a_waiting_accept_gets_its_places_set_aside_when_there_are_enough() -> None:
    full = filled(ALL)
    freed = full.wait_for(2)
    run(full)
    assert not freed.done()
    run(full)
    assert freed.result() == 2
    assert full.room(0.0) == 0, "they are set aside, so that nobody else takes them"
    full.cancel(freed.result())
    assert full.reserve(0.0)


async def test_who_came_first_gets_places_first() -> None:
    full = filled(ALL)
    first, second = full.wait_for(2), full.wait_for(1)
    run(full)
    assert not second.done(), "one place is free, but it belongs to the first"
    run(full)
    run(full)
    assert (first.result(), second.result()) == (2, 1)


async def test_who_went_away_gets_no_places() -> None:
    full = filled(ALL)
    full.wait_for(1).cancel()
    run(full)
    assert full.room(0.0) == 1


async def test_a_lane_that_stands_still_is_not_waited_for_until_it_is_half_empty() -> None:
    full = filled(ALL)
    freed = full.wait_for(1)
    full.give_up()
    assert freed.result() == 0
    assert not full.is_short_of(1, 0.0)
    while not full.is_half_empty:
        run(full)
    run(full)
    for number in range(full.room(0.0)):
        full.put(claim(number))
    assert full.is_short_of(1, 0.0)


@pytest.mark.parametrize(("seconds_each", "is_waited_for"), [(0.001, True), (0.1, False)])
def test_only_a_quick_lane_is_waited_for(seconds_each: float, is_waited_for: bool) -> None:
    """A slow target must not slow down what the same events send to others."""
    busy, now = lane(), 0.0
    while busy.reserve(now):
        busy.cancel()
        busy.put(claim())
    for _ in range(2 * PACE_OVER):
        now += seconds_each
        assert busy.next(now) is not None
        busy.answered(claim())
        busy.end(now)
        busy.put(claim())
    assert busy.room(now) == 0
    assert busy.is_short_of(1, now) is is_waited_for


def test_the_time_a_lane_had_nothing_to_do_does_not_make_it_slow() -> None:
    busy = lane()
    for number in range(2 * PACE_OVER):
        if number % 8 == 0:  # an hour of quiet, then eight at once
            for _ in range(8):
                assert busy.reserve(number * 3600.0)
                busy.cancel()
                busy.put(claim())
        at = number // 8 * 8 * 3600.0
        assert busy.next(at) is not None
        busy.answered(claim())
        busy.end(at)
    full = busy
    for _ in range(full.room(at)):
        full.put(claim())
    assert full.is_short_of(1, at)
    assert not full.is_short_of(1, at + 2 * STILL_SECONDS), "nothing ends there any more"


@pytest.mark.parametrize("why", ["behind", "limited"])
def test_a_lane_whose_places_come_by_the_clock_or_after_older_deliveries_is_not_waited_for(why: str) -> None:
    full = filled(ALL) if why == "behind" else filled(1, per_minute=1)
    full.is_behind = why == "behind"
    assert not full.is_short_of(1, 0.0)
