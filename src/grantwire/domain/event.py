"""Event: a fact about access that already happened.

In: the envelope (`event_type`, `event_time`, `data`) as its sender wrote it. Out: a frozen value that is never edited.
Never: a guess at a missing fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

EventId = NewType("EventId", str)
AccessRequestId = NewType("AccessRequestId", str)


class Family(StrEnum):
    """Which kind of fact; a webhook's `kind` names the family it takes."""

    REQUEST = "request"
    AUDIT = "audit"
    INTEGRATION = "integration"


@dataclass(frozen=True, slots=True)
class Event:
    """`type` is the canonical trigger name (`RequestCreated`); `envelope` is the JSON object as sent, extra fields
    included, and is what templates and filters read. `body` is its exact bytes for the store and the digest."""

    id: EventId
    type: str
    family: Family
    occurred_at: datetime
    accepted_at: datetime
    access_request_id: AccessRequestId | None
    envelope: Mapping[str, Any]
    body: bytes
