"""Replay: a durable job that sends many deliveries again.

In: which deliveries a person wants, what a step did. Out: the job as it stands. Never: the deliveries themselves (each
new one points at the one it repeats).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from grantwire.domain.delivery import REPLAYABLE, DeliveryId, State
from grantwire.domain.event import EventId
from grantwire.domain.webhook import WebhookId

ReplayId = NewType("ReplayId", str)


class ReplayState(StrEnum):
    """Pending while it is counted what there is to send; then running, until one of the other three."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = frozenset({ReplayState.PENDING, ReplayState.RUNNING})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries: every given field narrows, an empty one does not; values of one field are alternatives. Times
    are when the delivery was made: from `since` on and before `until`. With `ended_by` only what had ended by then."""

    webhook_ids: tuple[WebhookId, ...] = ()
    states: tuple[State, ...] = (State.DEAD,)
    event_types: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    access_request_id: str | None = None
    event_ids: tuple[EventId, ...] = ()
    delivery_ids: tuple[DeliveryId, ...] = ()
    ended_by: datetime | None = None

    @property
    def is_few(self) -> bool:
        """Whether they are found by what they belong to, rather than by walking through all there are."""
        return bool(self.access_request_id or self.event_ids or self.delivery_ids)


# Delivered ones only at an explicit wish (see `replay_form`).
SENDABLE = REPLAYABLE | {State.DELIVERED}


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a job came: everything of webhooks before this one, and of this one up to the delivery that was made then
    and has this id. Webhooks stand in the order of their ids."""

    webhook_id: WebhookId
    created_at: datetime | None = None
    delivery_id: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """A job. `found` counts what it is to send, known once it is running; `made` the new deliveries, `refused` the
    others by the reason. What is in none of these though the job is done went away meanwhile: replayed by somebody
    else, or removed. Only what had ended at `requested_at` is of this job. `next_at` is when a paced one goes on;
    `bookmark` is None at the beginning."""

    id: ReplayId
    wanted: Wanted
    state: ReplayState
    requested_by: str
    requested_at: datetime
    per_minute: int | None = None
    why: str = ""
    found: int = 0
    made: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    bookmark: Bookmark | None = None
    next_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def refused_count(self) -> int:
        return sum(self.refused.values())

    @property
    def gone(self) -> int:
        """Of a job that is done: counted at its start, and not there any more when their turn came."""
        return max(0, self.found - self.made - self.refused_count) if self.state is ReplayState.DONE else 0

    @property
    def share(self) -> float:
        """From 0 to 1; a job that is done has nothing left."""
        if self.state is ReplayState.DONE:
            return 1.0
        return min(1.0, (self.made + self.refused_count) / self.found) if self.found else 0.0
