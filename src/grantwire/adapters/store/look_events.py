"""Questions about events.

In: a connection that reads, a query. Out: events. Never: a write, a scan of the table.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select, tuple_

from grantwire.adapters.store.look_by_facts import events_by_facts
from grantwire.adapters.store.look_facts import wishes_of
from grantwire.adapters.store.pages import of_cursor, page_of, period
from grantwire.adapters.store.rows_event import of_event_row
from grantwire.adapters.store.tables import events
from grantwire.domain.event import Event, EventId
from grantwire.ports import EventQuery, Page

_E = events.c
EVENT = select(
    *(_E.seq, _E.id.label("event_id"), _E.type, _E.family, _E.occurred_at, _E.accepted_at, _E.access_request_id),
    _E.body,
)


def event(connection: Connection, event_id: EventId) -> Event | None:
    row = connection.execute(EVENT.where(_E.id == event_id)).one_or_none()
    return None if row is None else of_event_row(row)


def events_named(connection: Connection, event_ids: Sequence[EventId]) -> Sequence[Event]:
    rows = connection.execute(EVENT.where(_E.id.in_(event_ids)))
    return [of_event_row(row) for row in rows]


def events_page(connection: Connection, query: EventQuery, *, limit: int, after: str | None) -> Page[Event]:
    wishes = wishes_of(connection, query.says)
    if any(not wish.value_ids for wish in wishes):
        return Page((), None)
    if wishes and query.access_request_id is None:
        return events_by_facts(connection, query, wishes, limit=limit, after=after, all_rows=EVENT)
    conditions = period(_E.accepted_at, query.since, query.until)
    conditions += [wish.holds_for(_E.seq) for wish in wishes]
    if query.type is not None:
        conditions.append(_E.type == query.type)
    if query.access_request_id is not None:
        conditions.append(_E.access_request_id == query.access_request_id)
    if after is not None:
        conditions.append(tuple_(_E.accepted_at, _E.seq) < tuple_(*of_cursor(after, tuple[int, int])))
    newest_first = (_E.accepted_at.desc(), _E.seq.desc())
    rows = connection.execute(EVENT.where(*conditions).order_by(*newest_first).limit(limit + 1)).all()
    return page_of(rows, limit=limit, value=of_event_row, key=lambda row: (row.accepted_at, row.seq))
