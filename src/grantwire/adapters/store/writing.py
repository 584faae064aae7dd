"""The inside of one write transaction, and the kinds of work that go into it.

In: rows that the caller has made ready. Out: `Writing`, which the work is done with. Never: begin or commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from grantwire.adapters.store.hot import HotStatements
from grantwire.adapters.store.statements import Cursor, Row
from grantwire.domain.value import value
from grantwire.ports import Admission


@value(frozen=True, slots=True)
class Accept:
    """One call of `accept`. `delivery_rows` are those of each admission, in order. `has_lines`: some of them may have
    to wait for others."""

    admissions: Sequence[Admission]
    event_rows: Sequence[Row]
    delivery_rows: Sequence[Sequence[Row]]
    has_lines: bool = False


@value(frozen=True, slots=True)
class Settle:
    """One call of `settle`; `lease` names what must still hold: the delivery and its token. `line` is set when the
    delivery ends and others may wait behind it."""

    lease: tuple[str, str]
    row: Row
    attempt_row: Row | None
    receipt_row: Row | None
    line: tuple[str, str] | None = None
    ended_at: int = 0
    holds_until: int | None = None


@dataclass(frozen=True, slots=True)
class HandBack:
    """One call of `hand_back`."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Call:
    """Anything that is asked for too seldom to be gathered with its like. `rows` is how many it writes, about."""

    work: Callable[["Writing"], Any]
    rows: int = 2


Job = Accept | Settle | HandBack | Call


@value(frozen=True, slots=True)
class Writing:
    """`cursor` is for the hot statements, `sql` for all others; both are in the same transaction."""

    hot: HotStatements
    cursor: Cursor
    sql: Connection


def rows_of(job: Job) -> int:
    """How many rows it writes, about."""
    if isinstance(job, Accept):
        return len(job.event_rows) + sum(map(len, job.delivery_rows))
    if isinstance(job, HandBack):
        return len(job.rows)
    return job.rows if isinstance(job, Call) else 2
