"""Deliveries, claims and settlements and their rows.

In: what the flow hands to the store, or rows of `deliveries`. Out: the other. Never: SQL.
"""

from typing import Any

from grantwire.adapters.store.rows_event import of_event_row
from grantwire.adapters.store.stamps import of_stamp, of_stamp_or_none, to_stamp, to_stamp_or_none
from grantwire.adapters.store.texts import storable
from grantwire.domain.delivery import ENDED, Claim, Delivery, DeliveryId, State
from grantwire.domain.event import AccessRequestId, EventId
from grantwire.domain.webhook import WebhookId
from grantwire.ports import NewDelivery, Settlement

DELIVERY_COLUMNS = (
    "id",
    "webhook_id",
    "webhook_name",
    "state",
    "why",
    "attempts",
    "is_ambiguous",
    "created_at",
    "due_at",
    "ended_at",
    "token",
    "event_seq",
)
LINE_COLUMNS = (*DELIVERY_COLUMNS, "line")


def to_delivery_row(delivery: NewDelivery, created_at: int) -> tuple[object, ...]:
    """In the order of `DELIVERY_COLUMNS` but the last, `event_seq`, which is known only when it is written. Pending is
    due at once; born claimed is due when its lease runs out."""
    due_at: int | None = None
    if delivery.state is State.SENDING:
        due_at = to_stamp_or_none(delivery.lease_until)
    elif delivery.state is State.PENDING:
        due_at = created_at
    return (
        delivery.id,
        delivery.webhook_id,
        delivery.webhook_name,
        delivery.state.value,
        storable(delivery.why),
        0,
        0,
        created_at,
        due_at,
        created_at if delivery.state in ENDED else None,
        delivery.token,
    )


def to_settled_row(settlement: Settlement) -> tuple[object, ...]:
    """In the order of `HotStatements.settle`: what is set, then what must hold."""
    return (
        settlement.state.value,
        storable(settlement.why),
        1 if settlement.uses_attempt else 0,
        1 if settlement.is_ambiguous else 0,
        to_stamp_or_none(settlement.doubt_since),
        to_stamp_or_none(settlement.due_at),
        to_stamp(settlement.settled_at) if settlement.state in ENDED else None,
        settlement.claim.delivery_id,
        settlement.claim.token,
    )


def to_handed_back_row(claim: Claim, due_at: int) -> tuple[object, ...]:
    """In the order of `HotStatements.hand_back`."""
    state = State.WAITING if claim.is_again else State.PENDING
    return (state.value, due_at, claim.delivery_id, claim.token)


def of_delivery_row(row: Any) -> Delivery:
    return Delivery(
        id=DeliveryId(row.id),
        event_id=EventId(row.event_id),
        webhook_id=WebhookId(row.webhook_id),
        webhook_name=row.webhook_name,
        access_request_id=None if row.access_request_id is None else AccessRequestId(row.access_request_id),
        state=State(row.state),
        why=row.why,
        attempts=row.attempts,
        created_at=of_stamp(row.created_at),
        due_at=of_stamp_or_none(row.due_at),
        ended_at=of_stamp_or_none(row.ended_at),
        replay_of=None if row.replay_of is None else DeliveryId(row.replay_of),
        holds_line_until=of_stamp_or_none(row.line_until),
    )


def of_claimed_row(row: Any, *, token: str, lease_until: int) -> Claim:
    """From a row of a due delivery beside its event. One that was being sent lost its lease on the way: the target
    may have got it."""
    return Claim(
        delivery_id=DeliveryId(row.id),
        token=token,
        event=of_event_row(row),
        webhook_id=WebhookId(row.webhook_id),
        attempts_made=row.attempts,
        created_at=of_stamp(row.created_at),
        lease_until=of_stamp(lease_until),
        is_ambiguous=bool(row.is_ambiguous) or row.state == State.SENDING.value,
        is_again=is_again(row),
        line=None if row.line is None else AccessRequestId(row.line),
        doubt_since=of_stamp_or_none(row.due_at if row.state == State.SENDING.value else row.doubt_since),
    )


def is_again(row: Any) -> bool:
    """It waited for another attempt, or lost its lease during one that was not the first."""
    return bool(row.state == State.WAITING.value or (row.state == State.SENDING.value and row.attempts > 0))


def of_first_answer(row: Any) -> NewDelivery:
    """A delivery as it was answered the first time. Never as `sending`: whoever asks again holds no lease. One that a
    person skipped was promised at first."""
    state = State(row.state)
    is_told = state in {State.HELD, State.BLOCKED} or (state is State.SKIPPED and row.ended_at == row.created_at)
    return NewDelivery(
        id=DeliveryId(row.id),
        webhook_id=WebhookId(row.webhook_id),
        webhook_name=row.webhook_name,
        state=state if is_told else State.PENDING,
        why=row.why if is_told else "",
    )
