"""Delivery: one promise and all that was done for it; retry, cancel, skip, replay.

In: an id, a button. Out: its page, with every invocation; after an action the page again. Never: an edit of what ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from litestar import get, post

from grantwire.domain.delivery import REPLAYABLE, Delivery, DeliveryId, State
from grantwire.domain.verdict import VerdictKind
from grantwire.edges.web.flash import Flash, Tone
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.invocation import VERDICTS, invocation_of, outcome_of
from grantwire.edges.web.page import go_to, page
from grantwire.edges.web.words import STATE_TONES
from grantwire.flow.look import DeliveryStory

SHOWN = 20  # invocations whose data is on the page; older ones have their line only


@dataclass(frozen=True, slots=True)
class Step:
    """A line of what happened; `at` is None where no record says when."""

    at: datetime | None
    words: str
    tone: str
    why: str = ""


@get("/deliveries/{name:str}")
async def show_delivery(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    story = await flows.look.delivery(DeliveryId(name))
    delivery = story.delivery
    headlines = await flows.look.headlines([delivery.event_id])
    known = {webhook.name for webhook in await flows.configure.webhooks() if webhook.id == delivery.webhook_id}
    return page(
        request,
        visit,
        "deliveries/page.html",
        delivery=delivery,
        headline=headlines.get(delivery.event_id),
        invocations=[invocation_of(attempt) for attempt in reversed(story.attempts[-SHOWN:])],
        unshown=max(0, len(story.attempts) - SHOWN),
        steps=list(steps_of(story)),
        replays=story.replays,
        webhook_name=next(iter(known), None),
        can=_can(delivery, is_known=bool(known)),
    )


@post("/deliveries/{name:str}/retry", status_code=200)
async def retry(flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    await flows.replay.retry(DeliveryId(name))
    return go_to(visit, f"/deliveries/{name}", flash=Flash("It is sent as soon as its webhook has room."))


@post("/deliveries/{name:str}/cancel", status_code=200)
async def cancel(flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    await flows.replay.cancel(DeliveryId(name), why=f"cancelled by {visit.signed_in.email}")
    return go_to(visit, f"/deliveries/{name}", flash=Flash("Cancelled. It can be replayed later.", Tone.WARNING))


@post("/deliveries/{name:str}/skip", status_code=200)
async def skip(flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    await flows.replay.skip(DeliveryId(name), by=visit.signed_in.email)
    return go_to(visit, f"/deliveries/{name}", flash=Flash("Skipped. What waited behind it goes on.", Tone.WARNING))


@post("/deliveries/{name:str}/replay", status_code=200)
async def replay(flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    new = await flows.replay.again(DeliveryId(name))
    return go_to(visit, f"/deliveries/{new.id}", flash=Flash("Replayed: this is the new delivery."))


def steps_of(story: DeliveryStory) -> Iterator[Step]:
    """Oldest first, from what is on record."""
    delivery = story.delivery
    if delivery.state is State.SKIPPED and delivery.ended_at == delivery.created_at:
        yield Step(delivery.created_at, "skipped", "secondary", delivery.why)
        return
    yield Step(delivery.created_at, "replay asked for" if delivery.replay_of else "event accepted", "azure")
    for attempt in story.attempts:
        words, tone = VERDICTS[attempt.verdict]
        told = f"invocation {attempt.number}: {outcome_of(attempt.reply)}"
        yield Step(attempt.started_at, told, tone, "" if attempt.verdict is VerdictKind.DELIVERED else words)
    yield Step(_since(delivery), _now(delivery), STATE_TONES[delivery.state], _why_now(story))


def _since(delivery: Delivery) -> datetime | None:
    return delivery.ended_at or (delivery.due_at if delivery.state is State.WAITING else None)


def _now(delivery: Delivery) -> str:
    match delivery.state:
        case State.WAITING:
            return "next invocation"
        case State.PENDING:
            return "waits for its turn"
        case State.SENDING:
            return "is being sent"
        case State.BLOCKED:
            return "waits for another of its access request"
        case state:
            return state.value


def _why_now(story: DeliveryStory) -> str:
    """Not again what the last invocation says already."""
    is_told = any(attempt.why == story.delivery.why for attempt in story.attempts[-1:])
    return "" if is_told and story.delivery.state is not State.HELD else story.delivery.why


def _can(delivery: Delivery, *, is_known: bool) -> frozenset[str]:
    """The actions that make sense now."""
    waits = delivery.state in {State.WAITING, State.HELD}
    return frozenset(
        name
        for name, holds in (
            ("retry", waits and is_known),
            ("cancel", waits or delivery.state in {State.PENDING, State.BLOCKED}),
            ("skip", delivery.holds_line_until is not None),
            ("replay", delivery.state in REPLAYABLE and is_known),
        )
        if holds
    )


def routes() -> list[object]:
    return [show_delivery, retry, cancel, skip, replay]
