"""The store, retention: what was kept long enough goes with all that belongs to it, and nothing else does."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import msgspec
import pytest
from tests.conformance.store_world import OTHER_WEBHOOK, WEBHOOK, StoreWorld

from grantwire.adapters.store.outdated import MOST_REPLAYS
from grantwire.domain.delivery import DeliveryId, State
from grantwire.domain.errors import Refused
from grantwire.domain.event import EventId
from grantwire.domain.event_search import Searched
from grantwire.domain.exchange import Response
from grantwire.domain.receipt import Receipt
from grantwire.domain.replay import Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.retention import Kind, Outdated, Removed, Sweep
from grantwire.domain.verdict import VerdictKind
from grantwire.ports import Arrival, NewReplay

DAY = 86_400
BODY = b'{"event_type": "RequestCreated", "data": {"id": "ar-1", "requester": {"name": "Ann"}}}'


async def sent(world: StoreWorld, state: State = State.DELIVERED, **event: object) -> DeliveryId:
    """The delivery of a new event, after an attempt that is counted and an event that is indexed."""
    claim = await world.claimed(**event)
    verdict = VerdictKind.DELIVERED if state is State.DELIVERED else VerdictKind.GIVEN_UP
    attempt = world.attempt(claim, verdict=verdict)
    await world.store.settle(world.settlement(claim, state, attempt=attempt, receipt=world.receipt()))
    await swept(world)
    return claim.delivery_id


async def swept(world: StoreWorld) -> None:
    await world.store.roll_up(limit=1000)
    await world.store.index_events(limit=1000)


async def later(world: StoreWorld, days: float = 1) -> datetime:
    """After so long there is a newer event with a newer attempt; what is older may go."""
    before = world.clock.move(days * DAY)
    world.clock.move(1)
    claim = await world.claimed(event_id=f"evt_newer_{before:%d%H%M%S}", access_request_id="ar-newer")
    await world.store.settle(world.settlement(claim, attempt=world.attempt(claim)))
    await swept(world)
    return before


def seqs(outdated: Outdated) -> list[int]:
    return [event_seq for event_seq, _ in outdated.found]


async def gone(world: StoreWorld, kind: Kind, before: datetime) -> Removed:
    found = await world.store.outdated(kind, before=before, after=None)
    return await world.store.remove(kind, seqs(found), before=before)


async def test_an_event_goes_with_its_deliveries_attempts_and_what_it_says(world: StoreWorld) -> None:
    delivery_id = await sent(world, event_id="evt_a", body=BODY)
    [attempt] = await world.store.attempts(delivery_id)
    before = await later(world)
    assert await world.store.said(Searched.REQUESTER, limit=10) == ["Ann"]
    assert await gone(world, Kind.EVENTS, before) == Removed(events=1, deliveries=1, attempts=1)
    assert await world.store.event(EventId("evt_a")) is None
    assert await world.store.delivery(delivery_id) is None
    assert await world.store.attempt(attempt.id) is None
    assert await world.store.said(Searched.REQUESTER, limit=10) == []


async def test_attempts_go_and_their_delivery_stays(world: StoreWorld) -> None:
    delivery_id = await sent(world)
    before = await later(world)
    assert await gone(world, Kind.ATTEMPTS, before) == Removed(attempts=1)
    assert await world.state_of(delivery_id) is State.DELIVERED
    assert await world.store.attempts(delivery_id) == []
    assert await gone(world, Kind.ATTEMPTS, before) == Removed()


async def test_deliveries_go_with_their_attempts_and_the_event_stays(world: StoreWorld) -> None:
    delivery_id = await sent(world, event_id="evt_a")
    before = await later(world)
    assert await gone(world, Kind.DELIVERIES, before) == Removed(deliveries=1, attempts=1)
    assert await world.store.delivery(delivery_id) is None
    assert await world.store.event(EventId("evt_a")) is not None
    assert (await world.accept(world.delivery(), event_id="evt_a", body=b'{"event_type": "x"}')).deliveries == ()
    assert await gone(world, Kind.EVENTS, before) == Removed(events=1)


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.HELD])
@pytest.mark.parametrize("kind", Kind)
async def test_nothing_goes_while_a_delivery_has_not_ended(world: StoreWorld, kind: Kind, state: State) -> None:
    await world.accept(world.delivery(State.SKIPPED), world.delivery(state, OTHER_WEBHOOK))
    await swept(world)
    assert await gone(world, kind, await later(world)) == Removed()


async def test_one_that_ended_lately_is_kept_however_old_its_event_is(world: StoreWorld) -> None:
    await world.accepted(State.HELD)
    before = world.clock.move(30 * DAY)
    await world.store.cancel_all(WEBHOOK, now=world.clock.move(1), why="", limit=1)
    await later(world)
    for kind in Kind:
        assert await gone(world, kind, before) == Removed()


async def test_an_old_delivery_is_kept_while_a_replay_of_it_is(world: StoreWorld) -> None:
    """Else it would look as if it was never replayed."""
    old = await sent(world, State.DEAD, body=BODY)
    before = world.clock.move(DAY)
    world.clock.move(1)
    again = NewReplay(DeliveryId("dlv_again"), old, "name", State.PENDING)
    await world.store.replay([again], now=world.clock.now())
    [claim] = await world.claim()
    await world.store.settle(world.settlement(claim, attempt=world.attempt(claim)))
    await later(world)
    assert await gone(world, Kind.EVENTS, before) == Removed()
    assert await gone(world, Kind.EVENTS, await later(world)) == Removed(events=2, deliveries=3, attempts=3)


async def test_a_dead_one_that_holds_its_line_is_kept(world: StoreWorld) -> None:
    first, second = (world.delivery(line="ar-1") for _ in range(2))
    await world.accept(first)
    await world.accept(second)
    [claim] = await world.claim()
    until = world.clock.now() + timedelta(days=9)
    await world.store.settle(world.settlement(claim, State.DEAD, attempt=world.attempt(claim), holds_line_until=until))
    await swept(world)
    before = await later(world)
    for kind in Kind:
        assert await gone(world, kind, before) == Removed()
    await world.store.skip(first.id, now=world.clock.now(), why="")
    await world.store.cancel(second.id, now=world.clock.now(), why="")
    assert (await gone(world, Kind.EVENTS, await later(world))).events >= 2


@pytest.mark.parametrize("kind", Kind)
async def test_what_a_replay_that_goes_on_may_still_send_stays_until_it_has_ended(
    world: StoreWorld, kind: Kind
) -> None:
    await sent(world, State.DEAD, body=BODY)
    before = await later(world)
    job = Replay(ReplayId("rpl_1"), Wanted((WEBHOOK,)), ReplayState.PENDING, "Ann", world.clock.now())
    await world.store.add_replay(job)
    assert await gone(world, kind, before) == Removed()
    await world.store.turn_replay(job.id, ReplayState.CANCELLED, now=world.clock.now())
    assert await gone(world, kind, before) != Removed()


@pytest.mark.parametrize(
    "wanted", [Wanted((OTHER_WEBHOOK,)), Wanted(states=(State.CANCELLED,)), Wanted(delivery_ids=(DeliveryId("dlv_x"),))]
)
async def test_a_replay_keeps_nothing_that_it_does_not_want(world: StoreWorld, wanted: Wanted) -> None:
    await sent(world, State.DEAD, body=BODY)
    before = await later(world)
    await world.store.add_replay(Replay(ReplayId("rpl_1"), wanted, ReplayState.PENDING, "Ann", world.clock.now()))
    assert (await gone(world, Kind.EVENTS, before)).events == 1


async def test_more_replays_than_can_be_looked_at_keep_everything_that_can_be_replayed(world: StoreWorld) -> None:
    await sent(world, State.DEAD, body=BODY)
    before = await later(world)
    for number in range(MOST_REPLAYS):
        job = Replay(ReplayId(f"rpl_{number}"), Wanted((OTHER_WEBHOOK,)), ReplayState.PENDING, "Ann", before)
        await world.store.add_replay(job)
    assert await gone(world, Kind.EVENTS, before) == Removed()


async def test_attempts_that_are_not_in_the_sums_of_the_hours_stay(world: StoreWorld) -> None:
    claim = await world.claimed(event_id="evt_a", body=BODY)
    await world.store.settle(world.settlement(claim, attempt=world.attempt(claim)))
    newer = await world.claimed()
    await world.store.settle(world.settlement(newer, attempt=world.attempt(newer)))
    await world.store.index_events(limit=10)
    before = world.clock.move(DAY)
    assert await gone(world, Kind.EVENTS, before) == Removed()
    await world.store.roll_up(limit=10)
    assert (await gone(world, Kind.EVENTS, before)).attempts == 1
    [hour] = await world.store.webhook_hours(since=before - timedelta(days=2), webhook_id=WEBHOOK)
    assert hour.delivered == 2


async def test_events_that_are_not_in_the_index_yet_stay(world: StoreWorld) -> None:
    await world.accept(event_id="evt_a", body=BODY)
    await world.accept()
    before = world.clock.move(DAY)
    for kind in Kind:
        assert await gone(world, kind, before) == Removed()
    await world.store.index_events(limit=10)
    assert await gone(world, Kind.EVENTS, before) == Removed(events=1)


async def test_the_newest_stay_so_that_no_number_is_given_twice(world: StoreWorld) -> None:
    await sent(world, event_id="evt_a", body=BODY)
    before = world.clock.move(DAY)
    for kind in (Kind.EVENTS, Kind.DELIVERIES, Kind.ATTEMPTS):
        assert await gone(world, kind, before) == Removed()
    await sent(world, event_id="evt_b", body=BODY)
    [hour] = await world.store.webhook_hours(since=world.clock.now())
    assert hour.delivered == 1
    assert await world.store.unindexed_events() == 0


async def test_a_receipt_goes_with_the_last_event_of_a_request_that_ended(world: StoreWorld) -> None:
    await sent(world, event_id="evt_a", type="RequestGranted")
    before = await later(world)
    await gone(world, Kind.EVENTS, before)
    assert await world.store.receipt(WEBHOOK, "ar-1") is not None  # access goes on: its end still needs it
    await sent(world, event_id="evt_b", type="RequestExpired")
    await gone(world, Kind.EVENTS, await later(world))
    assert await world.store.event(EventId("evt_b")) is None
    assert await world.store.receipt(WEBHOOK, "ar-1") is None


async def test_a_receipt_stays_while_another_event_of_the_request_does(world: StoreWorld) -> None:
    await sent(world, event_id="evt_a", type="RequestExpired")
    before = world.clock.move(DAY)
    await sent(world, event_id="evt_b", type="Manual")
    assert (await gone(world, Kind.EVENTS, before)).events == 1
    assert await world.store.receipt(WEBHOOK, "ar-1") is not None


async def test_receipts_of_others_stay(world: StoreWorld) -> None:
    await sent(world, type="RequestExpired")
    claim = await world.claimed(access_request_id="ar-other")
    await world.store.settle(world.settlement(claim, receipt=Receipt(WEBHOOK, "ar-other", {"sys_id": "o"})))  # type: ignore[arg-type]
    await gone(world, Kind.EVENTS, await later(world))
    assert await world.store.receipt(WEBHOOK, "ar-other") is not None


# ── payloads ─────────────────────────────────────────────────────────────────────────────────────────────
async def test_bodies_go_and_the_record_stays(world: StoreWorld) -> None:
    delivery_id = await sent(world, event_id="evt_a", body=BODY)
    [whole] = await world.store.attempts(delivery_id)
    before = await later(world)
    assert await gone(world, Kind.PAYLOADS, before) == Removed(payloads=1)
    event = await world.store.event(EventId("evt_a"))
    assert event is not None
    assert event.is_payload_removed
    assert (event.body, event.type, event.access_request_id) == (b"", "RequestCreated", "ar-1")
    [attempt] = await world.store.attempts(delivery_id)
    assert attempt.is_payload_removed
    assert attempt.request is not None
    assert isinstance(attempt.reply, Response)
    assert (attempt.request.body, attempt.reply.body) == (b"", b"")
    assert (attempt.verdict, attempt.why, attempt.reply.status) == (whole.verdict, whole.why, 201)
    assert await gone(world, Kind.PAYLOADS, before) == Removed()


async def test_no_byte_of_a_removed_body_is_left_in_the_record(world: StoreWorld) -> None:
    secret = b"a-justification-that-nobody-else-writes"
    await sent(world, event_id="evt_a", body=b'{"data": {"justification": "' + secret + b'"}}')
    await gone(world, Kind.PAYLOADS, await later(world))
    with closing(sqlite3.connect(world.path)) as database:
        kept = b"".join(str(row).encode() for row in database.execute("SELECT * FROM events"))
        kept += b"".join(str(row).encode() for row in database.execute("SELECT * FROM attempts"))
    assert b"evt_a" in kept
    assert secret not in kept


@pytest.mark.parametrize("written", [BODY, msgspec.json.encode(msgspec.json.decode(BODY), order="sorted")])
async def test_a_repetition_is_known_after_the_body_is_gone(world: StoreWorld, written: bytes) -> None:
    delivery_id = await sent(world, event_id="evt_a", body=BODY)
    await gone(world, Kind.PAYLOADS, await later(world))
    answer = await world.accept(world.delivery(), event_id="evt_a", body=written)
    assert answer.arrival is Arrival.REPEATED
    assert [one.id for one in answer.deliveries] == [delivery_id]
    conflict = await world.accept(world.delivery(), event_id="evt_a", body=BODY.replace(b"Ann", b"Bob"))
    assert conflict.arrival is Arrival.CONFLICTING


async def test_what_has_no_payload_is_not_replayed(world: StoreWorld) -> None:
    delivery_id = await sent(world, State.DEAD, body=BODY)
    await gone(world, Kind.PAYLOADS, await later(world))
    again = NewReplay(DeliveryId("dlv_again"), delivery_id, "name", State.PENDING)
    with pytest.raises(Refused, match=r"cannot be replayed.*payload.*removed.*GRANTWIRE_KEEP_PAYLOADS_DAYS"):
        await world.store.replay([again], now=world.clock.now())
    found = await world.store.find_to_replay(Wanted((WEBHOOK,)), after=None, limit=10)
    assert (found.items, found.refused) == ((), {"the payload of its event was removed": 1})
    counted = await world.store.count_to_replay(Wanted((WEBHOOK,)), after=None, limit=10)
    assert (counted.by_kind, counted.refused) == ({}, found.refused)


async def test_the_same_id_is_a_new_event_once_the_old_one_is_gone(world: StoreWorld) -> None:
    await sent(world, event_id="evt_a", body=BODY)
    await gone(world, Kind.EVENTS, await later(world))
    assert (await world.accept(world.delivery(), event_id="evt_a", body=BODY)).arrival is Arrival.NEW


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_long_store_is_walked_in_pieces(world: StoreWorld) -> None:
    await world.store.accept([world.admission(event_id=f"evt_{number}") for number in range(251)])
    await world.store.index_events(limit=1000)
    before, after, met = world.clock.move(DAY), None, list[int]()
    for is_end in (False, False, True):
        piece = await world.store.outdated(Kind.EVENTS, before=before, after=after)
        assert piece.is_end is is_end
        met += seqs(piece)
        after = piece.reached
    assert met == list(range(1, 251))  # the newest stays


async def test_what_a_step_touches_is_known_beforehand(world: StoreWorld) -> None:
    await sent(world)
    found = await world.store.outdated(Kind.EVENTS, before=await later(world), after=None)
    assert found.found == ((1, 3),)  # the event, a delivery, an attempt


async def test_what_was_replayed_since_it_was_found_stays(world: StoreWorld) -> None:
    old = await sent(world, State.DEAD, body=BODY)
    before = await later(world)
    found = await world.store.outdated(Kind.EVENTS, before=before, after=None)
    again = NewReplay(DeliveryId("dlv_again"), old, "name", State.PENDING)
    await world.store.replay([again], now=world.clock.now())
    assert await world.store.remove(Kind.EVENTS, seqs(found), before=before) == Removed()


async def test_the_last_sweep_and_the_size_are_known(world: StoreWorld) -> None:
    assert await world.store.last_sweep() is None
    sweep = Sweep(world.clock.now(), Removed(events=3, payloads=1))
    await world.store.note_sweep(Sweep(world.clock.now(), Removed()))
    await world.store.note_sweep(sweep)
    await world.crash()
    assert await world.store.last_sweep() == sweep
    room = await world.store.file_size()
    assert 0 <= room.free_bytes < room.file_bytes


async def test_what_waits_is_counted_up_to_a_bound(world: StoreWorld) -> None:
    for _ in range(3):
        await world.accept()
    before = world.clock.move(DAY)
    assert await world.store.outdated_events(before=before, after=None, most=2) == 2
    found = await world.store.outdated(Kind.PAYLOADS, before=before, after=None)
    assert await world.store.outdated_events(before=before, after=found.reached, most=10) == 0
