"""Delivery: the promise to get one event to one webhook.

In: an event, a webhook and what was decided. Out: its states and the one table of legal moves between them.
Never: the writing of a state (that is the store's, in the transaction of what caused it).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from grantwire.domain.event import AccessRequestId, Event, EventId
from grantwire.domain.value import value
from grantwire.domain.webhook import WebhookId

DeliveryId = NewType("DeliveryId", str)


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    WAITING = "waiting"
    HELD = "held"
    BLOCKED = "blocked"
    DEAD = "dead"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


# The ONE table: from a state, which states may follow, and by what. The diagram in the docs is made from it.
MOVES: dict[State, dict[State, str]] = {
    State.PENDING: {
        State.SENDING: "claim",
        State.HELD: "pause",
        State.CANCELLED: "cancel",
        State.DEAD: "too old",
    },
    State.SENDING: {
        State.DELIVERED: "delivered",
        State.WAITING: "retry",
        State.HELD: "pause",
        State.DEAD: "give up",
        State.PENDING: "hand back",
        State.SENDING: "lease ran out, claimed anew",
        State.CANCELLED: "webhook deleted",
    },
    State.WAITING: {
        State.SENDING: "claim",
        State.HELD: "pause",
        State.PENDING: "retry now",
        State.CANCELLED: "cancel",
        State.DEAD: "too old",
    },
    State.HELD: {State.PENDING: "release", State.CANCELLED: "cancel", State.DEAD: "too old"},
    State.BLOCKED: {State.PENDING: "its turn", State.CANCELLED: "cancel"},
    State.DELIVERED: {},
    State.DEAD: {State.SKIPPED: "skip"},
    State.SKIPPED: {},
    State.CANCELLED: {},
}
# Nothing is sent for it any more. One that is dead may still hold the line of its access request, until it is skipped.
WEBHOOK_DELETED = "the webhook was deleted"
ENDED = frozenset({State.DELIVERED, State.DEAD, State.SKIPPED, State.CANCELLED})
REPLAYABLE = frozenset({State.DEAD, State.SKIPPED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Delivery:
    """`due_at` is when it may be sent next (while sending: when its lease runs out). `attempts` counts requests
    that were made or tried. `why` says what put it into its state. `replay_of` points at the delivery it repeats.
    `holds_line_until`: a dead one keeps later deliveries of its access request waiting, at most so long."""

    id: DeliveryId
    event_id: EventId
    webhook_id: WebhookId
    webhook_name: str
    access_request_id: AccessRequestId | None
    state: State
    why: str
    attempts: int
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    replay_of: DeliveryId | None = None
    holds_line_until: datetime | None = None


@value(frozen=True, slots=True)
class Claim:
    """A delivery leased to one worker with all it needs. `token` makes the settle a compare-and-set: whoever
    lost the lease writes nothing. `is_ambiguous`: an earlier attempt may have reached the target, which may still be
    at work on it if that was after `doubt_since`. `line` is set when later deliveries of this access request wait until
    this one has ended. `is_again`: it waited for this attempt after another one."""

    delivery_id: DeliveryId
    token: str
    event: Event
    webhook_id: WebhookId
    attempts_made: int
    created_at: datetime
    lease_until: datetime
    is_ambiguous: bool = False
    line: AccessRequestId | None = None
    doubt_since: datetime | None = None
    is_again: bool = False


class Room(NamedTuple):
    """How many claims a lane takes: `most` altogether, of these at most `again` that have been tried before."""

    most: int
    again: int
