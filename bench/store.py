"""How much the store costs: accepts and settles per second and CPU per operation, beside raw SQLite in the same run.

In: nothing. Out: a table on the screen and `bench/results/store.json`. Run: `python bench/store.py [--operations N]`.

An operation is one event with one delivery (born claimed) accepted, or one delivery settled with its attempt and its
receipt. The floor writes the same rows with the driver's `executemany`, one commit per group of the same size, in one
thread, with nothing else to do.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import uvloop

from grantwire.adapters.clock import SystemClock
from grantwire.adapters.dice import SystemDice
from grantwire.adapters.store import gather
from grantwire.adapters.store.open import open_store
from grantwire.adapters.store.rows_attempt import ATTEMPT_COLUMNS, to_attempt_row
from grantwire.adapters.store.rows_delivery import DELIVERY_COLUMNS, to_delivery_row, to_settled_row
from grantwire.adapters.store.rows_event import EVENT_COLUMNS, to_event_row
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import Claim, DeliveryId, State
from grantwire.domain.event import AccessRequestId, Event, EventId, Family
from grantwire.domain.exchange import Request, Response, Timings
from grantwire.domain.receipt import Receipt
from grantwire.domain.target import Method, Origin
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId
from grantwire.ports import Admission, NewDelivery, Settlement, Store

CLOCK, DICE = SystemClock(), SystemDice()
WEBHOOK = WebhookId("whk_01M855YF9CNJ0W2JK2P82D2T89")
RESULTS = Path(__file__).parent / "results" / "store.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """`cpu_us` is of the whole process, `loop_cpu_us` of the event loop's thread alone; both per operation."""

    name: str
    at_once: int
    per_second: float
    cpu_us: float
    loop_cpu_us: float
    p50_ms: float
    p99_ms: float


# ── what is written ──────────────────────────────────────────────────────────────────────────────────────
def an_event() -> Event:
    now = CLOCK.now()
    event_id = DICE.new_id("evt", now)
    data = {"id": event_id, "justification": "x" * 700, "requester": {"email": "a@example.com"}}
    body = json.dumps({"event_type": "RequestCreated", "event_time": 1, "data": data}).encode()
    return Event(
        EventId(event_id), "RequestCreated", Family.REQUEST, now, now, AccessRequestId(f"ar-{event_id}"), {}, body
    )


def an_admission() -> Admission:
    event = an_event()
    delivery = NewDelivery(
        DeliveryId(DICE.new_id("dlv", event.accepted_at)),
        WEBHOOK,
        "ServiceNow prod",
        State.SENDING,
        token=DICE.token(),
        lease_until=event.accepted_at + timedelta(seconds=60),
    )
    return Admission(event, (delivery,))


REQUEST_HEADERS = (("Authorization", "•••"), ("Content-Type", "application/json"), ("Accept", "application/json"))
REPLY_HEADERS = tuple((f"X-Header-{number}", "a value of some length") for number in range(12))


def a_settlement(admission: Admission) -> Settlement:
    now = CLOCK.now()
    delivery, event = admission.deliveries[0], admission.event
    assert delivery.token is not None
    assert delivery.lease_until is not None
    claim = Claim(delivery.id, delivery.token, event, delivery.webhook_id, 0, now, delivery.lease_until)
    url = "https://acme.service-now.com/api/now/table/incident"
    request = Request(Method.POST, url, REQUEST_HEADERS, b"b" * 900, Origin.of(url), frozenset({"authorization"}))
    reply = Response(201, "Created", REPLY_HEADERS, b"r" * 1200, is_cut=False, timings=Timings(100.0, first_byte_ms=90))
    attempt = Attempt(
        AttemptId(DICE.new_id("atm", now)),
        delivery.id,
        1,
        now,
        request,
        reply,
        VerdictKind.DELIVERED,
        "201 with a sys_id",
    )
    assert event.access_request_id is not None
    receipt = Receipt(
        WEBHOOK, event.access_request_id, {"sys_id": "9d385017c611228701d22104cc95c371", "number": "INC1"}
    )
    return Settlement(claim, State.DELIVERED, "201 with a sys_id", now, attempt=attempt, receipt=receipt)


# ── the store ────────────────────────────────────────────────────────────────────────────────────────────
async def measure(
    name: str, works: Sequence[Callable[[], Awaitable[object]]], *, at_once: int, operations: int, busy_us: float = 0
) -> Figure:
    """`works` by `at_once` coroutines that each do one after another; `busy_us` of other work after each."""
    left = iter(works)
    took: list[float] = []

    async def worker() -> None:
        for work in left:
            started = time.perf_counter()
            await work()
            took.append(time.perf_counter() - started)
            spin(busy_us)

    wall, cpu, loop_cpu = time.perf_counter(), time.process_time(), time.thread_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    wall, cpu, loop_cpu = time.perf_counter() - wall, time.process_time() - cpu, time.thread_time() - loop_cpu
    took.sort()
    return Figure(
        name,
        at_once,
        round(operations / wall),
        round(cpu / operations * 1e6 - busy_us, 1),
        round(loop_cpu / operations * 1e6 - busy_us, 1),
        round(took[len(took) // 2] * 1e3, 2),
        round(took[len(took) * 99 // 100] * 1e3, 2),
    )


def spin(microseconds: float) -> None:
    until = time.thread_time() + microseconds / 1e6
    while time.thread_time() < until:
        pass


async def accept_and_settle(
    store: Store, *, at_once: int, operations: int, batch: int = 1, busy_us: float = 0
) -> list[Figure]:
    admissions = [an_admission() for _ in range(operations)]
    batches = [admissions[start : start + batch] for start in range(0, operations, batch)]
    suffix = (f" in batches of {batch}" if batch > 1 else "") + (
        f", {busy_us:.0f} µs of other work each" if busy_us else ""
    )
    accepts = [lambda part=part: store.accept(part) for part in batches]
    figures = [await measure(f"accept{suffix}", accepts, at_once=at_once, operations=operations, busy_us=busy_us)]
    settlements = [a_settlement(admission) for admission in admissions]
    settles = [lambda one=one: store.settle(one) for one in settlements]
    parallel = at_once * batch
    figures.append(await measure(f"settle{suffix}", settles, at_once=parallel, operations=operations, busy_us=busy_us))
    return figures


async def measure_store(folder: Path, operations: int) -> list[Figure]:
    store = await open_store(folder / "store.db", vault=open_vault(folder / "key"), clock=CLOCK, dice=DICE)
    await accept_and_settle(store, at_once=32, operations=500)  # warms up
    figures = []
    for at_once in (1, 32, 256):
        figures += await accept_and_settle(
            store, at_once=at_once, operations=operations if at_once > 1 else operations // 10
        )
    figures += await accept_and_settle(store, at_once=2, operations=operations, batch=100)
    for inline in (gather.INLINE_ROWS, -1):
        gather.INLINE_ROWS = inline
        where = "staged by the loop" if inline > 0 else "staged by the thread"
        found = await accept_and_settle(store, at_once=64, operations=operations // 4, busy_us=200)
        figures += [Figure(**{**asdict(figure), "name": f"{figure.name} ({where})"}) for figure in found]
    await store.close()
    return figures


# ── the floor ────────────────────────────────────────────────────────────────────────────────────────────
def measure_floor(folder: Path, store_file: Path, *, group: int, operations: int) -> Figure:
    """The same rows into the same tables and indexes by `executemany`."""
    database = copy_schema(store_file, folder / f"floor-{group}.db")
    admissions = [an_admission() for _ in range(operations)]
    event_rows = [
        (seq, *to_event_row(one.event, to_stamp(one.event.accepted_at))) for seq, one in enumerate(admissions, 1)
    ]
    delivery_rows = [
        (*to_delivery_row(one.deliveries[0], to_stamp(one.event.accepted_at)), seq)
        for seq, one in enumerate(admissions, 1)
    ]
    settlements = [a_settlement(one) for one in admissions]
    settled_rows = [to_settled_row(one) for one in settlements]
    attempt_rows = [to_attempt_row(one.attempt) for one in settlements if one.attempt]
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, operations, group):
        part = slice(start, start + group)
        database.execute("BEGIN IMMEDIATE")
        database.executemany(_insert("events", EVENT_COLUMNS), event_rows[part])
        database.executemany(_insert("deliveries", DELIVERY_COLUMNS), delivery_rows[part])
        database.execute("COMMIT")
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "UPDATE deliveries SET state=?, why=?, attempts=attempts+?, is_ambiguous=?, due_at=?, ended_at=?,"
            " token=NULL WHERE id=? AND token=?",
            settled_rows[part],
        )
        database.executemany(_insert("attempts", ATTEMPT_COLUMNS), attempt_rows[part])
        database.execute("COMMIT")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    database.close()
    per_operation = round(cpu / operations * 1e6, 1)
    return Figure(
        "floor: accept + settle, raw sqlite3", group, round(operations / wall), per_operation, per_operation, 0, 0
    )


def copy_schema(of: Path, to: Path) -> sqlite3.Connection:
    source = sqlite3.connect(of)
    statements = [row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
    source.close()
    database = sqlite3.connect(to, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16000", "wal_autocheckpoint=4000"):
        database.execute(f"PRAGMA {pragma}")
    for statement in statements:
        database.execute(statement)
    return database


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────
def machine() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def show(figures: Sequence[Figure]) -> None:
    print(f"{'':62}{'at once':>8}{'ops/s':>8}{'CPU µs':>8}{'of loop':>8}{'p50 ms':>8}{'p99 ms':>8}")
    for one in figures:
        print(
            f"{one.name:62}{one.at_once:8}{one.per_second:8.0f}{one.cpu_us:8.1f}{one.loop_cpu_us:8.1f}"
            f"{one.p50_ms:8.2f}{one.p99_ms:8.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--operations", type=int, default=20_000)
    operations = parser.parse_args().operations
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        figures = uvloop.run(measure_store(folder, operations))
        figures += [
            measure_floor(folder, folder / "store.db", group=group, operations=operations // (10 if group == 1 else 1))
            for group in (1, 32, 256)
        ]
    show(figures)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "figures": [asdict(one) for one in figures]}, indent=2))


if __name__ == "__main__":
    sys.exit(main())
