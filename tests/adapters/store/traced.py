"""Every statement SQLite runs, and how it means to run it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

_QUIET = ("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "-- ")


class Trace:
    """The statements of all connections made while tracing, values filled in."""

    def __init__(self) -> None:
        self.all: list[str] = []

    @property
    def work(self) -> list[str]:
        return [sql for sql in self.all if not sql.startswith(_QUIET)]

    @property
    def commits(self) -> int:
        return self.all.count("COMMIT")

    def clear(self) -> None:
        self.all.clear()


@contextmanager
def tracing() -> Iterator[Trace]:
    trace = Trace()

    def listen(connection: sqlite3.Connection, _record: Any) -> None:
        connection.set_trace_callback(trace.all.append)

    event.listen(Engine, "connect", listen)
    try:
        yield trace
    finally:
        event.remove(Engine, "connect", listen)


def plans(database: Path, statements: list[str]) -> dict[str, list[str]]:
    connection = sqlite3.connect(database)
    try:
        explain: Callable[[str], Any] = lambda sql: connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()  # noqa: E731
        return {sql: [row[3] for row in explain(sql)] for sql in statements}
    finally:
        connection.close()
