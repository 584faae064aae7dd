"""Replay jobs and their rows.

In: jobs, or rows of `replays`. Out: the other. Never: SQL.
"""

from datetime import datetime
from typing import Any

import msgspec

from grantwire.adapters.store.stamps import of_stamp, of_stamp_or_none, to_stamp, to_stamp_or_none
from grantwire.adapters.store.texts import storable
from grantwire.domain.delivery import DeliveryId, State
from grantwire.domain.event import EventId
from grantwire.domain.replay import Bookmark, Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.webhook import WebhookId


class _Wanted(msgspec.Struct, omit_defaults=True):
    webhook_ids: list[str] = []
    states: list[State] = []
    event_types: list[str] = []
    since: datetime | None = None
    until: datetime | None = None
    access_request_id: str | None = None
    event_ids: list[str] = []
    delivery_ids: list[str] = []


def to_replay_row(replay: Replay) -> dict[str, Any]:
    return {
        "id": replay.id,
        "state": replay.state.value,
        "why": storable(replay.why),
        "wanted": _to_wanted(replay.wanted),
        "per_minute": replay.per_minute,
        "requested_by": storable(replay.requested_by),
        "requested_at": to_stamp(replay.requested_at),
        "started_at": to_stamp_or_none(replay.started_at),
        "ended_at": to_stamp_or_none(replay.ended_at),
        "found": replay.found,
        "made": replay.made,
        "refused": to_refused(dict(replay.refused)),
        "bookmark": to_bookmark(replay.bookmark),
        "next_at": to_stamp_or_none(replay.next_at),
    }


def of_replay_row(row: Any) -> Replay:
    return Replay(
        id=ReplayId(row.id),
        wanted=of_wanted(row.wanted),
        state=ReplayState(row.state),
        requested_by=row.requested_by,
        requested_at=of_stamp(row.requested_at),
        per_minute=row.per_minute,
        why=row.why,
        found=row.found,
        made=row.made,
        refused=of_refused(row.refused),
        bookmark=of_bookmark(row.bookmark),
        next_at=of_stamp_or_none(row.next_at),
        started_at=of_stamp_or_none(row.started_at),
        ended_at=of_stamp_or_none(row.ended_at),
    )


def to_refused(refused: dict[str, int]) -> str:
    return storable(msgspec.json.encode(refused).decode())


def of_refused(text: str) -> dict[str, int]:
    return msgspec.json.decode(text, type=dict[str, int])


def to_bookmark(bookmark: Bookmark | None) -> str | None:
    if bookmark is None:
        return None
    return msgspec.json.encode(
        (bookmark.webhook_id, to_stamp_or_none(bookmark.created_at), bookmark.delivery_id)
    ).decode()


def of_bookmark(text: str | None) -> Bookmark | None:
    if text is None:
        return None
    webhook_id, stamp, delivery_id = msgspec.json.decode(text, type=tuple[str, int | None, str | None])
    return Bookmark(
        WebhookId(webhook_id), of_stamp_or_none(stamp), None if delivery_id is None else DeliveryId(delivery_id)
    )


def _to_wanted(wanted: Wanted) -> str:
    made = _Wanted(
        webhook_ids=list(wanted.webhook_ids),
        states=list(wanted.states),
        event_types=list(wanted.event_types),
        since=wanted.since,
        until=wanted.until,
        access_request_id=wanted.access_request_id,
        event_ids=list(wanted.event_ids),
        delivery_ids=list(wanted.delivery_ids),
    )
    return storable(msgspec.json.encode(made).decode())


def of_wanted(text: str) -> Wanted:
    read = msgspec.json.decode(text, type=_Wanted)
    return Wanted(
        webhook_ids=tuple(map(WebhookId, read.webhook_ids)),
        states=tuple(read.states),
        event_types=tuple(read.event_types),
        since=read.since,
        until=read.until,
        access_request_id=read.access_request_id,
        event_ids=tuple(map(EventId, read.event_ids)),
        delivery_ids=tuple(map(DeliveryId, read.delivery_ids)),
    )
