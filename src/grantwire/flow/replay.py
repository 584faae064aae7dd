"""Replay: retry now, cancel, skip, or send again what ended without success.

In: delivery ids, or which of a webhook's deliveries, and who asks. Out: deliveries as they now are; of a dry run, what
would be sent. Never: an edit of what already ended (a replay is a new delivery that points at the old one), or a second
replay of one delivery by a replay of many.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grantwire.domain.delivery import REPLAYABLE, Delivery, DeliveryId, State
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.webhook import Order, Webhook, WebhookId
from grantwire.flow.roster import Roster
from grantwire.flow.work import Work
from grantwire.ports import Clock, DeliveryQuery, Dice, NewReplay, Observer, Store
from grantwire.steps.admit import why_held

MOST = 5_000  # deliveries of one replay of many: what a person can wait for
STEP = 250  # deliveries of one transaction: small enough that accepts in between do not wait
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries of a webhook: in one of `states` (none: all that can be replayed), created from `since` on and
    before `until`."""

    webhook_id: WebhookId
    states: tuple[State, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay of many would send: how many by state, of what time, the first few. `has_more` beyond `MOST`;
    `held_why` says why they would wait for a person."""

    by_state: dict[State, int]
    oldest_at: datetime | None
    newest_at: datetime | None
    first: tuple[Delivery, ...]
    has_more: bool
    held_why: str | None

    @property
    def count(self) -> int:
        return sum(self.by_state.values())


class Replay:
    def __init__(
        self, *, store: Store, roster: Roster, work: Work, clock: Clock, dice: Dice, observer: Observer
    ) -> None:
        self._store = store
        self._roster = roster
        self._work = work
        self._clock = clock
        self._dice = dice
        self._observer = observer

    async def retry(self, delivery_id: DeliveryId) -> Delivery:
        """A waiting or held delivery is sent at once. Raises `Refused`."""
        delivery = await self._store.retry_now(delivery_id, now=self._clock.now())
        self._observer.note("delivery.retried", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)
        return delivery

    async def cancel(self, delivery_id: DeliveryId, *, why: str = "cancelled by a person") -> Delivery:
        """Raises `Refused` for one that ended or is being sent."""
        delivery = await self._store.cancel(delivery_id, now=self._clock.now(), why=why)
        self._observer.note("delivery.cancelled", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)  # whoever waited behind it
        return delivery

    async def skip(self, delivery_id: DeliveryId, *, by: str = "a person") -> Delivery:
        """A dead delivery that keeps others of its access request waiting lets them go. Raises `Refused` for any
        other."""
        delivery = await self._store.skip(delivery_id, now=self._clock.now(), why=f"skipped by {by}")
        self._observer.note("delivery.skipped", delivery=delivery_id, webhook=delivery.webhook_name)
        self._work.expect(delivery.webhook_id)
        return delivery

    async def again(self, delivery_id: DeliveryId) -> Delivery:
        """The new delivery. Raises `Refused` for one that has not ended, or was delivered, or whose webhook is gone or
        inactive."""
        old = await self._store.delivery(delivery_id)
        if old is None:
            raise Refused(f"there is no delivery {delivery_id!r}", why=Refusal.NOT_FOUND)
        [new] = await self._send(self._sendable(old.webhook_id), [old])
        return new

    async def plan(self, wanted: Wanted) -> Plan:
        """A dry run. Raises `Refused` as `many` would."""
        webhook = self._sendable(wanted.webhook_id)
        found = await self._store.replayable(_query(wanted), limit=MOST + 1)
        would = found[:MOST]
        return Plan(
            by_state={state: n for state in sorted(REPLAYABLE) if (n := sum(one.state is state for one in would))},
            oldest_at=would[0].created_at if would else None,
            newest_at=would[-1].created_at if would else None,
            first=tuple(would[:SHOWN]),
            has_more=len(found) > MOST,
            held_why=why_held(webhook),
        )

    async def many(self, wanted: Wanted) -> int:
        """Sends them again, oldest first, and says how many; at most `MOST` at a time. Raises `Refused`."""
        webhook = self._sendable(wanted.webhook_id)
        # What ends without success meanwhile is not of this replay, or it could go on for ever.
        until = min(wanted.until or self._clock.now(), self._clock.now())
        query, sent = _query(replace(wanted, until=until)), 0
        while sent < MOST and (found := await self._store.replayable(query, limit=min(STEP, MOST - sent))):
            sent += len(await self._send(webhook, found))
        return sent

    async def _send(self, webhook: Webhook, old: Sequence[Delivery]) -> Sequence[Delivery]:
        now, held = self._clock.now(), why_held(webhook)
        state = State.PENDING if held is None else State.HELD
        is_ordered = webhook.order is Order.PER_REQUEST
        replays = [
            NewReplay(
                DeliveryId(self._dice.new_id("dlv", now)),
                one.id,
                webhook.name,
                state,
                held or "",
                line=one.access_request_id if is_ordered else None,
            )
            for one in old
        ]
        made = await self._store.replay(replays, now=now)
        for one in made:
            self._observer.note("delivery.replayed", delivery=one.id, replay_of=one.replay_of, webhook=webhook.name)
        self._work.expect(webhook.id)
        return made

    def _sendable(self, webhook_id: WebhookId) -> Webhook:
        """A paused webhook may get more to hold; to an inactive one nothing is sent."""
        ready = self._roster.get(webhook_id)
        if ready is None:
            problem = Problem("", "Its webhook was deleted.", "Only a webhook that is there can be sent to.")
            raise Refused("it cannot be replayed", [problem], why=Refusal.CONFLICT)
        if not ready.webhook.active:
            problem = Problem("", f"The webhook {ready.webhook.name} is inactive.", "Make it active first.")
            raise Refused("it cannot be replayed", [problem], why=Refusal.CONFLICT)
        return ready.webhook


def _query(wanted: Wanted) -> DeliveryQuery:
    return DeliveryQuery(webhook_id=wanted.webhook_id, states=wanted.states, since=wanted.since, until=wanted.until)
