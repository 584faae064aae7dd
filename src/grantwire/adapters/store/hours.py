"""What each webhook's invocations of an hour came to, added up from the attempts.

In: attempts that are not counted yet. Out: sums by webhook and hour. Never: work in the transaction that settles.

Attempts are read past a cursor by their number, which grows in the order of the commits: SQLite has one writer at a
time. The sums and the new cursor are written in one transaction that first looks whether the cursor is still where it
was, so a crash, or a second sweep, counts nothing twice and loses nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, tuple_

from grantwire.adapters.store.hour_sums import Counted, Sum, counted_of, sums_of
from grantwire.adapters.store.part import Part
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.statements import native_insert
from grantwire.adapters.store.tables import attempts, deliveries, meta, webhook_hours
from grantwire.adapters.store.writing import Writing
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId
from grantwire.domain.webhook_hour import BUCKETS, WebhookHour

_H = webhook_hours.c
_CURSOR = "rolled_up_to"
_LATENCIES = tuple(f"latency_{bucket}" for bucket in range(BUCKETS))
_ADDED = ("delivered", "failed", *_LATENCIES)


class Hours(Part):
    """Fills the HourStore port."""

    async def roll_up(self, *, limit: int) -> int:
        cursor, new = await self._reader.ask(lambda connection: _uncounted(connection, limit))
        if new:
            sums = sums_of(new)
            await self._write(lambda writing: _add(writing, sums, cursor=cursor, reached=new[-1].seq))
        return len(new)

    async def webhook_hours(self, *, since: datetime, webhook_id: WebhookId | None = None) -> Sequence[WebhookHour]:
        return await self._reader.ask(lambda connection: _hours(connection, to_stamp(since), webhook_id))

    async def last_hours(self, webhook_ids: Sequence[WebhookId]) -> Sequence[WebhookHour]:
        return await self._reader.ask(lambda connection: _last_hours(connection, webhook_ids))


def _uncounted(connection: Connection, limit: int) -> tuple[int, Sequence[Counted]]:
    cursor = rolled_up_to(connection)
    statement = (
        select(attempts.c.seq, attempts.c.started_at, attempts.c.verdict, attempts.c.detail, deliveries.c.webhook_id)
        .join_from(attempts, deliveries, deliveries.c.id == attempts.c.delivery_id, isouter=True)
        .where(attempts.c.seq > cursor)
        .order_by(attempts.c.seq)
        .limit(limit)
    )
    return cursor, [counted_of(row) for row in connection.execute(statement)]


def rolled_up_to(connection: Connection) -> int:
    found = connection.execute(select(meta.c.value).where(meta.c.key == _CURSOR)).scalar_one_or_none()
    return int(found or 0)


def _add(writing: Writing, sums: Mapping[tuple[str, int], Sum], *, cursor: int, reached: int) -> None:
    if rolled_up_to(writing.sql) != cursor:
        return
    rows = [_to_row(webhook_id, hour, one) for (webhook_id, hour), one in sums.items()]
    if rows:
        writing.sql.execute(_adding(writing, rows))
    moved = native_insert(meta, writing.sql.dialect).values(key=_CURSOR, value=str(reached))
    writing.sql.execute(moved.on_conflict_do_update(index_elements=["key"], set_={"value": str(reached)}))


def _adding(writing: Writing, rows: list[dict[str, Any]]) -> Any:
    """The later invocation of the two is the last one."""
    statement = native_insert(webhook_hours, writing.sql.dialect).values(rows)
    new = statement.excluded
    changed: dict[str, Any] = {name: _H[name] + new[name] for name in _ADDED}
    changed["last_at"], changed["last_verdict"] = new.last_at, new.last_verdict
    return statement.on_conflict_do_update(index_elements=["webhook_id", "hour"], set_=changed)


def _to_row(webhook_id: str, hour: int, one: Sum) -> dict[str, Any]:
    return {
        "webhook_id": webhook_id,
        "hour": hour,
        "delivered": one.delivered,
        "failed": one.failed,
        **dict(zip(_LATENCIES, one.latencies, strict=True)),
        "last_at": one.last_at,
        "last_verdict": one.last_verdict,
    }


def _hours(connection: Connection, since: int, webhook_id: WebhookId | None) -> Sequence[WebhookHour]:
    statement = select(webhook_hours).where(_H.hour >= since - since % 3_600_000_000)
    if webhook_id is not None:
        statement = statement.where(_H.webhook_id == webhook_id)
    return _of_rows(connection.execute(statement.order_by(_H.hour, _H.webhook_id)))


def _last_hours(connection: Connection, webhook_ids: Sequence[WebhookId]) -> Sequence[WebhookHour]:
    """One search of the primary key for each webhook."""
    latest = select(_H.webhook_id, func.max(_H.hour)).where(_H.webhook_id.in_(webhook_ids)).group_by(_H.webhook_id)
    keys = [tuple(row) for row in connection.execute(latest)]
    if not keys:
        return ()
    return _of_rows(connection.execute(select(webhook_hours).where(tuple_(_H.webhook_id, _H.hour).in_(keys))))


def _of_rows(rows: Iterable[Row[Any]]) -> Sequence[WebhookHour]:
    return [
        WebhookHour(
            webhook_id=WebhookId(row.webhook_id),
            hour=of_stamp(row.hour),
            delivered=row.delivered,
            failed=row.failed,
            latencies=tuple(getattr(row, name) for name in _LATENCIES),
            last_at=of_stamp(row.last_at),
            last_verdict=VerdictKind(row.last_verdict),
        )
        for row in rows
    ]
