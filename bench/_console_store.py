"""Fills a store with deliveries as an installation of a month has them: many people, integrations and states.

In: the store of a stopped server with ten webhooks. Out: that store with so many deliveries, ten for each event.
Never: a row that the store's own code would not write (events and attempts are written by it; deliveries by columns).
"""

import json
import random
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grantwire.adapters.store.rows_attempt import ATTEMPT_COLUMNS, to_attempt_row
from grantwire.adapters.store.rows_event import EVENT_COLUMNS, to_event_row
from grantwire.adapters.store.stamps import to_stamp
from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.event import AccessRequestId, Event, EventId, Family
from grantwire.domain.event_types import event_types
from grantwire.domain.exchange import Request, Response, Timings
from grantwire.domain.target import Method, Origin
from grantwire.domain.verdict import VerdictKind

PEOPLE = [f"person-{number}" for number in range(2_000)]  # the first are seen much more often than the last
DATABASES = [f"database {number}" for number in range(60)]
TYPES = ("RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired")
DAYS = 30
PER_EVENT = 10
_STATES = ("delivered", "skipped", "dead", "waiting", "cancelled")
_WEIGHTS = (94.5, 3, 1.5, 0.5, 0.5)
_COLUMNS = ("id", "webhook_id", "webhook_name", "state", "why", "attempts", "is_ambiguous", "created_at")
_DELIVERY_COLUMNS = (*_COLUMNS, "due_at", "ended_at", "event_seq")
_TEXT = "Delivered: ServiceNow has the record INC0010001."


def fill(database: Path, *, deliveries: int) -> float:
    """Seconds it took."""
    began = time.perf_counter()
    with sqlite3.connect(database) as store:
        store.execute("PRAGMA synchronous=OFF")
        webhooks = store.execute("SELECT id, name FROM webhooks ORDER BY name").fetchall()
        for rows in _chunks(deliveries // PER_EVENT, webhooks):
            _insert(store, "events", EVENT_COLUMNS, rows["events"])
            _insert(store, "deliveries", _DELIVERY_COLUMNS, rows["deliveries"])
            _insert(store, "attempts", ATTEMPT_COLUMNS, rows["attempts"])
        store.commit()
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.perf_counter() - began


def _insert(store: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    marks = ", ".join("?" * len(columns))
    store.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608


def _chunks(events: int, webhooks: list[tuple[str, str]]) -> Iterator[dict[str, list[Any]]]:
    chance = random.Random(4)
    now = datetime.now(UTC)
    samples = {name: event_types()[name].sample() for name in TYPES}
    detail = _attempt(now)[-1]
    chunk: dict[str, list[Any]] = {"events": [], "deliveries": [], "attempts": []}
    for seq in range(1, events + 1):
        at = now - timedelta(days=DAYS) * (1 - seq / events)
        chunk["events"].append((seq, *_event(samples[TYPES[seq % 4]], seq, at, chance)))
        for place, (webhook_id, name) in enumerate(webhooks):
            row = _delivery(seq, place, at, chance, is_holding=place == len(webhooks) - 1 and seq % 20 == 0)
            chunk["deliveries"].append((row[0], webhook_id, name, *row[1:], seq))
            if row[3]:
                verdict = "delivered" if row[1] == "delivered" else "given_up"
                stamp = to_stamp(at)
                chunk["attempts"].append((f"att_{seq:020}{place}", row[0], 1, stamp, verdict, row[2], detail))
        if seq % 5_000 == 0:
            yield chunk
            chunk = {"events": [], "deliveries": [], "attempts": []}
    yield chunk


def _event(sample: dict[str, Any], seq: int, at: datetime, chance: random.Random) -> tuple[object, ...]:
    person = PEOPLE[min(int(chance.paretovariate(0.5)) - 1, len(PEOPLE) - 1)]
    database = DATABASES[min(int(chance.paretovariate(0.7)) - 1, len(DATABASES) - 1)]
    data = sample["data"] | {
        "id": f"req-{seq // 4}",
        "friendly_id": f"AR-{seq // 4}",
        "requester": {"id": f"id-{person}", "name": person.replace("-", " "), "email": f"{person}@example.com"},
        "access_groups": [{"integration": {"id": f"id-{database}", "name": database, "type": "Postgresql"}}],
    }
    body = json.dumps(sample | {"data": data}).encode()
    event = Event(
        EventId(f"evt-{seq}"),
        sample["event_type"],
        Family.REQUEST,
        at,
        at,
        AccessRequestId(f"req-{seq // 4}"),
        {},
        body,
    )
    return to_event_row(event, to_stamp(at))


def _delivery(seq: int, place: int, at: datetime, chance: random.Random, *, is_holding: bool) -> tuple[Any, ...]:
    """Id, state, why, attempts, is_ambiguous, created, due, ended."""
    state = "held" if is_holding else chance.choices(_STATES, _WEIGHTS)[0]
    created = to_stamp(at)
    attempts = int(state in {"delivered", "dead", "waiting"})
    due_at = to_stamp(at + timedelta(days=DAYS + 1)) if state == "waiting" else None
    ended_at = None if state in {"waiting", "held"} else created + 800_000
    why = {"delivered": _TEXT, "held": "paused: for the figures"}.get(state, f"became {state}")
    return f"dlv_{seq:020}{place:02}", state, why, attempts, 0, created, due_at, ended_at


def _attempt(at: datetime) -> tuple[object, ...]:
    origin = Origin("https", "acme.service-now.com", 443)
    url = f"https://{origin.host}/api/now/table/incident"
    body = b'{"result": {"sys_id": "9d385017c611228701d22104cc95c371", "number": "INC0010001"}}'
    request = Request(Method.POST, url, (("Content-Type", "application/json"),), b'{"short_description": "x"}', origin)
    reply = Response(201, "Created", (("Content-Type", "application/json"),), body, is_cut=False, timings=Timings(80.0))
    attempt = Attempt(AttemptId("att"), DeliveryId("dlv"), 1, at, request, reply, VerdictKind.DELIVERED, _TEXT)
    return to_attempt_row(attempt)
