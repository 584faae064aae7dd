"""Decode an event: a JSON object from outside becomes an `Event`, or every fault of it is told.

In: the envelope as parsed, its bytes, when it was accepted. Out: an `Event` whose envelope is what was sent.
Never: a changed envelope, or only the first fault.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event import AccessRequestId, Event, EventId, Family, Folded, ReadEnvelope
from grantwire.domain.event_types import SHAPES, EventType, event_type, hint_for
from grantwire.domain.moment import EPOCH, read_moment
from grantwire.domain.shape import IsFine, name_of, path_to

# Ids stand in URLs, headers and file names; 200 leaves room for any UUID, ULID or `source/number` with : for /.
_SAFE_ID = re.compile(r"[A-Za-z0-9._~:@+=-]{1,200}\Z")
_ID_RULE = "must be 1 to 200 of the characters A-Z a-z 0-9 . _ ~ : @ + = -"
CHECKS: Mapping[Family, IsFine] = {family: shape.is_fine() for family, shape in SHAPES.items()}


def read_event(
    raw: Mapping[str, Any],
    *,
    body: bytes,
    accepted_at: datetime,
    new_id: Callable[[], str],
    given_id: str | None = None,
    path: str = "",
    checks: Mapping[Family, IsFine] = CHECKS,
    read: ReadEnvelope | None = None,
) -> Event:
    """The event's id is `given_id` (a CloudEvents `id`), else the envelope's `event_id` or `id`, else `new_id()`.

    With `read`, which reads `body` again, the event comes folded. `path` is put before the paths of problems (`[3]` in
    a batch). `checks` may be quicker ones that answer the same.
    Raises `Refused` with every problem.
    """
    name = raw.get("event_type") if isinstance(raw, dict) else None
    kind = event_type(name) if type(name) is str else None
    own_id = given_id if given_id is not None else _own_id(raw)
    if kind is None or not checks[kind.family](raw) or not (own_id is None or is_safe_id(own_id)):
        raise Refused("the event is not valid", _problems(raw, given_id, path))
    return Event(
        id=EventId(own_id if own_id is not None else new_id()),
        type=kind.name,
        family=kind.family,
        occurred_at=read_moment(raw["event_time"]) or EPOCH,
        accepted_at=accepted_at,
        access_request_id=AccessRequestId(raw["data"]["id"]) if kind.family is Family.REQUEST else None,
        envelope=raw if read is None else Folded(body, read),
        body=body,
    )


def _own_id(raw: object) -> Any:
    if not isinstance(raw, dict):
        return None
    own_id = raw.get("event_id")
    return own_id if own_id is not None else raw.get("id")


def is_safe_id(own_id: object) -> bool:
    return type(own_id) is str and _SAFE_ID.match(own_id) is not None


def _problems(raw: object, given_id: object, path: str) -> Iterator[Problem]:
    if not isinstance(raw, dict):
        yield Problem(path, f"must be an object with event_type, event_time and data, found {name_of(raw)}")
        return
    if given_id is not None and not is_safe_id(given_id):
        yield Problem(path_to(path, "id"), _ID_RULE)
    elif given_id is None:
        field = "event_id" if raw.get("event_id") is not None else "id"
        if not (raw.get(field) is None or is_safe_id(raw[field])):
            yield Problem(path_to(path, field), _ID_RULE, "Leave it out to be given one.")
    name = raw.get("event_type")
    kind = event_type(name) if isinstance(name, str) else None
    if kind is None and isinstance(name, str) and name:
        yield Problem(path_to(path, "event_type"), f"{name[:80]!r} is no known event type.", hint_for(name))
    yield from SHAPES[_likely_family(kind, raw)].problems(raw, path)


def _likely_family(kind: EventType | None, raw: Mapping[str, Any]) -> Family:
    """With a type that is not known, the family whose fields the event has; so its other faults are told too."""
    if kind is not None:
        return kind.family
    data = raw.get("data")
    found = data if isinstance(data, dict) else {}
    if "action" in found or "actor_id" in found:
        return Family.AUDIT
    return Family.INTEGRATION if "issues" in found else Family.REQUEST
