"""Pages of events and deliveries that are found by what the events say.

In: a connection that reads, a query with `says`. Out: pages, newest first by the number of the event. Never: a search
without a bound: a page that is not full after so many events says how far it looked.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, func

from grantwire.adapters.store.look_facts import Wish, accepted_at, bounds, pieces
from grantwire.adapters.store.pages import of_cursor, period, to_cursor
from grantwire.adapters.store.rows_delivery import of_delivery_row
from grantwire.adapters.store.rows_event import of_event_row
from grantwire.adapters.store.stamps import of_stamp
from grantwire.adapters.store.tables import deliveries, events
from grantwire.domain.delivery import Delivery
from grantwire.domain.event import Event
from grantwire.ports import DeliveryQuery, EventQuery, Page

T = TypeVar("T")
Rows = Select[Any]
_D = deliveries.c
_E = events.c
_MARK = "said"  # tells these cursors from those of the other lists
_Place = tuple[int, str]
_Look = Callable[[Sequence[int]], list[Any]]


def is_by_facts(cursor: str) -> bool:
    """Whether a page of this kind gave the cursor. Raises `Refused` for text that no page gave."""
    return of_cursor(cursor, list[int | str])[:1] == [_MARK]


def events_by_facts(
    connection: Connection, query: EventQuery, wishes: Sequence[Wish], *, limit: int, after: str | None, all_rows: Rows
) -> Page[Event]:
    """`all_rows` selects events."""
    conditions = period(_E.accepted_at, query.since, query.until)
    if query.type is not None:  # an expression, so that it is not taken for an index search
        conditions.append(func.coalesce(_E.type, "") == query.type)

    def look(seqs: Sequence[int]) -> list[Any]:
        statement = all_rows.where(_E.seq.in_(seqs), *conditions).order_by(_E.seq.desc())
        return list(connection.execute(statement.limit(limit + 2)))  # the row of the cursor may be among them

    search = _Search(connection, wishes, limit=limit, after=after)
    return search.page(query, look, value=of_event_row, key=lambda row: (row.seq, ""))


def deliveries_by_facts(
    connection: Connection,
    query: DeliveryQuery,
    wishes: Sequence[Wish],
    *,
    limit: int,
    after: str | None,
    all_rows: Any,
) -> Page[Delivery]:
    """`all_rows` selects deliveries beside their events."""
    conditions = period(_D.created_at, query.since, query.until)
    if query.webhook_id is not None:
        conditions.append(func.coalesce(_D.webhook_id, "") == query.webhook_id)
    if query.states:
        conditions.append(func.coalesce(_D.state, "").in_([state.value for state in query.states]))

    def look(seqs: Sequence[int]) -> list[Any]:
        statement = all_rows.where(_D.event_seq.in_(seqs), *conditions)
        rows = list(connection.execute(statement))
        return sorted(rows, key=_delivery_key, reverse=True)

    search = _Search(connection, wishes, limit=limit, after=after)
    return search.page(query, look, value=of_delivery_row, key=_delivery_key)


class _Search:
    """Looks piece by piece until a page is full, everything was seen, or enough was looked at."""

    def __init__(self, connection: Connection, wishes: Sequence[Wish], *, limit: int, after: str | None) -> None:
        self._connection = connection
        self._wishes = wishes
        self._limit = limit
        self._after = None if after is None else of_cursor(after, tuple[str, int, str])[1:]

    def page(
        self, query: EventQuery | DeliveryQuery, look: _Look, *, value: Callable[[Any], T], key: Callable[[Any], _Place]
    ) -> Page[T]:
        above, below = bounds(self._connection, query.since, query.until)
        if self._after is not None:
            below = min(below, self._after[0] + 1)
        rows: list[Any] = []
        reached = above
        for piece in pieces(self._connection, self._wishes, below=below, above=above):
            reached = piece.looked_down_to
            seen = look(piece.seqs) if piece.seqs else []
            rows += [row for row in seen if self._after is None or key(row) < self._after]
            if len(rows) > self._limit:
                return Page(tuple(map(value, rows[: self._limit])), _cursor(key(rows[self._limit - 1])))
        found = tuple(map(value, rows))
        if reached <= above:
            return Page(found, None)
        stamp = accepted_at(self._connection, reached)
        return Page(found, _cursor((reached, "")), None if stamp is None else of_stamp(stamp))


def _cursor(place: _Place) -> str:
    return to_cursor((_MARK, *place))


def _delivery_key(row: Any) -> _Place:
    return row.event_seq, row.id
