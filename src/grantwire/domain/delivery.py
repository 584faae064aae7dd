"""Delivery: the promise to get one event to one webhook.

In: an event, a webhook and what was decided. Out: its states and the one table of legal moves between them.
Never: the writing of a state (that is the store's, in the transaction of what caused it).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from grantwire.domain.event import AccessRequestId, Event, EventId
from grantwire.domain.webhook import WebhookId

DeliveryId = NewType("DeliveryId", str)


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    WAITING = "waiting"
    HELD = "held"
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
    State.DELIVERED: {},
    State.DEAD: {},
    State.SKIPPED: {},
    State.CANCELLED: {},
}
ENDED = frozenset(state for state, moves in MOVES.items() if not moves)
REPLAYABLE = frozenset({State.DEAD, State.SKIPPED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Delivery:
    """`due_at` is when it may be sent next (while sending: when its lease runs out). `attempts` counts requests
    that were made or tried. `why` says what put it into its state. `replay_of` points at the delivery it repeats."""

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


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery leased to one worker with all it needs. `token` makes the settle a compare-and-set: whoever
    lost the lease writes nothing. `is_ambiguous`: an earlier attempt may have reached the target. `is_again`: it waited
    for this attempt after another one."""

    delivery_id: DeliveryId
    token: str
    event: Event
    webhook_id: WebhookId
    attempts_made: int
    created_at: datetime
    lease_until: datetime
    is_ambiguous: bool = False
    is_again: bool = False
