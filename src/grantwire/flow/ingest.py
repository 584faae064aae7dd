"""Ingest: an event comes in, and with it a delivery to each webhook that wants it.

In: decoded events. Out: for each what was promised, answered only after the commit that holds it.
Never: an answer before the commit, or an event without its deliveries.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grantwire.domain.delivery import Claim, DeliveryId, State
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.event import Event, EventId
from grantwire.domain.value import value
from grantwire.domain.webhook import Order, WebhookId
from grantwire.flow.roster import Ready, Roster
from grantwire.ports import Acceptance, Admission, Arrival, Clock, DeliveryStore, Dice, NewDelivery, Observer
from grantwire.steps.admit import why_held


@value(frozen=True, slots=True)
class Promise:
    """What an accepted event led to: its deliveries, and the webhooks that skipped it with the reason."""

    event_id: EventId
    deliveries: tuple[NewDelivery, ...]
    skipped: tuple[NewDelivery, ...]


@dataclass(frozen=True, slots=True)
class HandOff:
    """How an accept passes deliveries to this process's own worker. `room` says what to wait for before, if
    anything; `reserve` asks for a place in the webhook's
    lane (with one, the delivery is born claimed); after the commit `take` gets the claims, and `cancel` gives back
    the places that were not needed. `expect` tells of a delivery that was stored for later."""

    room: Callable[[Mapping[WebhookId, int]], Awaitable[None] | None]
    reserve: Callable[[WebhookId], bool]
    cancel: Callable[[WebhookId], None]
    take: Callable[[Sequence[Claim]], None]
    expect: Callable[[WebhookId], None]
    lease: timedelta


class Ingest:
    def __init__(
        self, *, store: DeliveryStore, roster: Roster, hand_off: HandOff, clock: Clock, dice: Dice, observer: Observer
    ) -> None:
        self._store = store
        self._roster = roster
        self._hand_off = hand_off
        self._clock = clock
        self._dice = dice
        self._observer = observer

    async def accept(self, events: Sequence[Event]) -> tuple[Promise, ...]:
        """One transaction for all. Raises `Refused` when an id is known with other content (nothing of the call is
        then stored) and `NotNow` when the store cannot write."""
        await self._wait_for_room(events)
        now = self._clock.now()
        admissions = [self._admission(event, now) for event in events]
        try:
            acceptances = await self._store.accept(admissions)
            _refuse_conflicts(acceptances)
        except BaseException:
            self._cancel_places(admissions)
            raise
        self._pass_on(admissions, acceptances)
        return tuple(map(_promise, acceptances))

    async def _wait_for_room(self, events: Sequence[Event]) -> None:
        wanted: dict[WebhookId, int] = {}
        for event in events:
            for ready in self._roster.concerning(event.type):
                wanted[ready.webhook.id] = wanted.get(ready.webhook.id, 0) + 1
        freed = self._hand_off.room(wanted)
        if freed is not None:
            await freed

    def _admission(self, event: Event, now: datetime) -> Admission:
        concerned = self._roster.concerning(event.type)
        return Admission(event, tuple([self._new_delivery(ready, event, now) for ready in concerned]))

    def _new_delivery(self, ready: Ready, event: Event, now: datetime) -> NewDelivery:
        webhook = ready.webhook
        delivery_id = DeliveryId(self._dice.new_id("dlv", now))
        why_not = ready.matcher.why_not(event)
        if why_not is not None:
            return NewDelivery(delivery_id, webhook.id, webhook.name, State.SKIPPED, why_not)
        line = event.access_request_id if webhook.order is Order.PER_REQUEST else None
        held = why_held(webhook)
        if held is not None:
            return NewDelivery(delivery_id, webhook.id, webhook.name, State.HELD, held, line=line)
        if not self._hand_off.reserve(webhook.id):
            return NewDelivery(delivery_id, webhook.id, webhook.name, State.PENDING, line=line)
        return NewDelivery(
            delivery_id,
            webhook.id,
            webhook.name,
            State.SENDING,
            token=self._dice.token(),
            lease_until=now + self._hand_off.lease,
            line=line,
        )

    def _pass_on(self, admissions: Sequence[Admission], acceptances: Sequence[Acceptance]) -> None:
        claims: list[Claim] = []
        pending: set[WebhookId] = set()
        for admission, acceptance in zip(admissions, acceptances, strict=True):
            if acceptance.arrival is not Arrival.NEW:
                self._cancel_places([admission])
                continue
            event = admission.event
            if acceptance.deliveries is not admission.deliveries:
                self._cancel_blocked(admission.deliveries, acceptance.deliveries)
            for delivery in acceptance.deliveries:
                if delivery.token is not None and delivery.lease_until is not None:
                    claims.append(_claim(event, delivery, delivery.token, delivery.lease_until))
                elif delivery.state is State.PENDING:
                    pending.add(delivery.webhook_id)
            self._observer.note("event.accepted", event=event.id, type=event.type, deliveries=len(admission.deliveries))
        if claims:
            self._hand_off.take(claims)
        for webhook_id in pending:
            self._hand_off.expect(webhook_id)

    def _cancel_blocked(self, wished: Sequence[NewDelivery], written: Sequence[NewDelivery]) -> None:
        """The places of those that have to wait for an earlier delivery of their access request."""
        for wish, delivery in zip(wished, written, strict=True):
            if wish.state is State.SENDING and delivery.state is State.BLOCKED:
                self._hand_off.cancel(delivery.webhook_id)

    def _cancel_places(self, admissions: Sequence[Admission]) -> None:
        for admission in admissions:
            for delivery in admission.deliveries:
                if delivery.state is State.SENDING:
                    self._hand_off.cancel(delivery.webhook_id)


def _claim(event: Event, delivery: NewDelivery, token: str, lease_until: datetime) -> Claim:
    return Claim(
        delivery_id=delivery.id,
        token=token,
        event=event,
        webhook_id=delivery.webhook_id,
        attempts_made=0,
        created_at=event.accepted_at,
        lease_until=lease_until,
        line=delivery.line,
    )


def _refuse_conflicts(acceptances: Sequence[Acceptance]) -> None:
    problems = [
        Problem(
            f"[{index}]" if len(acceptances) > 1 else "",
            f"event id {acceptance.event_id!r} was accepted before with other content.",
            "Give a new event a new id; send the same content to repeat one.",
        )
        for index, acceptance in enumerate(acceptances)
        if acceptance.arrival is Arrival.CONFLICTING
    ]
    if problems:
        raise Refused("an event id is taken", problems, why=Refusal.CONFLICT)


def _promise(acceptance: Acceptance) -> Promise:
    deliveries = tuple([d for d in acceptance.deliveries if d.state is not State.SKIPPED])
    skipped = tuple([d for d in acceptance.deliveries if d.state is State.SKIPPED])
    return Promise(acceptance.event_id, deliveries, skipped)
