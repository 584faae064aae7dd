"""Aftermath: what a database holds that nobody serves any more.

In: the data folder of a server that is dead. Out: its events and deliveries, as the next start will find them.
Never: a change to the folder (a copy is opened: opening the file would already tidy up its log).
"""

import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

# What the doubles of a round are excused by: a request may have been under way for exactly these.
UNDER_WAY = "sending"


@dataclass(frozen=True, slots=True)
class Kept:
    """One delivery."""

    id: str
    event: str
    state: str
    why: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Aftermath:
    """`events` in the order in which they were accepted."""

    events: tuple[str, ...]
    deliveries: tuple[Kept, ...]
    is_sound: bool

    def under_way(self) -> set[str]:
        return {one.event for one in self.deliveries if one.state == UNDER_WAY}


def look(data: Path) -> Aftermath:
    with tempfile.TemporaryDirectory(prefix="grantwire-aftermath-") as folder:
        for name in ("grantwire.db", "grantwire.db-wal"):
            if (data / name).exists():
                shutil.copy(data / name, folder)
        file = Path(folder) / "grantwire.db"
        return _read(file) if file.exists() else Aftermath((), (), is_sound=True)


def _read(file: Path) -> Aftermath:
    database = sqlite3.connect(file)
    try:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'deliveries'").fetchone():
            return Aftermath((), (), is_sound=True)  # killed before its tables were made
        events = tuple(str(row[0]) for row in database.execute("SELECT id FROM events ORDER BY seq"))
        rows = database.execute(
            "SELECT d.id, e.id, d.state, d.why, d.attempts FROM deliveries d JOIN events e ON e.seq = d.event_seq"
        )
        kept = tuple(Kept(*row) for row in rows)
        return Aftermath(events, kept, database.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    finally:
        database.close()
