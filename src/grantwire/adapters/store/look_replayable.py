"""Deliveries that a replay job is to send again: found, or counted, a bounded piece at a time.

In: a connection that reads, what is wanted, how far an earlier piece came. Out: the next piece. Never: more rows looked
at than a piece has, however few of them are wanted; a list of all.

A job walks through the index by webhook: webhook after webhook, in each state by state in the order they were made.
What one piece found is merged up to where the shortest of its states reached, so the oldest comes first in each
webhook. Deliveries of one access request, or asked for by id, are few: they are found by what they belong to.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, TextClause, and_, case, exists, func, select, text, tuple_

from grantwire.adapters.store.look_deliveries import DELIVERY
from grantwire.adapters.store.pages import period
from grantwire.adapters.store.rows_delivery import of_delivery_row
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.tables import NOT_SENDING, deliveries, events
from grantwire.domain.delivery import Delivery, DeliveryId, State
from grantwire.domain.event_types import event_types
from grantwire.domain.replay import SENDABLE, Bookmark, Wanted
from grantwire.domain.replay_step import Counted, Found, Kind
from grantwire.domain.webhook import WebhookId

LOOKED_AT = 500  # rows of a state for one step, where few of them are wanted
_NO_PAYLOAD = "the payload of its event was removed"
_TYPES = tuple(event_types())
_D = deliveries.c
_E = events.c
_AGAIN = deliveries.alias("again")
_HAS_PAYLOAD = _E.digest.is_(None)
_FEW = WebhookId("")  # the webhook of a bookmark among those that are found by what they belong to
_ROWS = DELIVERY.add_columns(_E.type, _HAS_PAYLOAD.label("has_payload"))
_Key = tuple[int, str]


def find(connection: Connection, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Found:
    if wanted.is_few:
        return _find_few(connection, wanted, after=after, limit=limit)
    bookmark = after or _next_webhook(connection, wanted, WebhookId(""))
    if bookmark is None:
        return Found((), None)
    pieces = [_Piece(wanted, state, bookmark, size=max(limit, LOOKED_AT)) for state in _states(wanted)]
    ends = [end for piece in pieces if (end := piece.end(connection)) is not None]
    horizon = min(ends, default=None)
    rows = sorted((row for piece in pieces for row in piece.rows(connection, horizon, limit)), key=_key)
    if len(rows) > limit:
        rows = rows[:limit]
        horizon = _key(rows[-1])
    items = tuple(of_delivery_row(row) for row in rows if row.has_payload)
    refused = _of_emptied(len(rows) - len(items))
    if horizon is None:
        return Found(items, _next_webhook(connection, wanted, bookmark.webhook_id), refused)
    return Found(items, _bookmark(bookmark.webhook_id, horizon), refused)


def count(connection: Connection, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Counted:
    if wanted.is_few:
        return _count_few(connection, wanted, after=after, limit=limit)
    bookmark = after or _next_webhook(connection, wanted, WebhookId(""))
    if bookmark is None:
        return Counted({}, None, None, None)
    pieces = [_Piece(wanted, state, bookmark, size=limit) for state in _states(wanted)]
    ends = [end for piece in pieces if (end := piece.end(connection)) is not None]
    horizon = min(ends, default=None)
    tally = _Tally()
    for piece in pieces:
        tally.add(piece, connection.execute(piece.counts(horizon)).one())
    if horizon is None:
        return tally.counted(_next_webhook(connection, wanted, bookmark.webhook_id))
    return tally.counted(_bookmark(bookmark.webhook_id, horizon))


class _Piece:
    """The next rows of one webhook and state, up to a size."""

    def __init__(self, wanted: Wanted, state: State, bookmark: Bookmark, *, size: int) -> None:
        self.state = state
        self.webhook_id = bookmark.webhook_id
        self._types = wanted.event_types
        self._size = size
        self._ended = [] if wanted.ended_by is None else [_D.ended_at <= to_stamp(wanted.ended_by)]
        self._inside: tuple[ColumnElement[bool] | TextClause, ...] = (
            _D.webhook_id == bookmark.webhook_id,
            _D.state == state.value,
            NOT_SENDING,
            *period(_D.created_at, wanted.since, wanted.until),
            *_past(bookmark),
        )

    def end(self, connection: Connection) -> _Key | None:
        """The bookmark of its last row; None when there are no more behind it."""
        last = select(_D.created_at, _D.id).where(*self._inside).order_by(_D.created_at, _D.id)
        row = connection.execute(last.offset(self._size - 1).limit(1)).one_or_none()
        return None if row is None else (row.created_at, row.id)

    def rows(self, connection: Connection, horizon: _Key | None, limit: int) -> Sequence[Any]:
        """Those wanted, at most one more than `limit`."""
        statement = _ROWS.where(*self._inside, *_up_to(horizon), *self._ended, ~_was_replayed())
        if self._types:
            statement = statement.where(func.coalesce(_E.type, "").in_(self._types))
        return connection.execute(statement.order_by(_D.created_at, _D.id).limit(limit + 1)).all()

    def counts(self, horizon: _Key | None) -> Select[Any]:
        """One row for all: a busy process waits for each row that it fetches."""
        by_type: list[ColumnElement[Any]] = [
            func.count(case((and_(_E.type == name, _HAS_PAYLOAD), 1))).label(name) for name in _TYPES
        ]
        emptied = func.count(case((~_HAS_PAYLOAD, 1))).label("emptied")
        ends: tuple[ColumnElement[Any], ...] = (
            func.min(_D.created_at).label("oldest"),
            func.max(_D.created_at).label("newest"),
        )
        columns = [func.max(_D.webhook_name).label("name"), *ends, *by_type, emptied]
        statement: Select[Any] = (
            select(*columns)
            .join_from(deliveries, events, _E.seq == _D.event_seq)
            .where(*self._inside, *_up_to(horizon), *self._ended, ~_was_replayed())
        )
        return statement.where(func.coalesce(_E.type, "").in_(self._types)) if self._types else statement


class _Tally:
    def __init__(self) -> None:
        self._by_kind: Counter[Kind] = Counter()
        self._stamps: list[int] = []
        self.refused: Counter[str] = Counter()

    def add(self, piece: _Piece, row: Any) -> None:
        if row.oldest is None:
            return
        self._stamps += [row.oldest, row.newest]
        for name in _TYPES:
            if count_of := getattr(row, name):
                self._by_kind[(piece.webhook_id, row.name, piece.state, name)] += count_of
        self.refused += _of_emptied(row.emptied)

    def add_one(self, delivery: Delivery, type_: str) -> None:
        self._stamps.append(to_stamp(delivery.created_at))
        self._by_kind[(delivery.webhook_id, delivery.webhook_name, delivery.state, type_)] += 1

    def counted(self, reached: Bookmark | None) -> Counted:
        stamps = self._stamps
        oldest, newest = (of_stamp(min(stamps)), of_stamp(max(stamps))) if stamps else (None, None)
        return Counted(self._by_kind, oldest, newest, reached, self.refused)


# ── those that are few ───────────────────────────────────────────────────────────────────────────────────
def _find_few(connection: Connection, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Found:
    rows, reached = _few(connection, wanted, after=after, limit=limit)
    refused = Counter(why for row in rows if (why := _why_not(wanted, row)))
    items = tuple(of_delivery_row(row) for row in rows if _why_not(wanted, row) is None)
    return Found(items, reached, _told(wanted, refused, connection if after is None else None))


def _count_few(connection: Connection, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Counted:
    rows, reached = _few(connection, wanted, after=after, limit=limit)
    refused = Counter(why for row in rows if (why := _why_not(wanted, row)))
    tally = _Tally()
    for row in rows:
        if _why_not(wanted, row) is None:
            tally.add_one(of_delivery_row(row), row.type)
    tally.refused = _told(wanted, refused, connection if after is None else None)
    return tally.counted(reached)


def _few(
    connection: Connection, wanted: Wanted, *, after: Bookmark | None, limit: int
) -> tuple[Sequence[Any], Bookmark | None]:
    statement = _ROWS.add_columns(_was_replayed().label("was_replayed")).where(
        *period(_D.created_at, wanted.since, wanted.until), *(_past(after) if after is not None else ())
    )
    if wanted.delivery_ids:
        statement = statement.where(_D.id.in_(wanted.delivery_ids))
    if wanted.event_ids:
        statement = statement.where(_E.id.in_(wanted.event_ids))
    if wanted.access_request_id:
        statement = statement.where(_E.access_request_id == wanted.access_request_id)
    rows = connection.execute(statement.order_by(_D.created_at, _D.id).limit(limit + 1)).all()
    return rows[:limit], None if len(rows) <= limit else _bookmark(_FEW, _key(rows[limit - 1]))


def _why_not(wanted: Wanted, row: Any) -> str | None:
    """Why a delivery cannot be sent again, or is not wanted; the words are those of a job's refusals."""
    if wanted.webhook_ids and row.webhook_id not in wanted.webhook_ids:
        return "it is of another webhook"
    if wanted.event_types and row.type not in wanted.event_types:
        return "its event is of another type"
    if State(row.state) not in wanted.states:
        return f"it is {row.state}"
    if wanted.ended_by is not None and (row.ended_at is None or row.ended_at > to_stamp(wanted.ended_by)):
        return "it ended after the replay was asked for"
    if not row.has_payload:
        return _NO_PAYLOAD
    return "it was replayed already" if row.was_replayed else None


def _of_emptied(count: int) -> Counter[str]:
    return Counter({_NO_PAYLOAD: count}) if count else Counter()


def _told(wanted: Wanted, refused: Counter[str], connection: Connection | None) -> Counter[str]:
    """Who names a delivery is told why it is not sent; who names what it belongs to asks for what there is. With a
    connection those are counted that there are not."""
    if not wanted.delivery_ids:
        return Counter()
    if connection is not None:
        known = select(func.count()).select_from(select(_D.id).where(_D.id.in_(wanted.delivery_ids)).subquery())
        missing = len(set(wanted.delivery_ids)) - int(connection.execute(known).scalar_one())
        refused += Counter({"there is no such delivery": missing})
    return refused


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────
def _next_webhook(connection: Connection, wanted: Wanted, after: WebhookId) -> Bookmark | None:
    """Those asked for, in the order of their ids; else hops from one to the next through the index."""
    if wanted.webhook_ids:
        return next((Bookmark(one) for one in sorted(wanted.webhook_ids) if one > after), None)
    statement = select(_D.webhook_id).where(_D.webhook_id > after, NOT_SENDING).order_by(_D.webhook_id).limit(1)
    found = connection.execute(statement).scalar_one_or_none()
    return None if found is None else Bookmark(WebhookId(found))


def _states(wanted: Wanted) -> list[State]:
    return sorted(set(wanted.states) & SENDABLE)


def _was_replayed() -> ColumnElement[bool]:
    return exists().where(_AGAIN.c.replay_of == _D.id, text("again.replay_of IS NOT NULL"))


def _past(bookmark: Bookmark) -> list[ColumnElement[bool]]:
    if bookmark.created_at is None or bookmark.delivery_id is None:
        return []
    return [tuple_(_D.created_at, _D.id) > tuple_(to_stamp(bookmark.created_at), bookmark.delivery_id)]


def _up_to(horizon: _Key | None) -> list[ColumnElement[bool]]:
    return [] if horizon is None else [tuple_(_D.created_at, _D.id) <= tuple_(*horizon)]


def _bookmark(webhook_id: WebhookId, key: _Key) -> Bookmark:
    return Bookmark(webhook_id, of_stamp(key[0]), DeliveryId(key[1]))


def _key(row: Any) -> _Key:
    return row.created_at, row.id
