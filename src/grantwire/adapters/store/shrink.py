"""Shrinks the file: what was removed leaves free pages behind, and only a rewrite gives them back to the disk
(sqlite.org/lang_vacuum.html).

In: the path of a file that no server works on. Out: its size before and after. Never: a change to what is on record.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from grantwire.adapters.store.faults import DatabaseError, in_our_words
from grantwire.domain.retention import FileSize


def shrink_file(path: Path) -> tuple[FileSize, FileSize]:
    """Raises `NotNow` when the disk has no room for the rewrite, or another process has the file locked."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as database:
            before = _size(database)
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return before, _size(database)
    except DatabaseError as error:
        raise in_our_words(error) from error


def _size(database: sqlite3.Connection) -> FileSize:
    page, pages, free = (
        int(database.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_size", "page_count", "freelist_count")
    )
    return FileSize(page * pages, page * free)
