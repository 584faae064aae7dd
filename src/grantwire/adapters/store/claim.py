"""Leases due deliveries to one worker.

In: how many of which webhook, the times. Out: rows of what was leased, each with its event. Never: a row another
worker holds, the parsing of an event (that needs no transaction).
"""

from collections.abc import Mapping
from typing import NamedTuple

from grantwire.adapters.store.rows_delivery import is_again
from grantwire.adapters.store.writing import Writing
from grantwire.domain.delivery import Room, State
from grantwire.domain.webhook import WebhookId


class Due(NamedTuple):
    """A due delivery beside its event, in the order of the SELECT."""

    id: str
    webhook_id: str
    state: str
    attempts: int
    is_ambiguous: int
    doubt_since: int | None
    created_at: int
    due_at: int
    line: str | None
    event_id: str
    type: str
    family: str
    occurred_at: int
    accepted_at: int
    access_request_id: str | None
    body: bytes


def claim_due(
    writing: Writing,
    room: Mapping[WebhookId, Room],
    *,
    now: int,
    lease_until: int,
    token: str,
) -> list[Due]:
    """Oldest due first. What is still `sending` lost its worker on the way, so the target may have got it."""
    found: list[Due] = []
    for webhook_id, places in room.items():
        if places.most > 0:
            found += _due(writing, webhook_id, places, now)
    found.sort(key=_by_due)
    rows = [(State.SENDING.value, is_ambiguous(one), doubt_since(one), lease_until, token, one.id) for one in found]
    writing.hot.lease.run_each(writing.cursor, rows)
    return found


def _due(writing: Writing, webhook_id: WebhookId, places: Room, now: int) -> list[Due]:
    """Of one webhook. Where those that come again fill the answer, first attempts may wait behind them."""
    most = places.most
    if not places.again:
        return _first(writing, webhook_id, most, now)
    writing.hot.due.run(writing.cursor, (webhook_id, now, most))
    oldest = [Due._make(row) for row in writing.cursor.fetchall()]
    again = [one for one in oldest if is_again(one)]
    if len(again) <= places.again:
        return oldest
    taken = again[: places.again]
    others = [one for one in oldest if not is_again(one)]
    if len(oldest) == most:
        known = {one.id for one in others}
        others += [one for one in _first(writing, webhook_id, most, now) if one.id not in known]
    return [*taken, *others][:most]


def _first(writing: Writing, webhook_id: WebhookId, most: int, now: int) -> list[Due]:
    writing.hot.due_first.run(writing.cursor, (webhook_id, now, most))
    return [Due._make(row) for row in writing.cursor.fetchall()]


def is_ambiguous(due: Due) -> int:
    return 1 if due.is_ambiguous or due.state == State.SENDING.value else 0


def doubt_since(due: Due) -> int | None:
    """A worker that was lost sent its request before its lease ended, or was taken back, at the latest."""
    return due.due_at if due.state == State.SENDING.value else due.doubt_since


def _by_due(due: Due) -> tuple[int, str]:
    return due.due_at, due.id
