"""Fills a store with many rows at once, copied from one that a real run left there.

In: the data folder of a stopped server that handled at least one event. Out: that store with so many more deliveries.
Never: rows of another shape than the server's own (every column is copied from a real row but ids and times).
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

EVENTS_SHARE = 10  # one event has ten deliveries, as an installation with ten webhooks would

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"


def add_ended(data: Path, count: int) -> None:
    """Deliveries that were delivered, each with its attempt."""
    _fill(data, count, state="delivered", attempts=count)


def add_pending(data: Path, count: int) -> None:
    """Deliveries of a paused webhook's held one: the backlog that a resume has to work off."""
    _fill(data, count, state="held", attempts=0)


def add_dead(data: Path, count: int) -> None:
    """Deliveries that were given up, made from one that was delivered."""
    _fill(data, count, state="delivered", attempts=0, becomes={"state": "'dead'", "why": "'gave up'"})


def add_aged(data: Path, count: int, *, days: int) -> None:
    """Events of long ago, each delivered once, in the sums of the hours and in the index of what they say."""
    with sqlite3.connect(data / "grantwire.db") as store:
        store.execute("PRAGMA synchronous=OFF")
        back = days * 86_400_000_000
        [(last,)] = store.execute("SELECT max(seq) FROM events")
        aged = {"id": "'aged-' || n", "accepted_at": f"one.accepted_at - {back} + n"}
        _copy(store, "events", count, where="1", changes=aged)
        _copy(
            store,
            "deliveries",
            count,
            where="state = 'delivered'",
            changes={
                "id": "printf('dlv_0%025d', n)",
                "event_seq": f"{last} + n",
                "created_at": f"one.created_at - {back} + n",
                "ended_at": f"one.ended_at - {back} + n",
            },
        )
        changes = {"id": "printf('att_0%025d', n)", "delivery_id": "printf('dlv_0%025d', n)"}
        _copy(store, "attempts", count, where="1", changes=changes)
        said = "SELECT value_id, seq FROM event_facts, events WHERE event_seq = 1 AND seq > ? ORDER BY value_id, seq"
        store.execute(f"INSERT INTO event_facts {said}", [last])
        for cursor, table in (("facts_up_to", "events"), ("rolled_up_to", "attempts")):
            [(newest,)] = store.execute(f"SELECT max(seq) FROM {table}")  # noqa: S608 - names of our own tables
            store.execute("UPDATE meta SET value = ? WHERE key = ?", [str(newest), cursor])


def _fill(data: Path, count: int, *, state: str, attempts: int, becomes: Mapping[str, str] = {}) -> None:
    with sqlite3.connect(data / "grantwire.db") as store:
        store.execute("PRAGMA synchronous=OFF")
        _copy(store, "events", count // EVENTS_SHARE, where="1", changes={"id": "'old-' || n"})
        _copy(
            store,
            "deliveries",
            count,
            where=f"state = '{state}'",
            changes={
                "id": "printf('dlv_0%025d', n)",
                "event_seq": f"(SELECT max(seq) FROM events) - (n - 1) / {EVENTS_SHARE}",  # noqa: S608
                "created_at": "one.created_at - 1000000000 + n",
                **becomes,
            },
        )
        changes = {"id": "printf('att_0%025d', n)", "delivery_id": "printf('dlv_0%025d', n)"}
        _copy(store, "attempts", attempts, where="1", changes=changes)


def _copy(store: sqlite3.Connection, table: str, count: int, *, where: str, changes: dict[str, str]) -> None:
    if not count:
        return
    columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})") if row[1] != "seq"]
    values = ", ".join(changes.get(column, f"one.{column}") for column in columns)
    store.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) {_NUMBERS} "  # noqa: S608 - names of our own tables
        f"SELECT {values} FROM numbers, (SELECT * FROM {table} WHERE {where} LIMIT 1) AS one",
        {"count": count},
    )
