"""Due times after a leap of the wall clock.

In: webhooks, times. Out: how far it came. Never: a change of a state, or of a delivery that is due already.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update

from grantwire.adapters.store.part import Part
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.tables import IS_DUE_SOMETIME, deliveries
from grantwire.adapters.store.writing import Writing
from grantwire.domain.delivery import State
from grantwire.domain.webhook import WebhookId
from grantwire.ports import LeapPlace

_D = deliveries.c
_DUE_AT = update(deliveries).where(_D.id == bindparam("delivery")).values(due_at=bindparam("due"))


class Leaps(Part):
    async def extend_leases(self, *, lease_until: datetime) -> int:
        return int(await self._write(lambda writing: extend_leases(writing, lease_until=to_stamp(lease_until))))

    async def bring_forward(
        self, webhook_ids: Sequence[WebhookId], *, now: datetime, by: timedelta, limit: int, after: LeapPlace | None
    ) -> LeapPlace | None:
        stamp, earlier = to_stamp(now), by // timedelta(microseconds=1)
        place: LeapPlace | None = await self._write(
            lambda writing: bring_forward(writing, webhook_ids, now=stamp, by=earlier, limit=limit, after=after)
        )
        return place


def extend_leases(writing: Writing, *, lease_until: int) -> int:
    sending = update(deliveries).where(_D.state == State.SENDING.value)
    return int(writing.sql.execute(sending.values(due_at=lease_until)).rowcount)


def bring_forward(
    writing: Writing, webhook_ids: Sequence[WebhookId], *, now: int, by: int, limit: int, after: LeapPlace | None
) -> LeapPlace | None:
    """In the order of due times: what was brought forward lies behind the place and is not met again."""
    last: LeapPlace | None = None
    for webhook_id in webhook_ids:
        rows = _due_later(writing, webhook_id, after=after or (now, ""), limit=limit)
        earlier = [{"delivery": row.id, "due": due} for row in rows if (due := _due(row, now, by)) is not None]
        if earlier:
            writing.sql.execute(_DUE_AT, earlier)
        if len(rows) == limit:
            place = (rows[-1].due_at, rows[-1].id)
            last = place if last is None else min(last, place)
    return last


def _due_later(writing: Writing, webhook_id: WebhookId, *, after: LeapPlace, limit: int) -> Sequence[Any]:
    found = (
        select(_D.id, _D.state, _D.due_at)
        .where(_D.webhook_id == webhook_id, IS_DUE_SOMETIME, _D.due_at >= after[0], tuple_(_D.due_at, _D.id) > after)
        .order_by(_D.due_at, _D.id)
        .limit(limit)
    )
    return writing.sql.execute(found).all()


def _due(row: Any, now: int, by: int) -> int | None:
    """None where nothing is to be done: a lease is somebody's."""
    if row.state == State.PENDING.value:
        return now
    if row.state == State.WAITING.value and by:
        return max(now, int(row.due_at) + by)
    return None
