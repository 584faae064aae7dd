"""What went wrong in the database, in the words of the product.

In: an exception of the driver or of SQLAlchemy. Out: `NotNow` for what passes, `Broken` for what does not.
Never: a decision what to do about it.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError

from grantwire.domain.errors import Broken, NotNow

# The primary code is the low byte of SQLite's extended result code.
_PASSING = {
    sqlite3.SQLITE_FULL: "The disk of the data folder is full; free some space.",
    sqlite3.SQLITE_BUSY: "Another process keeps the database locked.",
    sqlite3.SQLITE_LOCKED: "Another process keeps the database locked.",
    sqlite3.SQLITE_IOERR: "The disk of the data folder failed to read or write.",
    sqlite3.SQLITE_READONLY: "The database file is read-only; check the permissions of the data folder.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened; check the data folder and its permissions.",
    sqlite3.SQLITE_PROTOCOL: "Another process keeps the database locked.",
    sqlite3.SQLITE_NOMEM: "There was not enough memory for the database.",
}
DatabaseError = (DBAPIError, sqlite3.Error)


def code_of(error: BaseException) -> int:
    """SQLite's primary result code; 0 where there is none."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return int(getattr(origin, "sqlite_errorcode", 0) or 0) & 0xFF


def is_locked(error: BaseException) -> bool:
    return code_of(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


def is_passing(error: BaseException) -> bool:
    return code_of(error) in _PASSING


def in_our_words(error: Exception) -> Exception:
    """The error to raise for one of the database; any other comes back as it is."""
    if not isinstance(error, DatabaseError):
        return error
    told = _PASSING.get(code_of(error))
    origin = error.orig if isinstance(error, DBAPIError) else error
    if told is not None:
        return NotNow(f"The store cannot be used now. {told} ({origin})")
    return Broken(f"The store failed: {origin}. Run `grantwire check`; restore a backup if the file is damaged.")
