"""Events and their rows.

In: events, or rows of `events`. Out: the other. Never: SQL.
"""

from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Row

from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.domain.event import REMOVED, AccessRequestId, Event, EventId, Family, Folded

EVENT_COLUMNS = ("seq", "id", "type", "family", "occurred_at", "accepted_at", "access_request_id", "body")


def to_event_row(event: Event, accepted_at: int) -> tuple[object, ...]:
    """In the order of `EVENT_COLUMNS` but the first, `seq`, which is known only when it is written."""
    return (
        event.id,
        event.type,
        event.family.value,
        to_stamp(event.occurred_at),
        accepted_at,
        event.access_request_id,
        event.body,
    )


def of_event_row(row: Row[Any] | Any) -> Event:
    """From a row that has the event's columns under their names (`event_id` for `id`)."""
    return Event(
        id=EventId(row.event_id),
        type=row.type,
        family=Family(row.family),
        occurred_at=of_stamp(row.occurred_at),
        accepted_at=of_stamp(row.accepted_at),
        access_request_id=None if row.access_request_id is None else AccessRequestId(row.access_request_id),
        envelope=Folded(row.body, msgspec.json.decode) if row.body else REMOVED,
        body=row.body,
    )


class Digest(bytes):
    """Of a body that is no longer on record."""


def digest_of(body: bytes) -> Digest:
    """The same for every way to write the same JSON value."""
    return Digest(sha256(_canonical(body)).digest())


def is_same_content(one: bytes | Digest, other: bytes) -> bool:
    """The same bytes, or the same JSON value written differently (order of keys, spaces)."""
    if isinstance(one, Digest):
        return one == digest_of(other)
    return one == other or _canonical(one) == _canonical(other)


def _canonical(body: bytes) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(body), order="sorted")
