"""Questions about deliveries: one, a page of them, how many wait, when the next is due.

In: a connection that reads, a query. Out: domain values. Never: a write, a scan of the table.

A page is made state by state (each an index search in the order of the page) and merged: one search over several
states would have to sort all of their rows first, and there may be millions.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from grantwire.adapters.store.look_by_facts import deliveries_by_facts, is_by_facts
from grantwire.adapters.store.look_facts import FEW, wishes_of
from grantwire.adapters.store.pages import of_cursor, page_of, period
from grantwire.adapters.store.rows_delivery import of_delivery_row
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.tables import HOLDS_LINE, IS_DUE_SOMETIME, IS_REPLAY, NOT_SENDING, deliveries, events
from grantwire.domain.delivery import ENDED, Delivery, DeliveryId, State
from grantwire.domain.webhook import WebhookId
from grantwire.ports import Backlog, DeliveryQuery, Page

_D = deliveries.c
DELIVERY = select(*_D, events.c.id.label("event_id"), events.c.access_request_id).join_from(
    deliveries, events, events.c.seq == _D.event_seq
)
_NEWEST_FIRST = (_D.created_at.desc(), _D.id.desc())


def delivery(connection: Connection, delivery_id: DeliveryId) -> Delivery | None:
    row = connection.execute(DELIVERY.where(_D.id == delivery_id)).one_or_none()
    return None if row is None else of_delivery_row(row)


def deliveries_page(connection: Connection, query: DeliveryQuery, *, limit: int, after: str | None) -> Page[Delivery]:
    wishes = wishes_of(connection, query.says)
    if any(not wish.value_ids for wish in wishes):
        return Page((), None)
    if wishes and _is_by_facts(connection, query, after):
        return deliveries_by_facts(connection, query, wishes, limit=limit, after=after, all_rows=DELIVERY)
    narrow = [wish.holds_for(_D.event_seq) for wish in wishes]
    rows = [
        row
        for leg in _legs(query)
        for row in connection.execute(
            leg.where(*_place(query, after), *narrow).order_by(*_NEWEST_FIRST).limit(limit + 1)
        )
    ]
    rows.sort(key=_key, reverse=True)
    return page_of(rows, limit=limit, value=of_delivery_row, key=_key)


def replays(connection: Connection, delivery_id: DeliveryId) -> Sequence[Delivery]:
    statement = DELIVERY.where(_D.replay_of == delivery_id, IS_REPLAY).order_by(_D.created_at, _D.id)
    return [of_delivery_row(row) for row in connection.execute(statement)]


def _is_by_facts(connection: Connection, query: DeliveryQuery, after: str | None) -> bool:
    """What is found otherwise in a few rows is looked through row by row; a list goes on as it began."""
    if after is not None:
        return is_by_facts(after)
    if query.event_id is not None or query.access_request_id is not None:
        return False
    left = FEW
    for leg in _legs(query) if query.states else ():
        some = leg.where(*_place(query, None)).with_only_columns(_D.id).limit(left).subquery()
        left -= connection.execute(select(func.count()).select_from(some)).scalar_one()
        if left <= 0:
            return True
    return not query.states


def backlog(connection: Connection, *, now: datetime, most: int | None = None) -> Backlog:
    counted = {state: _count(connection, state, most) for state in State if state not in ENDED}
    oldest = min(_first_due_of_each_webhook(connection), default=None)
    age = 0.0 if oldest is None else max(0.0, (to_stamp(now) - oldest) / 1_000_000)
    return Backlog({state: count for state, count in counted.items() if count}, age, _count_held(connection, most))


def _count(connection: Connection, state: State, most: int | None) -> int:
    of_state = select(_D.state).where(_D.state == state.value).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(of_state)).scalar_one())


def count_due(connection: Connection, webhook_id: WebhookId, *, now: datetime, most: int) -> int:
    due = select(_D.due_at).where(_D.webhook_id == webhook_id, IS_DUE_SOMETIME, _D.due_at <= to_stamp(now)).limit(most)
    return int(connection.execute(select(func.count()).select_from(due.subquery())).scalar_one())


def _count_held(connection: Connection, most: int | None) -> int:
    held = select(_D.line_until).where(HOLDS_LINE, _D.line_until > 0).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(held)).scalar_one())


def next_due_at(connection: Connection, webhook_ids: Sequence[WebhookId]) -> datetime | None:
    # Without its own term the index of work is not used, and a minimum would walk the whole table.
    statement = select(func.min(_D.due_at)).where(IS_DUE_SOMETIME)
    found = [connection.execute(statement.where(_D.webhook_id == one)).scalar_one() for one in webhook_ids]
    return min((of_stamp(stamp) for stamp in found if stamp is not None), default=None)


def _legs(query: DeliveryQuery) -> Iterator[Select[Any]]:
    """Statements whose rows together are those of the query; each is served by one index."""
    if query.event_id is not None or query.access_request_id is not None:
        yield _few(query)
        return
    for state in query.states or tuple(State):
        yield _of_state(state, query.webhook_id)


def _few(query: DeliveryQuery) -> Select[Any]:
    """An event, or an access request, has few deliveries: they are found by it and then narrowed."""
    statement = DELIVERY
    if query.event_id is not None:
        statement = statement.where(events.c.id == query.event_id)
    if query.access_request_id is not None:
        statement = statement.where(events.c.access_request_id == query.access_request_id)
    if query.webhook_id is not None:
        # The unary plus of SQL by other means: an expression is not taken for an index search by webhook.
        statement = statement.where(func.coalesce(_D.webhook_id, "") == query.webhook_id)
    if query.states:
        statement = statement.where(func.coalesce(_D.state, "").in_([state.value for state in query.states]))
    return statement


def _of_state(state: State, webhook_id: WebhookId | None) -> Select[Any]:
    statement = DELIVERY.where(_D.state == state.value)
    if webhook_id is None:
        return statement
    if state is State.SENDING:  # not in the index by webhook, but never many
        return statement.where(func.coalesce(_D.webhook_id, "") == webhook_id)
    return statement.where(_D.webhook_id == webhook_id, NOT_SENDING)


def _place(query: DeliveryQuery, after: str | None) -> list[ColumnElement[bool]]:
    conditions = period(_D.created_at, query.since, query.until)
    if after is not None:
        conditions.append(tuple_(_D.created_at, _D.id) < tuple_(*of_cursor(after, tuple[int, str])))
    return conditions


def _first_due_of_each_webhook(connection: Connection) -> Iterator[int]:
    """Hops from webhook to webhook through the index of work, whose first entry of each is the oldest."""
    statement = select(_D.webhook_id, _D.due_at).where(IS_DUE_SOMETIME).order_by(_D.webhook_id, _D.due_at).limit(1)
    row = connection.execute(statement).one_or_none()
    while row is not None:
        yield row.due_at
        row = connection.execute(statement.where(_D.webhook_id > row.webhook_id)).one_or_none()


def _key(row: Any) -> tuple[int, str]:
    return row.created_at, row.id
