"""Deliveries as they are written.

In: deliveries of the domain. Out: wire types. Never: the envelope of their event (ask for the event).
"""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from grantwire.domain.attempt import Attempt
from grantwire.domain.delivery import Delivery, State
from grantwire.domain.exchange import NotSent, Response


class DeliveryAnswer(Struct, frozen=True, kw_only=True):
    """The promise to get one event to one webhook, and where it stands."""

    id: str
    event_id: str
    webhook: Annotated[str, Meta(description="The webhook's name.")]
    webhook_id: str
    access_request_id: str | None
    state: State
    why: Annotated[str, Meta(description="What put it into its state.")]
    attempts: Annotated[int, Meta(ge=0, description="Requests that were made or tried.")]
    created_at: datetime
    due_at: Annotated[datetime | None, Meta(description="When it may be sent next.")]
    ended_at: datetime | None
    replay_of: str | None
    holds_line_until: Annotated[
        datetime | None,
        Meta(description="Until when it, being dead, keeps later deliveries of its access request waiting."),
    ]


class DeliveryPage(Struct, frozen=True):
    items: list[DeliveryAnswer]
    after: Annotated[str | None, Meta(description="Give it as `after` for the next page; null at the end.")]


class AttemptSummary(Struct, frozen=True, kw_only=True):
    """One HTTP try in short; the whole is under `/v1/attempts/{id}`."""

    id: str
    number: int
    started_at: datetime
    verdict: str
    why: str
    status: Annotated[int | None, Meta(description="HTTP status; null when no answer came.")]
    total_ms: float | None
    asked: Annotated[list[str], Meta(description="What the target was asked came to; mostly nothing was asked.")]


class DeliveryStoryAnswer(DeliveryAnswer, frozen=True, kw_only=True):
    """A delivery with its attempts, oldest first."""

    attempt_list: list[AttemptSummary]


def delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(**_fields(delivery))


def delivery_story_answer(delivery: Delivery, attempts: tuple[Attempt, ...]) -> DeliveryStoryAnswer:
    return DeliveryStoryAnswer(**_fields(delivery), attempt_list=[_summary(attempt) for attempt in attempts])


def _fields(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "webhook": delivery.webhook_name,
        "webhook_id": delivery.webhook_id,
        "access_request_id": delivery.access_request_id,
        "state": delivery.state,
        "why": delivery.why,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "ended_at": delivery.ended_at,
        "replay_of": delivery.replay_of,
        "holds_line_until": delivery.holds_line_until,
    }


def _summary(attempt: Attempt) -> AttemptSummary:
    reply = attempt.reply
    return AttemptSummary(
        id=attempt.id,
        number=attempt.number,
        started_at=attempt.started_at,
        verdict=attempt.verdict.value,
        why=attempt.why,
        status=reply.status if isinstance(reply, Response) else None,
        total_ms=None if isinstance(reply, NotSent) else reply.timings.total_ms,
        asked=[f"{one.presence}: {one.why}" for one in attempt.asked],
    )
