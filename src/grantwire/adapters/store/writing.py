"""The inside of one write transaction, and the kinds of work that go into it.

In: rows that the caller has made ready. Out: `Writing`, which the work is done with. Never: begin or commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, null, select, update

from grantwire.adapters.store.rows_attempt import ATTEMPT_COLUMNS, RECEIPT_COLUMNS
from grantwire.adapters.store.rows_delivery import DELIVERY_COLUMNS
from grantwire.adapters.store.rows_event import EVENT_COLUMNS
from grantwire.adapters.store.statements import Cursor, NativeInsert, Prepared, PreparedInsert, PreparedLookup, Row
from grantwire.adapters.store.tables import attempts, deliveries, events, receipts
from grantwire.domain.delivery import State
from grantwire.ports import Admission


@dataclass(frozen=True, slots=True)
class Accept:
    """One call of `accept`. `delivery_rows` are those of each admission, in order."""

    admissions: Sequence[Admission]
    event_rows: Sequence[Row]
    delivery_rows: Sequence[Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Settle:
    """One call of `settle`; `lease` names what must still hold: the delivery and its token."""

    lease: tuple[str, str]
    row: Row
    attempt_row: Row | None
    receipt_row: Row | None


@dataclass(frozen=True, slots=True)
class HandBack:
    """One call of `hand_back`."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Call:
    """Anything that is asked for too seldom to be gathered with its like."""

    work: Callable[["Writing"], Any]


Job = Accept | Settle | HandBack | Call


class HotStatements:
    """Compiled once for a store."""

    def __init__(self, dialect: Dialect) -> None:
        self.insert_events = PreparedInsert(events, EVENT_COLUMNS, dialect, finish=_as_it_is)
        self.insert_deliveries = PreparedInsert(deliveries, DELIVERY_COLUMNS, dialect, finish=_as_it_is)
        # A settle whose answer was lost may be repeated: its attempt is on record already.
        self.insert_attempts = PreparedInsert(attempts, ATTEMPT_COLUMNS, dialect, finish=_unless_there)
        self.put_receipts = PreparedInsert(receipts, RECEIPT_COLUMNS, dialect, finish=_or_replace_receipt)
        self.known_events = PreparedLookup(lambda keys: select(events.c.id).where(events.c.id.in_(keys)), dialect)
        self.settle = _prepare_settle(dialect)
        self.hand_back = _prepare_hand_back(dialect)


@dataclass(frozen=True, slots=True)
class Writing:
    """`cursor` is for the hot statements, `sql` for all others; both are in the same transaction."""

    hot: HotStatements
    cursor: Cursor
    sql: Connection


def _prepare_settle(dialect: Dialect) -> Prepared:
    d = deliveries.c
    statement = (
        update(deliveries)
        .ordered_values(
            (d.state, bindparam("new_state")),
            (d.why, bindparam("new_why")),
            (d.attempts, d.attempts + bindparam("attempts_more")),
            (d.is_ambiguous, bindparam("ambiguous")),
            (d.due_at, bindparam("due")),
            (d.ended_at, bindparam("ended")),
            (d.token, null()),
        )
        .where(d.id == bindparam("delivery"), d.token == bindparam("lease"))
    )
    return Prepared(
        statement, dialect, ["new_state", "new_why", "attempts_more", "ambiguous", "due", "ended", "delivery", "lease"]
    )


def _prepare_hand_back(dialect: Dialect) -> Prepared:
    d = deliveries.c
    statement = (
        update(deliveries)
        .ordered_values((d.state, bindparam("new_state")), (d.due_at, bindparam("due")), (d.token, null()))
        .where(d.id == bindparam("delivery"), d.token == bindparam("lease"))
    )
    return Prepared(statement, dialect, ["new_state", "due", "delivery", "lease"])


def hand_back_row(delivery_id: str, token: str, due_at: int) -> Row:
    return (State.PENDING.value, due_at, delivery_id, token)


def _as_it_is(insert: NativeInsert) -> NativeInsert:
    return insert


def _unless_there(insert: NativeInsert) -> NativeInsert:
    return insert.on_conflict_do_nothing(index_elements=["id"])


def _or_replace_receipt(insert: NativeInsert) -> NativeInsert:
    return insert.on_conflict_do_update(
        index_elements=["webhook_id", "access_request_id"], set_={"captured": insert.excluded.captured}
    )
