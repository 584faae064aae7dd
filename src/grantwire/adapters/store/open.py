"""Opens a store: makes the file, brings it to the schema, starts the writer.

In: a path, or a SQLAlchemy URL. Out: a Store. Never: a default for where data lives (that is a setting).
"""

import asyncio
import time
from pathlib import Path

from sqlalchemy import Engine

from grantwire.adapters.store.faults import DatabaseError, in_our_words, is_locked
from grantwire.adapters.store.gather import Gatherer
from grantwire.adapters.store.ledger import LOCK_PAUSE_SECONDS, LOCK_TRIES, Ledger
from grantwire.adapters.store.reader import Reader
from grantwire.adapters.store.rows_webhook import Sealer
from grantwire.adapters.store.schema import migrate
from grantwire.adapters.store.sqlite import READERS, reading_engine, writing_engine
from grantwire.adapters.store.store import SqlStore
from grantwire.ports import Clock, Dice, Store


async def open_store(path: Path, *, vault: Sealer, clock: Clock, dice: Dice) -> Store:
    """The SQLite file at `path`, made and migrated where needed. Raises `Refused` for a database written by a newer
    program and `NotNow` when the file cannot be written now."""
    writer = writing_engine(path)
    ledger = await asyncio.to_thread(_prepare, writer)
    return SqlStore(
        Gatherer(ledger),
        Reader(reading_engine(path), threads=READERS),
        vault=vault,
        clock=clock,
        dice=dice,
    )


def _prepare(writer: Engine) -> Ledger:
    """Migrates, waiting a bounded time while another process writes."""
    for _ in range(LOCK_TRIES):
        try:
            migrate(writer)
            return Ledger(writer)
        except DatabaseError as error:
            if not is_locked(error):
                raise in_our_words(error) from error
        time.sleep(LOCK_PAUSE_SECONDS)
    migrate(writer)
    return Ledger(writer)
