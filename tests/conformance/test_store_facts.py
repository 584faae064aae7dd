"""Store port: events and deliveries found by what the events say."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.store_world import OTHER_WEBHOOK, WEBHOOK, StoreWorld
from tests.conformance.test_store_lists import all_deliveries, all_events, minutes

from grantwire.domain.delivery import Delivery, State
from grantwire.domain.errors import Refused
from grantwire.domain.event import Event
from grantwire.domain.event_search import Searched
from grantwire.ports import DeliveryQuery, EventQuery

PEOPLE = ("Ann", "Bob", "Bobby", "100%_Ünï")
INTEGRATIONS = ("prod db", "test db")
TYPES = ("RequestCreated", "RequestApproved")
STATES = (State.PENDING, State.HELD, State.SKIPPED)


def body(number: int, **data: Any) -> bytes:
    person = PEOPLE[number % 4]
    requester = {"id": f"user-{number % 4}", "name": person, "email": f"{person}@Example.com"}
    groups = [{"integration": {"id": f"int-{number % 2}", "name": INTEGRATIONS[number % 2]}}]
    event = {"event_type": TYPES[number // 2 % 2], "data": {"requester": requester, "access_groups": groups, **data}}
    return msgspec.json.encode(event)


async def fill(world: StoreWorld, count: int = 48) -> None:
    for number in range(count):
        await world.accept(
            world.delivery(STATES[number % 3], WEBHOOK),
            world.delivery(STATES[number // 3 % 3], OTHER_WEBHOOK),
            type=TYPES[number // 2 % 2],
            body=body(number),
        )
        world.clock.move(60 if number % 2 else 0)
    while await world.store.index_events(limit=7):
        pass


def says(event: Event, words: tuple[tuple[Searched, str], ...]) -> bool:
    """The plain way. None of the words here is a whole value and a part of another at once."""
    person, group = event.envelope["data"]["requester"], event.envelope["data"]["access_groups"][0]["integration"]
    values = {
        Searched.TYPE: [event.type],
        Searched.REQUESTER: [person["id"], person["name"], person["email"]],
        Searched.INTEGRATION: [group["id"], group["name"]],
    }
    folded = {dimension: [value.casefold() for value in found] for dimension, found in values.items()}
    whole = {"bob": "bob", "ann": "ann"}
    return all(
        word in folded[dimension] if word.casefold() in whole else any(word.casefold() in v for v in folded[dimension])
        for dimension, word in words
    )


WORDS = st.lists(
    st.sampled_from(
        [
            (Searched.REQUESTER, "bob"),
            (Searched.REQUESTER, "BOBBY@example"),
            (Searched.REQUESTER, "user-3"),
            (Searched.REQUESTER, "%_ünï"),
            (Searched.INTEGRATION, "PROD"),
            (Searched.INTEGRATION, " db"),
            (Searched.INTEGRATION, "int-1"),
            (Searched.TYPE, "RequestCreated"),
            (Searched.TYPE, "Unknown"),
        ]
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)
TIMES = st.none() | st.integers(-1, 25).map(minutes)
DELIVERY_QUERIES = st.builds(
    DeliveryQuery,
    webhook_id=st.sampled_from([None, WEBHOOK]),
    states=st.lists(st.sampled_from(STATES), unique=True, max_size=2).map(tuple),
    access_request_id=st.sampled_from([None, None, "ar-1", "ar-unknown"]),
    since=TIMES,
    until=TIMES,
    says=WORDS,
)
EVENT_QUERIES = st.builds(
    EventQuery,
    type=st.sampled_from([None, None, *TYPES]),
    access_request_id=st.sampled_from([None, None, "ar-1"]),
    since=TIMES,
    until=TIMES,
    says=WORDS,
)


def samples(queries: Any) -> list[tuple[Any, int]]:
    collected: list[tuple[Any, int]] = []

    @settings(max_examples=80, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(query=queries, limit=st.sampled_from([3, 10, 500]))
    def collect(query: Any, limit: int) -> None:
        collected.append((query, limit))

    collect()
    return collected


async def test_deliveries_found_by_what_events_say_are_exactly_those_newest_first(world: StoreWorld) -> None:
    await fill(world)
    everything = await all_deliveries(world, DeliveryQuery(), 1000)
    events = {one.id: one for one in await all_events(world, EventQuery(), 1000)}

    def is_wanted(query: DeliveryQuery, one: Delivery) -> bool:
        return (
            query.webhook_id in (None, one.webhook_id)
            and (not query.states or one.state in query.states)
            and query.access_request_id in (None, one.access_request_id)
            and (query.since is None or one.created_at >= query.since)
            and (query.until is None or one.created_at < query.until)
            and says(events[one.event_id], query.says)
        )

    for query, limit in samples(DELIVERY_QUERIES):
        expected = [one for one in everything if is_wanted(query, one)]
        assert await all_deliveries(world, query, limit) == expected, query


async def test_events_found_by_what_they_say_are_exactly_those_newest_first(world: StoreWorld) -> None:
    await fill(world)
    everything = await all_events(world, EventQuery(), 1000)

    def is_wanted(query: EventQuery, one: Event) -> bool:
        return (
            query.type in (None, one.type)
            and query.access_request_id in (None, one.access_request_id)
            and (query.since is None or one.accepted_at >= query.since)
            and (query.until is None or one.accepted_at < query.until)
            and says(one, query.says)
        )

    for query, limit in samples(EVENT_QUERIES):
        expected = [one for one in everything if is_wanted(query, one)]
        assert await all_events(world, query, limit) == expected, query


async def test_a_search_that_would_take_long_says_how_far_it_looked_and_can_go_on(world: StoreWorld) -> None:
    """2,100 events say the same; only the oldest has a delivery in the wanted state, and many others are in it too."""
    await world.accept(world.delivery(State.HELD), body=body(0))
    first_at = world.clock.now()
    for _ in range(3):
        world.clock.move(60)
        waiting = [world.admission(world.delivery(), body=body(0)) for _ in range(700)]
        others = [world.admission(world.delivery(State.HELD), body=body(1)) for _ in range(700)]
        await world.store.accept([*waiting, *others])
    while await world.store.index_events(limit=1000):
        pass
    query = DeliveryQuery(states=(State.HELD,), says=((Searched.REQUESTER, "ann"),))
    page = await world.store.deliveries(query, limit=10, after=None)
    assert page.items == ()
    assert page.looked_back_to is not None
    assert page.looked_back_to > first_at
    found, pages = list(page.items), 1
    while page.after is not None:
        page = await world.store.deliveries(query, limit=10, after=page.after)
        found, pages = [*found, *page.items], pages + 1
    assert (len(found), pages) == (1, 3)


async def test_the_index_says_how_far_behind_it_is(world: StoreWorld) -> None:
    assert await world.store.unindexed_events() == 0
    for number in range(5):
        await world.accept(body=body(number))
    assert await world.store.unindexed_events() == 5
    assert await world.store.index_events(limit=3) == 3
    assert await world.store.unindexed_events() == 2


async def test_after_a_crash_the_index_goes_on_where_it_was(world: StoreWorld) -> None:
    await world.accept(body=body(0))
    await world.store.index_events(limit=10)
    await world.accept(body=body(0))
    await world.crash()
    assert await world.store.index_events(limit=10) == 1
    page = await world.store.events(EventQuery(says=((Searched.REQUESTER, "ann"),)), limit=10, after=None)
    assert len(page.items) == 2


async def test_what_was_said_is_offered_by_name_and_not_by_id(world: StoreWorld) -> None:
    await fill(world, 4)
    assert await world.store.said(Searched.INTEGRATION, limit=10) == ["prod db", "test db"]
    assert "user-1" not in await world.store.said(Searched.REQUESTER, limit=10)


async def test_hostile_values_are_kept_as_text(world: StoreWorld) -> None:
    evil = ["nul\x00byte", "<script>", "x" * 5000, "'; DROP TABLE events; --", 7, None, {"a": 1}]
    groups = [{"integration": {"name": one}} for one in evil] + [{"integration": "no object"}, 3]
    await world.accept(body=body(0, access_groups=groups, requester=["no", "person"]))
    assert await world.store.index_events(limit=10) == 1
    for words in ("<SCRIPT>", "DROP TABLE", "7"):
        page = await world.store.events(EventQuery(says=((Searched.INTEGRATION, words),)), limit=10, after=None)
        assert len(page.items) == 1, words


async def test_a_cursor_of_another_list_is_refused_or_goes_on(world: StoreWorld) -> None:
    await fill(world, 8)
    ordinary = await world.store.deliveries(DeliveryQuery(), limit=1, after=None)
    query = DeliveryQuery(says=((Searched.REQUESTER, "ann"),))
    assert len((await world.store.deliveries(query, limit=5, after=ordinary.after)).items) <= 5
    for cursor in ("x", "WyJzYWlkIl0"):
        with pytest.raises(Refused, match="cursor"):
            await world.store.deliveries(query, limit=5, after=cursor)
