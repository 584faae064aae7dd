"""SQLite: one file, opened for writing once and for reading by a few.

In: the path of the file. Out: SQLAlchemy engines with the settings that make a commit durable. Never: a statement
of the product.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event

READERS = 2

# Takes the write lock at once. A transaction that reads first and then wants to write could only be refused.
BEGIN_TO_WRITE = "BEGIN IMMEDIATE"

# WAL lets readers and the writer work at once; FULL makes each commit wait for the disk (sqlite.org/pragma.html#
# pragma_synchronous): with NORMAL an acknowledged event could be lost when the power fails.
_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = OFF",  # there are none; the default depends on how SQLite was built
    "PRAGMA secure_delete = ON",  # what is removed is gone from the file too; the default depends on how it was built
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",  # KiB
    "PRAGMA wal_autocheckpoint = 16000",  # pages of 4 KiB: 64 MiB, a backstop; see `checkpoint`
    "PRAGMA journal_size_limit = 67108864",  # gives a WAL that grew back to the disk
)


def writing_engine(path: Path) -> Engine:
    """For one connection that writes, whose transactions begin with `BEGIN_TO_WRITE`. It never waits for a lock
    itself: whoever uses it decides where to wait."""
    _make_private(path)
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": 0, "cached_statements": 256},
    )
    event.listen(engine, "connect", _set_up_writer)
    return engine


def reading_engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 5, "cached_statements": 256},
    )
    event.listen(engine, "connect", _set_up_reader)
    event.listen(engine, "begin", _begin_to_read)
    return engine


def _make_private(path: Path) -> None:
    """Creates the file for its owner alone; SQLite gives the files beside it the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError:
        return  # it is there already, or SQLite will say what is wrong with it


def _set_up_writer(connection: sqlite3.Connection, _record: Any) -> None:
    # Without this the driver begins transactions by itself, and late: after the first statement that reads.
    connection.isolation_level = None
    for setting in _SETTINGS:
        connection.execute(setting)


def _set_up_reader(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -8000")


def _begin_to_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
