"""Event: a fact about access that already happened.

In: the envelope (`event_type`, `event_time`, `data`) as its sender wrote it. Out: a frozen value that is never edited.
Never: a guess at a missing fact.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NewType

from grantwire.domain.value import value

EventId = NewType("EventId", str)
AccessRequestId = NewType("AccessRequestId", str)


class Family(StrEnum):
    """Which kind of fact; a webhook's `kind` names the family it takes."""

    REQUEST = "request"
    AUDIT = "audit"
    INTEGRATION = "integration"


# The envelope of an event whose payload was kept long enough and is gone, while its record stays.
REMOVED: Mapping[str, Any] = MappingProxyType({"data": MappingProxyType({})})

ReadEnvelope = Callable[[bytes], Mapping[str, Any]]


class Folded(Mapping[str, Any]):
    """An envelope as its bytes, read anew each time it is asked for something: what waits for its turn is one block of
    memory instead of sixty objects that have gone cold when they are needed (decision 0007)."""

    __slots__ = ("_body", "_read")

    def __init__(self, body: bytes, read: ReadEnvelope) -> None:
        self._body = body
        self._read = read

    def unfold(self) -> Mapping[str, Any]:
        return self._read(self._body)

    def __getitem__(self, key: str) -> Any:
        return self.unfold()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.unfold())

    def __len__(self) -> int:
        return len(self.unfold())


@value(frozen=True, slots=True)
class Event:
    """`type` is the canonical trigger name (`RequestCreated`); `envelope` is the JSON object as sent, extra fields
    included, and is what templates and filters read; while the event waits it is `Folded`. `body` is its exact bytes
    for the store and the digest."""

    id: EventId
    type: str
    family: Family
    occurred_at: datetime
    accepted_at: datetime
    access_request_id: AccessRequestId | None
    envelope: Mapping[str, Any]
    body: bytes

    @property
    def is_payload_removed(self) -> bool:
        return self.envelope is REMOVED

    def unfolded(self) -> "Event":
        """The same event with its envelope read, for whoever asks it more than once."""
        return replace(self, envelope=self.envelope.unfold()) if isinstance(self.envelope, Folded) else self

    def document(self) -> Mapping[str, Any]:
        """The envelope as plain objects and lists, which templates can walk and readers can write."""
        envelope = self.envelope
        return envelope.unfold() if isinstance(envelope, Folded) else envelope
