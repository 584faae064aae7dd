"""Replays as they are asked for and as they are told.

In: jobs and plans of the domain. Out: wire types. Never: decoded with (faults of a body are to be told all at once).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from grantwire.domain.delivery import State
from grantwire.domain.replay import Replay, ReplayState, Wanted
from grantwire.domain.replay_form import EVERY, MOST_IDS, MOST_PER_MINUTE
from grantwire.domain.webhook import WebhookId
from grantwire.edges.api.wire.delivery import DeliveryAnswer, delivery_answer
from grantwire.flow.replays import Plan

NameOf = Callable[[WebhookId], str]
_Texts = str | list[str]
_WEBHOOKS_ABOUT = f'Names, or "{EVERY}" for all. Needed unless an access request, events or deliveries are named.'


class ReplayAsked(Struct, kw_only=True):
    """Which deliveries are to be sent again. Every field narrows; values of one field are alternatives."""

    id: Annotated[str, Meta(description="Yours, so that asking twice starts one; given when left out.")] | None = None
    webhooks: Annotated[_Texts, Meta(description=_WEBHOOKS_ABOUT)] = []
    states: Annotated[_Texts, Meta(description="dead (when left out), skipped, cancelled.")] = []
    include_delivered: Annotated[bool, Meta(description="Send again what the target already has, too.")] = False
    event_types: _Texts = []
    since: Annotated[datetime, Meta(description="Only deliveries made at this time or later.")] | None = None
    until: Annotated[datetime, Meta(description="Only deliveries made before this time.")] | None = None
    access_request: Annotated[str, Meta(description="Only deliveries of this access request.")] | None = None
    event_ids: Annotated[_Texts, Meta(description=f"Only of these events, at most {MOST_IDS}.")] = []
    delivery_ids: Annotated[_Texts, Meta(description=f"Only these, at most {MOST_IDS}.")] = []
    per_minute: Annotated[int, Meta(ge=1, le=MOST_PER_MINUTE, description="At most so many a minute.")] | None = None
    dry_run: Annotated[bool, Meta(description="Say what would be sent, and send nothing.")] = False


class WantedAnswer(Struct, frozen=True, kw_only=True):
    """Which deliveries a replay is about."""

    webhooks: Annotated[list[str], Meta(description="By name, by id where the webhook is gone; none means all.")]
    states: list[State]
    event_types: list[str]
    since: datetime | None
    until: datetime | None
    access_request: str | None
    event_ids: list[str]
    delivery_ids: list[str]


class ReplayAnswer(Struct, frozen=True, kw_only=True):
    """A job that sends many deliveries again, and how far it came."""

    id: str
    state: Annotated[ReplayState, Meta(description="pending while it is counted what there is to send.")]
    why: Annotated[str, Meta(description="Who cancelled it, or what made it fail.")]
    wanted: WantedAnswer
    per_minute: int | None
    requested_by: str
    requested_at: Annotated[datetime, Meta(description="What ends after this time is not of this replay.")]
    started_at: datetime | None
    ended_at: datetime | None
    found: Annotated[int, Meta(description="How many there are to send; known once it is running.")]
    made: Annotated[int, Meta(description="New deliveries so far; each points at the old one with `replay_of`.")]
    refused: Annotated[dict[str, int], Meta(description="How many could not be sent again, by the reason.")]
    gone: Annotated[int, Meta(description="Found and not there any more: replayed by somebody else, or removed.")]


class ReplayPage(Struct, frozen=True):
    items: list[ReplayAnswer]
    after: Annotated[str | None, Meta(description="Give it as `after` for the next page; null at the end.")]


class PlanOfWebhook(Struct, frozen=True, kw_only=True):
    webhook: str
    webhook_id: str
    count: int
    held: Annotated[str | None, Meta(description="Why the new deliveries would wait for a person.")]
    refused: Annotated[str | None, Meta(description="Why none would be sent.")]


class PlanAnswer(Struct, frozen=True, kw_only=True):
    """What a replay would send if it were asked for now."""

    dry_run: bool
    count: int
    has_more: Annotated[bool, Meta(description="There are more than were counted.")]
    by_state: dict[str, int]
    by_webhook: list[PlanOfWebhook]
    by_event_type: dict[str, int]
    refused: Annotated[dict[str, int], Meta(description="How many cannot be sent again, by the reason.")]
    oldest_at: datetime | None
    newest_at: datetime | None
    first: Annotated[list[DeliveryAnswer], Meta(description="The first few of them.")]


def replay_answer(replay: Replay, name_of: NameOf) -> ReplayAnswer:
    return ReplayAnswer(
        id=replay.id,
        state=replay.state,
        why=replay.why,
        wanted=_wanted_answer(replay.wanted, name_of),
        per_minute=replay.per_minute,
        requested_by=replay.requested_by,
        requested_at=replay.requested_at,
        started_at=replay.started_at,
        ended_at=replay.ended_at,
        found=replay.found,
        made=replay.made,
        refused=dict(replay.refused),
        gone=replay.gone,
    )


def plan_answer(plan: Plan) -> PlanAnswer:
    return PlanAnswer(
        dry_run=True,
        count=plan.count,
        has_more=plan.has_more,
        by_state={state.value: count for state, count in plan.by_state.items()},
        by_webhook=[
            PlanOfWebhook(webhook=one.name, webhook_id=one.id, count=one.count, held=one.why_held, refused=one.why_not)
            for one in plan.by_webhook
        ],
        by_event_type=dict(plan.by_type),
        refused=dict(plan.refused),
        oldest_at=plan.oldest_at,
        newest_at=plan.newest_at,
        first=[delivery_answer(one) for one in plan.first],
    )


def _wanted_answer(wanted: Wanted, name_of: NameOf) -> WantedAnswer:
    return WantedAnswer(
        webhooks=[name_of(one) for one in wanted.webhook_ids],
        states=list(wanted.states),
        event_types=list(wanted.event_types),
        since=wanted.since,
        until=wanted.until,
        access_request=wanted.access_request_id,
        event_ids=list(wanted.event_ids),
        delivery_ids=list(wanted.delivery_ids),
    )
