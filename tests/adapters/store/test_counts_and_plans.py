"""What keeps the store fast, counted and not timed: statements per group, commits per crowd, indexes per statement."""

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from itertools import product

import pytest
from tests.adapters.store.traced import Trace, plans
from tests.conformance.store_world import LEASE, OTHER_WEBHOOK, START, WEBHOOK, StoreWorld

from grantwire.domain.delivery import DeliveryId, Room, State
from grantwire.domain.event import AccessRequestId, EventId
from grantwire.domain.event_search import Searched
from grantwire.domain.replay import Bookmark, Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.replay_step import NewReplay, Step
from grantwire.domain.retention import Kind, Removed, Sweep
from grantwire.ports import DeliveryQuery, EventQuery, NewDelivery


# ── counts ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
async def traced(trace: Trace, world: StoreWorld) -> StoreWorld:
    """Opened while tracing."""
    await world.accepted()
    trace.clear()
    return world


async def test_a_crowd_of_accepts_shares_one_commit_and_few_statements(trace: Trace, traced: StoreWorld) -> None:
    calls = [[traced.admission(traced.delivery(State.SENDING))] for _ in range(64)]
    await asyncio.gather(*(traced.store.accept(call) for call in calls))
    assert trace.commits == 1
    assert len(trace.work) == 3  # look for the last number, insert events, insert deliveries


async def test_a_crowd_of_settlements_shares_one_commit(trace: Trace, traced: StoreWorld) -> None:
    for _ in range(31):
        await traced.accepted()
    claims = await traced.claim(32)
    trace.clear()
    settlements = [
        traced.settlement(claim, attempt=traced.attempt(claim), receipt=traced.receipt(f"ar-{number}"))
        for number, claim in enumerate(claims)
    ]
    await asyncio.gather(*(traced.store.settle(one) for one in settlements))
    assert trace.commits == 1
    assert [sql.split()[0] for sql in trace.work] == ["UPDATE"] * 32 + ["INSERT"] * 2


async def test_accepts_and_settlements_share_a_commit(trace: Trace, traced: StoreWorld) -> None:
    [claim] = await traced.claim()
    trace.clear()
    await asyncio.gather(
        traced.store.settle(traced.settlement(claim)),
        traced.store.accept([traced.admission(traced.delivery())]),
        traced.store.hand_back([claim]),
    )
    assert trace.commits == 1


async def test_a_claim_is_one_search_for_each_webhook_and_one_update_for_each_claim(
    trace: Trace, traced: StoreWorld
) -> None:
    for _ in range(9):
        await traced.accepted()
    trace.clear()
    assert len(await traced.claim(10, WEBHOOK, OTHER_WEBHOOK)) == 10
    assert [sql.split()[0] for sql in trace.work] == ["SELECT"] * 2 + ["UPDATE"] * 10


async def test_order_costs_what_keeps_none_no_statement_and_no_place_in_an_index(
    trace: Trace, traced: StoreWorld
) -> None:
    [claim] = await traced.claim()
    trace.clear()
    await traced.store.settle(traced.settlement(claim, attempt=traced.attempt(claim)))
    assert [sql.split()[0] for sql in trace.work] == ["UPDATE", "INSERT"]
    await traced.accepted()
    assert not [sql for sql in trace.work if "line" in sql and not sql.startswith("SELECT")]
    with closing(sqlite3.connect(traced.path)) as database:
        assert database.execute("SELECT count(*) FROM deliveries WHERE line IS NOT NULL").fetchone() == (0,)


async def test_an_accept_in_order_asks_once_for_each_line(trace: Trace, traced: StoreWorld) -> None:
    """For the first one in line, and where there is one for the last; the rest of a group is told without asking."""
    lines = [AccessRequestId(f"ar-{number % 2}") for number in range(8)]
    await traced.store.accept([traced.admission(traced.delivery(line=lines[0]))])
    trace.clear()
    await asyncio.gather(*(traced.store.accept([traced.admission(traced.delivery(line=line))]) for line in lines))
    asked = [sql for sql in trace.work if sql.startswith("SELECT") and "line" in sql]
    assert (len(asked), trace.commits) == (3, 1)


async def test_an_end_in_order_is_three_statements_more(trace: Trace, traced: StoreWorld) -> None:
    """It leaves the line, looks for the first of the rest, and makes that one pending."""
    for _ in range(2):
        await traced.accept(traced.delivery(webhook_id=OTHER_WEBHOOK, line=AccessRequestId("ar-1")))
    [claim] = await traced.claim(1, OTHER_WEBHOOK)
    trace.clear()
    await traced.store.settle(traced.settlement(claim, attempt=traced.attempt(claim)))
    words = [sql.split()[0] for sql in trace.work]
    assert words == ["UPDATE", "INSERT", "UPDATE", "SELECT", "UPDATE"]


async def test_only_a_storm_of_retries_costs_a_second_search(trace: Trace, traced: StoreWorld) -> None:
    await a_storm(traced, 6)
    now = traced.clock.now()
    for room, searches in ((Room(6, 6), 1), (Room(6, 2), 2), (Room(6, 0), 1)):
        trace.clear()
        await traced.store.hand_back(await traced.store.claim({WEBHOOK: room}, now=now, lease_until=now + LEASE))
        assert sum(sql.startswith("SELECT") for sql in trace.work) == searches


async def test_what_comes_while_a_commit_runs_goes_into_the_next_one(trace: Trace, traced: StoreWorld) -> None:
    async def worker() -> None:
        for _ in range(10):
            await traced.store.accept([traced.admission(traced.delivery())])

    await asyncio.gather(*(worker() for _ in range(20)))
    assert trace.commits <= 25  # 200 accepts


async def test_a_claim_reads_no_more_than_its_limit(trace: Trace, traced: StoreWorld) -> None:
    await traced.store.accept([traced.admission(traced.delivery()) for _ in range(300)])
    trace.clear()
    assert len(await traced.claim(3)) == 3
    [search] = [sql for sql in trace.work if sql.startswith("SELECT")]
    assert re.search(r"LIMIT 3\b", search)


# ── plans ────────────────────────────────────────────────────────────────────────────────────────────────
async def the_hot_path(world: StoreWorld) -> None:
    await world.accept(world.delivery(), world.delivery(State.SENDING), event_id="evt_a")
    await world.accept(world.delivery(), event_id="evt_a")
    [claim] = await world.claim()
    await world.store.hand_back([claim])
    [claim] = await world.claim()
    await world.store.settle(
        world.settlement(claim, State.WAITING, attempt=world.attempt(claim), receipt=world.receipt())
    )
    await world.store.settle(world.settlement(claim, attempt=world.attempt(claim)))
    await world.store.next_due_at([WEBHOOK, OTHER_WEBHOOK])


async def a_storm(world: StoreWorld, count: int = 3) -> None:
    """More come again than there is room for."""
    for _ in range(count):
        await world.accepted()
    for claim in await world.claim(count):
        await world.store.settle(world.settlement(claim, State.WAITING, due_at=world.clock.now()))
    await world.accepted()
    now = world.clock.now()
    await world.store.hand_back(await world.store.claim({WEBHOOK: Room(3, 1)}, now=now, lease_until=now + LEASE))


async def the_moves(world: StoreWorld) -> None:
    first, second = await world.accepted(), await world.accepted()
    await world.store.hold(WEBHOOK, why="", limit=10)
    await world.store.retry_now(first, now=START)
    await world.store.cancel(second, now=START, why="")
    await world.accepted(State.HELD)
    await world.store.release(WEBHOOK, due_at=START, limit=10)
    await world.store.expire(WEBHOOK, created_before=START + timedelta(days=1), now=START, why="", limit=10)
    await world.store.cancel_all(WEBHOOK, now=START, why="", limit=10)
    await world.accepted()
    await world.store.backlog(now=START)


async def the_lines(world: StoreWorld) -> None:
    def one() -> NewDelivery:
        return world.delivery(line=AccessRequestId("ar-1"))

    ids = [(await world.accept(one())).deliveries[0].id for _ in range(6)]
    later = START + timedelta(hours=1)
    for move in ("skip", "replay", "let go"):
        [claim] = await world.claim()
        await world.store.settle(world.settlement(claim, State.DEAD, holds_line_until=later))
        match move:
            case "skip":
                await world.store.skip(claim.delivery_id, now=START, why="")
            case "replay":
                new = NewReplay(DeliveryId("dlv_new"), claim.delivery_id, "name", State.PENDING)
                await world.store.replay([new], now=START)
            case _:
                await world.store.let_lines_go(now=later, limit=10)
    await world.store.cancel(ids[-2], now=START, why="")
    world.clock.move(3600)
    [claim] = await world.claim()
    await world.store.settle(world.settlement(claim))
    after, _ = await world.store.mend_lines(after=None, now=START, limit=1)
    await world.store.mend_lines(after=after, now=START, limit=10)
    await world.store.cancel_all(WEBHOOK, now=START, why="", limit=10)
    await world.accept(one(), one())
    await world.store.dissolve_lines(WEBHOOK, due_at=START, limit=10)
    await world.store.dissolve_lines(WEBHOOK, due_at=START, limit=10)


async def the_single_ones(world: StoreWorld) -> None:
    claim = await world.claimed()
    attempt = world.attempt(claim)
    await world.store.settle(world.settlement(claim, attempt=attempt))
    await world.store.event(claim.event.id)
    await world.store.delivery(claim.delivery_id)
    await world.store.attempts(claim.delivery_id)
    await world.store.attempt(attempt.id)
    await world.store.receipt(WEBHOOK, "ar-1")
    await world.store.token("key")
    await world.store.put_webhook(world.webhook(), expected_version=None, now=START)


async def the_lists(world: StoreWorld) -> None:
    for _ in range(4):
        await world.accept(world.delivery(), world.delivery(State.SENDING))
    later = START + timedelta(days=1)
    deliveries = await world.store.deliveries(DeliveryQuery(), limit=1, after=None)
    events = await world.store.events(EventQuery(), limit=1, after=None)
    assert deliveries.after is not None
    assert events.after is not None
    for webhook_id, since, until, after in product(
        (None, WEBHOOK), (None, START), (None, later), (None, deliveries.after)
    ):
        for found_by in ({}, {"event_id": "evt_a"}, {"access_request_id": "ar-1"}, {"states": (State.DEAD,)}):
            query = DeliveryQuery(webhook_id=webhook_id, since=since, until=until, **found_by)  # type: ignore[arg-type]
            await world.store.deliveries(query, limit=10, after=after)
    for type_, request, since, after in product((None, "x"), (None, "ar-1"), (None, START), (None, events.after)):
        await world.store.events(EventQuery(type_, request, since, later), limit=10, after=after)
    await the_searches(world, later)


async def the_searches(world: StoreWorld, later: datetime) -> None:
    """By what events say, in every combination with the rest."""
    await world.store.index_events(limit=10)
    says = ((Searched.TYPE, "RequestCreated"), (Searched.REQUESTER, "ann"))
    for states, webhook_id, request in product(((), (State.PENDING, State.DEAD)), (None, WEBHOOK), (None, "ar-1")):
        query = DeliveryQuery(webhook_id, states, None, request, START, later, says[:1])
        await world.store.deliveries(query, limit=10, after=None)
    await world.store.deliveries(DeliveryQuery(says=says), limit=10, after=None)
    await world.store.events(EventQuery("x", None, START, later, says), limit=10, after=None)
    await world.store.events(EventQuery(None, "ar-1", says=says[:1]), limit=10, after=None)
    await world.store.said(Searched.REQUESTER, limit=10)
    await world.store.unindexed_events()


async def the_replays(world: StoreWorld) -> None:
    """A job's pieces, however it is narrowed, its steps and its lists."""
    old = await world.settled(State.DEAD)
    await world.accept(world.delivery(State.SKIPPED, OTHER_WEBHOOK))
    later = START + timedelta(days=1)
    bookmark = Bookmark(WEBHOOK, START - timedelta(days=1), DeliveryId("dlv_0"))
    narrow = {
        "since": START,
        "until": later,
        "ended_by": later,
        "states": (State.DEAD, State.SKIPPED, State.CANCELLED, State.DELIVERED),
    }
    found_by = ({"webhook_ids": (WEBHOOK,)}, {}, {"event_types": ("RequestCreated",)})
    few = ({"event_ids": (EventId("evt_a"),)}, {"access_request_id": "ar-1"}, {"delivery_ids": (old,)})
    for by, after in product((*found_by, *few), (None, bookmark)):
        wanted = Wanted(**narrow, **by)  # type: ignore[arg-type]
        await world.store.count_to_replay(wanted, after=after, limit=10)
        await world.store.find_to_replay(wanted, after=after, limit=10)
    await world.store.count_due(WEBHOOK, now=later, most=10)
    await a_replay_in_one_step(world, old)
    page = await world.store.replay_jobs(limit=1, after=None)
    await world.store.replay_jobs(limit=1, after=page.after)
    await world.store.open_replays()


async def a_replay_in_one_step(world: StoreWorld, *olds: DeliveryId) -> Replay | None:
    for number in (1, 2):
        job = Replay(ReplayId(f"rpl_{number}"), Wanted(), ReplayState.PENDING, "Ann", world.clock.now())
        await world.store.add_replay(job)
    await world.store.turn_replay(job.id, ReplayState.RUNNING, now=START, found=1)
    new = tuple(
        NewReplay(DeliveryId(f"dlv_new_{number}"), old, "tickets", State.PENDING) for number, old in enumerate(olds)
    )
    step = Step(job.id, None, None, new, frozenset(State), {}, None, START)
    return await world.store.step_replay(step)


async def test_a_step_of_a_replay_takes_as_many_statements_for_many_as_for_one(
    trace: Trace, traced: StoreWorld
) -> None:
    olds = [await traced.accepted(State.SKIPPED) for _ in range(40)]
    trace.clear()
    stepped = await a_replay_in_one_step(traced, *olds)
    assert stepped is not None
    assert stepped.made == 40
    about_deliveries = [sql for sql in trace.work if " deliveries" in sql]
    assert [sql.split()[0] for sql in about_deliveries] == ["SELECT"] + ["INSERT"] * 40


async def the_sweep(world: StoreWorld) -> None:
    for kind in Kind:
        claim = await world.claimed(type="RequestExpired")
        await world.store.settle(world.settlement(claim, attempt=world.attempt(claim), receipt=world.receipt()))
        newer = await world.claimed(access_request_id="ar-2")
        await world.store.settle(world.settlement(newer, attempt=world.attempt(newer)))
        await world.store.roll_up(limit=10)
        await world.store.index_events(limit=10)
        before = world.clock.move(86_400)
        found = await world.store.outdated(kind, before=before, after=(0, 0))
        assert await world.store.remove(kind, [one for one, _ in found.found], before=before) != Removed()
        await world.store.outdated_events(before=before, after=None, most=10)
    await world.store.note_sweep(Sweep(before, Removed()))
    await world.store.last_sweep()


_OURS = "deliveries|events|attempts|receipts|tokens|event_facts|fact_values|replays"
_LAST_ROW = re.compile(r"SELECT max\((events|attempts)\.seq\)[^(]*$")  # the largest key: one step
_SCAN = re.compile(rf"SCAN ({_OURS})\b(?! USING (COVERING )?INDEX)")
_AIMLESS_SEARCH = re.compile(rf"SEARCH ({_OURS})[^(]*$")  # a search for nothing in particular walks everything
_FULL_SCAN_IN_ORDER = re.compile(rf"SCAN ({_OURS}) USING (COVERING )?INDEX")
# One event or access request, or some that are named: few to sort.
_FEW = re.compile(r"events\.id = '|events\.id IN \(|access_request_id = '|event_seq = |deliveries\.id IN \(")


STORIES = [the_hot_path, a_storm, the_moves, the_lines, the_single_ones, the_lists, the_replays, the_sweep]


@pytest.mark.parametrize("story", STORIES)
async def test_every_statement_is_a_search_of_an_index(trace: Trace, world: StoreWorld, story) -> None:
    """A walk through a whole index is allowed only in its order and up to a limit."""
    await story(world)
    statements = [sql for sql in dict.fromkeys(trace.work) if "sqlite_" not in sql and "alembic" not in sql]
    statements = [sql for sql in statements if sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))]
    statements = [sql for sql in statements if not _LAST_ROW.match(sql)]
    assert statements
    for sql, steps in plans(world.path, statements).items():
        plan = " | ".join(steps)
        assert not _SCAN.search(plan), f"{sql}\n{plan}"
        assert not any(_AIMLESS_SEARCH.search(step) for step in steps), f"{sql}\n{plan}"
        if _FULL_SCAN_IN_ORDER.search(plan):
            assert "LIMIT" in sql, f"{sql}\n{plan}"
            assert "TEMP B-TREE" not in plan, f"{sql}\n{plan}"
        if "TEMP B-TREE" in plan:
            assert _FEW.search(sql), f"{sql}\n{plan}"


async def test_the_index_of_work_serves_claims_alone(trace: Trace, world: StoreWorld) -> None:
    await world.accepted()
    trace.clear()
    await world.claim()
    [search] = [sql for sql in trace.work if sql.startswith("SELECT")]
    steps = plans(world.path, [search])[search]
    assert any("ix_deliveries_due (webhook_id=? AND due_at<?)" in step for step in steps), steps
