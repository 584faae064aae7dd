"""What the trip of a delivery asks of the store.

In: admissions, claims, settlements. Out: claims, deliveries, counts. Never: a word of what fills the port.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from grantwire.domain.attempt import Attempt
from grantwire.domain.delivery import Claim, Delivery, DeliveryId, Room, State
from grantwire.domain.line import Line
from grantwire.domain.receipt import Receipt
from grantwire.domain.replay_step import NewReplay
from grantwire.domain.value import value
from grantwire.domain.webhook import WebhookId
from grantwire.ports.store.admission import Acceptance, Admission


@value(frozen=True, slots=True)
class Settlement:
    """Everything that follows from one trip, written in one transaction. `state` is what the delivery becomes;
    `due_at` when it is due again. `uses_attempt` is false for waiting that is not failing. A dead one of a line holds
    it until `holds_line_until`; any other end lets the next one go."""

    claim: Claim
    state: State
    why: str
    settled_at: datetime
    due_at: datetime | None = None
    attempt: Attempt | None = None
    receipt: Receipt | None = None
    uses_attempt: bool = True
    is_ambiguous: bool = False
    doubt_since: datetime | None = None
    holds_line_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of what has not ended, the age of the most overdue delivery, and how many lines a dead one holds."""

    by_state: Mapping[State, int]
    oldest_past_due_seconds: float
    lines_held: int = 0


class DeliveryStore(Protocol):
    """The trip of events and deliveries. Every call is one transaction; concurrent ones share a commit.

    Raises `NotNow` when the store cannot write now (disk full, locked): then nothing was written."""

    async def accept(self, admissions: Sequence[Admission]) -> Sequence[Acceptance]:
        """Writes all admissions or none: with a conflicting one among them nothing of the call is written."""

    async def claim(self, room: Mapping[WebhookId, Room], *, now: datetime, lease_until: datetime) -> Sequence[Claim]:
        """Leases due deliveries, for each webhook named in `room` at most so many, oldest due first; includes those
        whose lease ran out (these are ambiguous). One index search per webhook: the backlog of one never costs another.
        A second only where more wait to be tried again than there is room for: first attempts are beyond them."""

    async def settle(self, settlement: Settlement) -> bool:
        """False when the lease was lost meanwhile: then only the attempt is recorded."""

    async def settle_in_line(self, settlement: Settlement) -> bool:
        """The same for a claim that stands in a line; whether the next one of it is due now."""

    async def hand_back(self, claims: Sequence[Claim]) -> None:
        """Gives leases up; the deliveries are due at once."""

    async def take_back(self, *, now: datetime) -> int:
        """Makes every claim due at once, as if its lease had run out; how many there were. For a process that knows
        itself alone with the store, at its start: what is leased then belongs to one that died."""

    async def next_due_at(self, webhook_ids: Sequence[WebhookId]) -> datetime | None:
        """When the earliest delivery of these webhooks that is pending or waits, or whose lease runs out, is due;
        None when there is none. One index search per webhook."""

    async def hold(self, webhook_id: WebhookId, *, why: str, limit: int) -> int:
        """Moves up to `limit` pending and waiting deliveries of a webhook to held; how many were moved."""

    async def release(self, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
        """Moves up to `limit` held deliveries of a webhook to pending, oldest first; how many were moved."""

    async def expire(
        self, webhook_id: WebhookId, *, created_before: datetime, now: datetime, why: str, limit: int
    ) -> int:
        """Up to `limit` deliveries of a webhook that were made earlier, and are held, waiting or pending, become dead;
        how many. One index search for each of the three states."""

    async def retry_now(self, delivery_id: DeliveryId, *, now: datetime) -> Delivery:
        """A waiting or held delivery becomes due. Raises `Refused` for an unknown id or another state."""

    async def cancel(self, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
        """Raises `Refused` for an unknown id, an ended delivery, or one that is being sent."""

    async def skip(self, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
        """A dead delivery that holds its line lets it go on. Raises `Refused` for an unknown id or any other."""

    async def replay(self, replays: Sequence[NewReplay], *, now: datetime) -> Sequence[Delivery]:
        """New deliveries of the same events to the same webhooks, one for each that has ended without success. Raises
        `Refused` for an unknown id or another state; then nothing is written."""

    async def cancel_all(self, webhook_id: WebhookId, *, now: datetime, why: str, limit: int) -> int:
        """Cancels up to `limit` deliveries of a webhook that have not ended and are not being sent."""

    async def let_lines_go(self, *, now: datetime, limit: int) -> Sequence[WebhookId]:
        """Up to `limit` lines that a dead delivery has held long enough go on; the webhook of each. One index search
        when there is none."""

    async def mend_lines(self, *, after: Line | None, now: datetime, limit: int) -> tuple[Line | None, int]:
        """Looks at up to `limit` lines, one index search each, from the one behind `after` on: those with nobody in
        turn go on. Where to go on (None at the end), and how many were mended."""

    async def dissolve_lines(self, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
        """Of a webhook that keeps no order any more: up to `limit` blocked deliveries become pending, then as many dead
        ones hold their lines no longer; how many. One index search for each when there is none."""

    async def backlog(self, *, now: datetime, most: int | None = None) -> Backlog:
        """With `most` each state is counted only so far: the time of a count grows with the number."""
