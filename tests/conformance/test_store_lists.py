"""Store port: lists of events and deliveries, page by page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.store_world import OTHER_WEBHOOK, START, WEBHOOK, StoreWorld

from grantwire.domain.delivery import Delivery, State
from grantwire.domain.errors import Refused
from grantwire.domain.event import AccessRequestId, Event
from grantwire.domain.webhook import WebhookId
from grantwire.ports import DeliveryQuery, EventQuery

STATES = (State.PENDING, State.SENDING, State.HELD, State.SKIPPED)
TYPES = ("RequestCreated", "RequestApproved")


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


async def fill(world: StoreWorld) -> None:
    """48 events over 24 minutes, each with two deliveries; every combination of what can be asked for occurs."""
    for number in range(48):
        deliveries = [
            world.delivery(STATES[number % 4], WEBHOOK),
            world.delivery(STATES[(number // 4) % 4], OTHER_WEBHOOK),
        ]
        await world.accept(
            *deliveries,
            event_id=f"evt_{(number * 7) % 48:02}",  # not in the order of their arrival
            type=TYPES[number % 2],
            access_request_id=AccessRequestId(f"ar-{number % 5}") if number % 5 else None,
        )
        world.clock.move(60 if number % 2 else 0)  # two at each time


async def all_deliveries(world: StoreWorld, query: DeliveryQuery, limit: int) -> list[Delivery]:
    found: list[Delivery] = []
    page = await world.store.deliveries(query, limit=limit, after=None)
    found += page.items
    while page.after is not None:
        page = await world.store.deliveries(query, limit=limit, after=page.after)
        assert page.items
        found += page.items
    return found


async def all_events(world: StoreWorld, query: EventQuery, limit: int) -> list[Event]:
    found: list[Event] = []
    page = await world.store.events(query, limit=limit, after=None)
    found += page.items
    while page.after is not None:
        page = await world.store.events(query, limit=limit, after=page.after)
        assert page.items
        found += page.items
    return found


def wanted(query: DeliveryQuery) -> Callable[[Delivery], bool]:
    """The meaning of a query, written the plain way."""

    def holds(one: Delivery) -> bool:
        return (
            query.webhook_id in (None, one.webhook_id)
            and (not query.states or one.state in query.states)
            and query.event_id in (None, one.event_id)
            and query.access_request_id in (None, one.access_request_id)
            and (query.since is None or one.created_at >= query.since)
            and (query.until is None or one.created_at < query.until)
        )

    return holds


TIMES = st.none() | st.integers(-1, 25).map(minutes)
DELIVERY_QUERIES = st.builds(
    DeliveryQuery,
    webhook_id=st.sampled_from([None, WEBHOOK, OTHER_WEBHOOK, WebhookId("whk_unknown")]),
    states=st.lists(st.sampled_from(STATES), unique=True, max_size=3).map(tuple),
    event_id=st.sampled_from([None, None, None, "evt_07", "evt_unknown"]),
    access_request_id=st.sampled_from([None, None, "ar-1", "ar-unknown"]),
    since=TIMES,
    until=TIMES,
)
EVENT_QUERIES = st.builds(
    EventQuery,
    type=st.sampled_from([None, *TYPES, "Unknown"]),
    access_request_id=st.sampled_from([None, None, "ar-1", "ar-unknown"]),
    since=TIMES,
    until=TIMES,
)


async def test_the_pages_of_a_list_hold_exactly_what_was_asked_for_newest_first(world: StoreWorld) -> None:
    await fill(world)
    everything = await all_deliveries(world, DeliveryQuery(), 1000)
    assert len(everything) == 96
    for query, limit in _samples(DELIVERY_QUERIES):
        expected = [one for one in everything if wanted(query)(one)]
        assert await all_deliveries(world, query, limit) == expected
    assert [one.created_at for one in everything] == sorted((one.created_at for one in everything), reverse=True)


async def test_the_pages_of_events_hold_exactly_what_was_asked_for_newest_first(world: StoreWorld) -> None:
    await fill(world)
    everything = await all_events(world, EventQuery(), 1000)
    assert len(everything) == 48
    assert everything[0].id == "evt_41"
    for query, limit in _samples(EVENT_QUERIES):
        expected = [one for one in everything if _is_wanted(query, one)]
        assert await all_events(world, query, limit) == expected


def _is_wanted(query: EventQuery, one: Event) -> bool:
    return (
        query.type in (None, one.type)
        and query.access_request_id in (None, one.access_request_id)
        and (query.since is None or one.accepted_at >= query.since)
        and (query.until is None or one.accepted_at < query.until)
    )


def _samples(queries: st.SearchStrategy[Any]) -> list[tuple[Any, int]]:
    """Many queries, each with a size of page; collected first, because asking is asynchronous."""
    collected: list[tuple[Any, int]] = []

    @settings(max_examples=50, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(query=queries, limit=st.sampled_from([3, 10, 500]))
    def collect(query: Any, limit: int) -> None:
        collected.append((query, limit))

    collect()
    return collected


async def test_what_arrives_while_one_turns_pages_repeats_nothing(world: StoreWorld) -> None:
    await fill(world)
    first = await world.store.deliveries(DeliveryQuery(), limit=10, after=None)
    await world.accepted()
    second = await world.store.deliveries(DeliveryQuery(), limit=10, after=first.after)
    assert not {one.id for one in first.items} & {one.id for one in second.items}


async def test_the_last_page_says_so_even_when_it_is_full(world: StoreWorld) -> None:
    for _ in range(4):
        await world.accepted()
    page = await world.store.deliveries(DeliveryQuery(), limit=4, after=None)
    assert (len(page.items), page.after) == (4, None)


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "bm9uc2Vuc2U", "WzEsMl0gWzEsMl0", "ä"])
async def test_a_cursor_that_no_page_gave_is_refused(world: StoreWorld, cursor: str) -> None:
    with pytest.raises(Refused, match="cursor"):
        await world.store.deliveries(DeliveryQuery(), limit=4, after=cursor)
    with pytest.raises(Refused, match="cursor"):
        await world.store.events(EventQuery(), limit=4, after=cursor)
