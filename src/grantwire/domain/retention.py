"""Retention: how long what is on record is kept, each kind for itself.

In: days from the settings. Out: before which moment something must have ended to go; what a sweep did.
Never: a removal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Types of events after which an access request has nothing more to say.
ENDS_REQUEST = frozenset({"RequestRejected", "RequestExpired"})

# What to say beside "the payload was removed".
KEPT_SHORTER = "Payloads may be kept for a shorter time than their record: see GRANTWIRE_KEEP_PAYLOADS_DAYS."

LONGEST_DAYS = 36_500  # a century; beyond it is for ever

Place = tuple[int, int]  # of an event in the order of acceptance; opaque outside the store


class Kind(StrEnum):
    """What is removed, in the order in which an event usually loses it: the bodies of the event and of the requests
    and answers it led to; the attempts; the deliveries; the event itself."""

    PAYLOADS = "payloads"
    ATTEMPTS = "attempts"
    DELIVERIES = "deliveries"
    EVENTS = "events"


_TAKEN_ALONG_BY = {
    Kind.PAYLOADS: (Kind.EVENTS,),
    Kind.ATTEMPTS: (Kind.DELIVERIES, Kind.EVENTS),
    Kind.DELIVERIES: (Kind.EVENTS,),
    Kind.EVENTS: (),
}


@dataclass(frozen=True, slots=True)
class Retention:
    """Days, counted from when the last delivery of an event ended; 0 is for ever. `payloads` 0 is as long as what they
    belong to."""

    events: int
    deliveries: int
    attempts: int
    payloads: int

    def days(self, kind: Kind) -> int:
        return int(getattr(self, kind.value))

    def before(self, kind: Kind, now: datetime) -> datetime | None:
        """What ended before this moment may go; None where nothing of the kind goes by itself: it is kept for ever, or
        goes with what takes it along."""
        days = self.days(kind)
        if days == 0 or any(0 < self.days(other) <= days for other in _TAKEN_ALONG_BY[kind]):
            return None
        return now - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Outdated:
    """Events, by number, that look as if the kind could go from them, each with how many rows that touches, up to
    `reached`; `is_end` when no older ones than asked for are left behind it."""

    found: tuple[tuple[int, int], ...]
    reached: Place | None
    is_end: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """How many records went; `payloads` counts the events whose bodies went before the record."""

    events: int = 0
    deliveries: int = 0
    attempts: int = 0
    payloads: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(
            self.events + other.events,
            self.deliveries + other.deliveries,
            self.attempts + other.attempts,
            self.payloads + other.payloads,
        )

    @property
    def total(self) -> int:
        return self.events + self.deliveries + self.attempts + self.payloads

    def by_kind(self) -> dict[Kind, int]:
        return {kind: int(getattr(self, kind.value)) for kind in Kind}


@dataclass(frozen=True, slots=True)
class Sweep:
    """The last one that went through everything that is old enough."""

    ended_at: datetime
    removed: Removed


@dataclass(frozen=True, slots=True)
class FileSize:
    """Of the database file: `free_bytes` of it are used again before it grows."""

    file_bytes: int
    free_bytes: int

    @property
    def words(self) -> str:
        return f"{self.file_bytes / 2**20:,.1f} MiB, {self.free_bytes / 2**20:,.1f} MiB of it free"
