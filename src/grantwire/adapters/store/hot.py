"""The statements of the hot path: accept, claim, settle, hand back.

In: a dialect. Out: compiled statements, the same ones for every store of that dialect. Never: a transaction.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    bindparam,
    delete,
    func,
    literal_column,
    make_url,
    null,
    select,
    text,
    tuple_,
    update,
)

from grantwire.adapters.store.rows_attempt import ATTEMPT_COLUMNS, RECEIPT_COLUMNS
from grantwire.adapters.store.rows_delivery import DELIVERY_COLUMNS, LINE_COLUMNS
from grantwire.adapters.store.rows_event import EVENT_COLUMNS
from grantwire.adapters.store.statements import NativeInsert, Prepared, PreparedInsert, PreparedLookup
from grantwire.adapters.store.tables import IN_LINE, NOT_SENDING, attempts, deliveries, events, receipts
from grantwire.domain.delivery import State

IS_PENDING = text(f"state = '{State.PENDING.value}'")  # a value would keep the index of states from being used


class HotStatements:
    """Made by `hot_statements`."""

    def __init__(self, dialect: Dialect) -> None:
        self.insert_events = PreparedInsert(events, EVENT_COLUMNS, dialect, finish=_unless_there)
        self.take_back_events = Prepared(delete(events).where(events.c.seq > bindparam("seq")), dialect, ["seq"])
        self.insert_deliveries = PreparedInsert(deliveries, DELIVERY_COLUMNS, dialect, finish=_as_it_is)
        self.insert_in_line = PreparedInsert(deliveries, LINE_COLUMNS, dialect, finish=_as_it_is)
        # A settle whose answer was lost may be repeated: its attempt is on record already.
        self.insert_attempts = PreparedInsert(attempts, ATTEMPT_COLUMNS, dialect, finish=_unless_there)
        self.put_receipts = PreparedInsert(receipts, RECEIPT_COLUMNS, dialect, finish=_or_replace_receipt)
        self.known_events = PreparedLookup(lambda keys: select(events.c.id).where(events.c.id.in_(keys)), dialect)
        self.last_event = Prepared(select(func.max(events.c.seq)), dialect, [])
        self.settle = _prepare_settle(dialect)
        self.hand_back = _prepare_hand_back(dialect)
        self.due = _prepare_due(dialect)
        self.due_first = _prepare_due_first(dialect)
        self.lease = _prepare_lease(dialect)
        self.first_in_line = _prepare_in_line(dialect, deliveries.c.event_seq, deliveries.c.id)
        self.last_in_line = _prepare_in_line(dialect, deliveries.c.event_seq.desc(), deliveries.c.id.desc())
        self.next_line = _prepare_next_line(dialect)
        self.hold_line = _prepare_hold_line(dialect)
        self.leave_line = _prepare_leave_line(dialect)
        self.promote = _prepare_promote(dialect)


def hot_statements(dialect: Dialect) -> HotStatements:
    """Compiling takes 60 ms, so it is done once in a process."""
    return _compiled(dialect.name, dialect.driver, dialect.paramstyle)


@cache
def _compiled(name: str, driver: str, paramstyle: str) -> HotStatements:
    kind = make_url(f"{name}+{driver}://").get_dialect()
    return HotStatements(kind(paramstyle=paramstyle))  # type: ignore[call-arg]


def _prepare_settle(dialect: Dialect) -> Prepared:
    d = deliveries.c
    statement = (
        update(deliveries)
        .ordered_values(
            (d.state, bindparam("new_state")),
            (d.why, bindparam("new_why")),
            (d.attempts, d.attempts + bindparam("attempts_more")),
            (d.is_ambiguous, bindparam("ambiguous")),
            (d.doubt_since, bindparam("doubt")),
            (d.due_at, bindparam("due")),
            (d.ended_at, bindparam("ended")),
            (d.token, null()),
        )
        .where(d.id == bindparam("delivery"), d.token == bindparam("lease"))
    )
    return Prepared(
        statement,
        dialect,
        ["new_state", "new_why", "attempts_more", "ambiguous", "doubt", "due", "ended", "delivery", "lease"],
    )


def _prepare_hand_back(dialect: Dialect) -> Prepared:
    d = deliveries.c
    statement = (
        update(deliveries)
        .ordered_values((d.state, bindparam("new_state")), (d.due_at, bindparam("due")), (d.token, null()))
        .where(d.id == bindparam("delivery"), d.token == bindparam("lease"))
    )
    return Prepared(statement, dialect, ["new_state", "due", "delivery", "lease"])


def _prepare_due(dialect: Dialect) -> Prepared:
    d = deliveries.c
    due = _work().where(d.webhook_id == bindparam("webhook"), d.due_at <= bindparam("now")).order_by(d.due_at)
    return _prepare_work(due, dialect)


def _prepare_due_first(dialect: Dialect) -> Prepared:
    """Pending ones alone, by the index of states (an expression keeps that of work away), past any number of others."""
    d = deliveries.c
    due = (
        _work()
        .where(
            d.webhook_id == bindparam("webhook"),
            IS_PENDING,
            NOT_SENDING,
            func.coalesce(d.due_at, literal_column("0")) <= bindparam("now"),
        )
        .order_by(d.created_at, d.id)
    )
    return _prepare_work(due, dialect)


def _work() -> Select[Any]:
    d, e = deliveries.c, events.c
    return select(
        *(d.id, d.webhook_id, d.state, d.attempts, d.is_ambiguous, d.doubt_since, d.created_at, d.due_at, d.line),
        *(e.id, e.type, e.family, e.occurred_at, e.accepted_at, e.access_request_id, e.body),
    ).join_from(deliveries, events, e.seq == d.event_seq)


def _prepare_work(due: Select[Any], dialect: Dialect) -> Prepared:
    limited = (
        due.limit(bindparam("most"))
        .offset(literal_column("0"))  # SQLite's dialect writes one anyway, as a parameter
        .with_for_update(of=deliveries, skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
    )
    return Prepared(limited, dialect, ["webhook", "now", "most"])


def _prepare_lease(dialect: Dialect) -> Prepared:
    d = deliveries.c
    lease = (
        update(deliveries)
        .ordered_values(
            (d.state, bindparam("new_state")),
            (d.is_ambiguous, bindparam("ambiguous")),
            (d.doubt_since, bindparam("doubt")),
            (d.due_at, bindparam("lease_until")),
            (d.token, bindparam("lease")),
        )
        .where(d.id == bindparam("delivery"))
    )
    return Prepared(lease, dialect, ["new_state", "ambiguous", "doubt", "lease_until", "lease", "delivery"])


def _prepare_in_line(dialect: Dialect, *order: ColumnElement[Any]) -> Prepared:
    d = deliveries.c
    statement = (
        select(d.id, d.state, d.line_until)
        .where(d.webhook_id == bindparam("webhook"), d.line == bindparam("line"), IN_LINE)
        .order_by(*order)
        .limit(literal_column("1"))
        .offset(literal_column("0"))
    )
    return Prepared(statement, dialect, ["webhook", "line"])


def _prepare_next_line(dialect: Dialect) -> Prepared:
    """The first of the first line behind another."""
    d = deliveries.c
    statement = (
        select(d.webhook_id, d.line, d.state)
        .where(IN_LINE, tuple_(d.webhook_id, d.line) > tuple_(bindparam("webhook"), bindparam("line")))
        .order_by(d.webhook_id, d.line, d.event_seq, d.id)
        .limit(literal_column("1"))
        .offset(literal_column("0"))
    )
    return Prepared(statement, dialect, ["webhook", "line"])


def _prepare_hold_line(dialect: Dialect) -> Prepared:
    statement = (
        update(deliveries)
        .ordered_values((deliveries.c.line_until, bindparam("until")))
        .where(deliveries.c.id == bindparam("delivery"))
    )
    return Prepared(statement, dialect, ["until", "delivery"])


def _prepare_leave_line(dialect: Dialect) -> Prepared:
    d = deliveries.c
    statement = (
        update(deliveries).ordered_values((d.line, null()), (d.line_until, null())).where(d.id == bindparam("delivery"))
    )
    return Prepared(statement, dialect, ["delivery"])


def _prepare_promote(dialect: Dialect) -> Prepared:
    d = deliveries.c
    statement = (
        update(deliveries)
        .ordered_values(
            (d.state, bindparam("new_state")),
            (d.why, literal_column("''")),
            (d.due_at, bindparam("due")),
        )
        .where(d.id == bindparam("delivery"))
    )
    return Prepared(statement, dialect, ["new_state", "due", "delivery"])


def _as_it_is(insert: NativeInsert) -> NativeInsert:
    return insert


def _unless_there(insert: NativeInsert) -> NativeInsert:
    return insert.on_conflict_do_nothing(index_elements=["id"])


def _or_replace_receipt(insert: NativeInsert) -> NativeInsert:
    return insert.on_conflict_do_update(
        index_elements=["webhook_id", "access_request_id"], set_={"captured": insert.excluded.captured}
    )
