"""Store port: accepting events."""

import asyncio
from dataclasses import replace

import pytest
from tests.conformance.store_world import OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.domain.delivery import State
from grantwire.ports import Arrival, DeliveryQuery, EventQuery, NewDelivery


async def test_an_accepted_event_and_its_deliveries_are_read_back_as_they_were_given(world: StoreWorld) -> None:
    admission = world.admission(world.delivery(), world.delivery(State.SKIPPED, OTHER_WEBHOOK, why="inactive"))
    [acceptance] = await world.store.accept([admission])
    assert acceptance.arrival is Arrival.NEW
    assert acceptance.deliveries == admission.deliveries
    assert await world.store.event(admission.event.id) == admission.event
    page = await world.store.deliveries(DeliveryQuery(event_id=admission.event.id), limit=10, after=None)
    assert {(one.id, one.webhook_id, one.webhook_name, one.state, one.why) for one in page.items} == {
        (one.id, one.webhook_id, one.webhook_name, one.state, one.why) for one in admission.deliveries
    }


@pytest.mark.parametrize(
    ("state", "is_due", "has_ended"),
    [
        (State.PENDING, True, False),
        (State.SENDING, True, False),
        (State.HELD, False, False),
        (State.SKIPPED, False, True),
    ],
)
async def test_a_new_delivery_is_due_unless_it_is_held_or_skipped(
    world: StoreWorld, state: State, is_due: bool, has_ended: bool
) -> None:
    delivery = await world.store.delivery(await world.accepted(state))
    assert delivery is not None
    assert delivery.state is state
    assert (delivery.due_at is not None) == is_due
    assert (delivery.ended_at == world.clock.now()) == has_ended
    assert (delivery.created_at, delivery.attempts) == (world.clock.now(), 0)


async def test_the_same_id_with_the_same_content_is_answered_as_the_first_time(world: StoreWorld) -> None:
    first = await world.accept(
        world.delivery(), world.delivery(State.SKIPPED, OTHER_WEBHOOK, why="x"), event_id="evt_a"
    )
    again = await world.accept(world.delivery(), event_id="evt_a")
    assert again.arrival is Arrival.REPEATED
    assert again.deliveries == first.deliveries
    assert len((await world.store.deliveries(DeliveryQuery(), limit=10, after=None)).items) == 2


async def test_the_same_json_in_another_order_of_keys_is_the_same_content(world: StoreWorld) -> None:
    await world.accept(event_id="evt_a", body=b'{"a": 1, "b": [true, {"c": null, "d": "\\u00e4"}]}')
    again = await world.accept(event_id="evt_a", body='{"b":[true,{"d":"ä","c":null}],"a":1}'.encode())
    assert again.arrival is Arrival.REPEATED


@pytest.mark.parametrize("body", [b'{"a": 2}', b'{"a": true}', b'{"a": "1"}', b'{"a": 1, "b": 1}', b"{}"])
async def test_the_same_id_with_other_content_conflicts_and_writes_nothing_of_the_call(
    world: StoreWorld, body: bytes
) -> None:
    await world.accept(event_id="evt_a", body=b'{"a": 1}')
    innocent = world.admission(world.delivery(), event_id="evt_b")
    answers = await world.store.accept([innocent, world.admission(event_id="evt_a", body=body)])
    assert answers[1].arrival is Arrival.CONFLICTING
    assert await world.store.event(innocent.event.id) is None
    assert (await world.store.deliveries(DeliveryQuery(), limit=10, after=None)).items == ()


async def test_a_conflict_does_not_touch_the_calls_that_share_its_commit(world: StoreWorld) -> None:
    await world.accept(event_id="evt_a", body=b'{"a": 1}')
    calls = [world.admission(world.delivery(), event_id=f"evt_{number}") for number in range(20)]
    calls[10] = world.admission(event_id="evt_a", body=b'{"a": 2}')
    answers = await asyncio.gather(*(world.store.accept([one]) for one in calls))
    arrivals = [answer[0].arrival for answer in answers]
    assert arrivals[10] is Arrival.CONFLICTING
    assert set(arrivals[:10] + arrivals[11:]) == {Arrival.NEW}
    assert len((await world.store.events(EventQuery(), limit=50, after=None)).items) == 20


async def test_the_same_event_from_many_callers_at_once_is_new_to_one_of_them(world: StoreWorld) -> None:
    calls = [world.admission(world.delivery(), event_id="evt_a") for _ in range(20)]
    answers = [answer[0] for answer in await asyncio.gather(*(world.store.accept([one]) for one in calls))]
    assert sorted(answer.arrival for answer in answers).count(Arrival.NEW) == 1
    assert len({answer.deliveries[0].id for answer in answers}) == 1


async def test_the_same_event_twice_in_one_call_is_written_once(world: StoreWorld) -> None:
    one = world.admission(world.delivery(), event_id="evt_a")
    answers = await world.store.accept([one, replace(one, deliveries=(world.delivery(),))])
    assert [answer.arrival for answer in answers] == [Arrival.NEW, Arrival.REPEATED]
    assert answers[1].deliveries == one.deliveries


async def test_two_contents_of_one_id_in_one_call_conflict(world: StoreWorld) -> None:
    call = [world.admission(event_id="evt_a", body=b"{}"), world.admission(event_id="evt_a", body=b'{"a":1}')]
    answers = await world.store.accept(call)
    assert answers[1].arrival is Arrival.CONFLICTING
    assert await world.store.event(call[0].event.id) is None


async def test_what_a_call_that_conflicted_brought_along_is_new_to_the_next_one(world: StoreWorld) -> None:
    await world.accept(event_id="evt_a", body=b'{"a": 1}')
    fresh = world.admission(world.delivery(), event_id="evt_b")
    first, second = await asyncio.gather(
        world.store.accept([fresh, world.admission(event_id="evt_a", body=b"{}")]),
        world.store.accept([world.admission(world.delivery(), event_id="evt_b")]),
    )
    assert first[1].arrival is Arrival.CONFLICTING
    assert second[0].arrival is Arrival.NEW
    assert await world.store.event(fresh.event.id) is not None


async def test_a_repeated_event_gives_no_lease_away(world: StoreWorld) -> None:
    """Or the caller would send what the first one is sending."""
    await world.accept(world.delivery(State.SENDING), event_id="evt_a")
    again = await world.accept(world.delivery(State.SENDING), event_id="evt_a")
    [first] = again.deliveries
    assert first == NewDelivery(first.id, WEBHOOK, f"name of {WEBHOOK}", State.PENDING)


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 200, 1000])
async def test_a_batch_of_any_size_is_written_whole(world: StoreWorld, count: int) -> None:
    batch = [world.admission(world.delivery(), world.delivery(webhook_id=OTHER_WEBHOOK)) for _ in range(count)]
    answers = await world.store.accept(batch)
    assert [one.event_id for one in answers] == [one.event.id for one in batch]
    assert (await world.store.backlog(now=world.clock.now())).by_state == {State.PENDING: 2 * count}


async def test_no_admission_is_no_work(world: StoreWorld) -> None:
    assert list(await world.store.accept([])) == []


async def test_an_event_without_an_access_request_or_deliveries_is_kept(world: StoreWorld) -> None:
    admission = world.admission(access_request_id=None)
    await world.store.accept([admission])
    assert await world.store.event(admission.event.id) == admission.event


async def test_what_was_accepted_is_there_after_a_crash(world: StoreWorld) -> None:
    delivery_id = await world.accepted()
    await world.crash()
    assert await world.state_of(delivery_id) is State.PENDING
