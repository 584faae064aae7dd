"""Checkpoints: moves what is in the write-ahead log into the database file, while the writer goes on writing.

In: how many rows were committed. Out: a log that is short. Never: a writer that waits while megabytes go to the disk.

A checkpoint inside a commit copies some 16 MiB and waits for the disk, and every caller of that group waits with it.
Here a thread with a connection of its own copies (PASSIVE waits for nobody and nobody waits for it,
sqlite.org/pragma.html#pragma_wal_checkpoint); what was written meanwhile is a short tail, which the writer then copies
itself: only when all of the log has been copied does SQLite begin it anew. Decision 10 has the figures.
"""

import threading
from contextlib import suppress
from enum import Enum, auto
from queue import SimpleQueue

from sqlalchemy import Connection, Engine

from grantwire.adapters.store.faults import DatabaseError

ROWS = 3000  # one and a half pages of 4 KiB each, about: 16 MiB of log
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


class _Ask(Enum):
    COPY = auto()
    END = auto()


class Checkpoints:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rows = 0
        self._is_copying = False
        self._has_tail = False
        self._asked: SimpleQueue[_Ask] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-checkpoints", daemon=True)
        self._thread.start()

    def committed(self, rows: int, writer: Connection) -> None:
        """Called by the writer's thread after each commit."""
        if self._has_tail:
            self._has_tail = False
            _copy(writer)
        self._rows += rows
        if self._rows >= ROWS and not self._is_copying:
            self._rows = 0
            self._is_copying = True
            self._asked.put(_Ask.COPY)

    def close(self) -> None:
        self._asked.put(_Ask.END)
        self._thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while self._asked.get() is _Ask.COPY:
            with suppress(*DatabaseError):
                connection = connection or self._engine.connect()
                self._has_tail = _copy(connection)
            self._is_copying = False
        if connection is not None:
            connection.close()


def _copy(connection: Connection) -> bool:
    """Whether it went well. What was committed is committed either way, and nobody may be told otherwise: a full disk
    meets the next commit too, which has somebody to tell."""
    try:
        connection.connection.driver_connection.execute(_CHECKPOINT)  # type: ignore[union-attr]
    except DatabaseError:
        return False
    return True
