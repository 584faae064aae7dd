"""Replay page: how far a job that sends deliveries again came.

In: its id. Out: its page, its progress as it goes on (server-sent events), its end at the press of a button.
Never: a job started (see `webhook_replay`).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from litestar import get, post
from litestar.response import ServerSentEvent, ServerSentEventMessage
from markupsafe import Markup

from grantwire.domain.replay import Replay, ReplayId
from grantwire.edges.web.flash import Flash
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.page import go_to, page, render
from grantwire.edges.web.visit import Visit
from grantwire.edges.web.words import many_deliveries


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One wish of a job, in words."""

    label: str
    words: str


@get("/replays/{replay_id:str}")
async def show_replay(request: Asked, flows: FlowsGiven, visit: VisitGiven, replay_id: Name) -> Page:
    job = await flows.replays.show(ReplayId(replay_id))
    names = [flows.configure.name_of(one) for one in job.wanted.webhook_ids]
    return page(
        request,
        visit,
        "replays/page.html",
        job=job,
        names=names,
        narrowed=narrowed_by(job, names),
        progress=_progress(visit, job),
    )


@get("/replays/{replay_id:str}/live")
async def follow_replay(flows: FlowsGiven, visit: VisitGiven, replay_id: Name) -> ServerSentEvent:
    """The progress whenever it changes, as markup that the page puts in its place."""

    async def ask() -> Markup:
        return _progress(visit, await flows.replays.show(ReplayId(replay_id)))

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        async for progress in flows.live.follow(ask):
            yield ServerSentEventMessage(data=str(progress), event="rows", retry=3000)

    await ask()
    return ServerSentEvent(messages())


@post("/replays/{replay_id:str}/cancel", status_code=200)
async def cancel_replay(flows: FlowsGiven, visit: VisitGiven, replay_id: Name) -> Page:
    job = await flows.replays.cancel(ReplayId(replay_id), by=visit.signed_in.email)
    return go_to(visit, f"/replays/{job.id}", flash=Flash(f"Cancelled. {many_deliveries(job.made)} sent again so far."))


def narrowed_by(job: Replay, names: list[str]) -> list[Narrowed]:
    wanted = job.wanted
    said = {
        "Webhooks": ", ".join(names) or "all",
        "States": ", ".join(wanted.states),
        "Event types": ", ".join(wanted.event_types),
        "From": f"{wanted.since:%d %b %Y %H:%M} UTC" if wanted.since else "",
        "Until": f"{wanted.until:%d %b %Y %H:%M} UTC" if wanted.until else "",
        "Access request": wanted.access_request_id or "",
        "Events": ", ".join(wanted.event_ids[:5]),
        "Deliveries": ", ".join(wanted.delivery_ids[:5]),
        "At most a minute": f"{job.per_minute:,}" if job.per_minute else "",
        "Asked for by": job.requested_by,
    }
    return [Narrowed(label, words) for label, words in said.items() if words]


def _progress(visit: Visit, job: Replay) -> Markup:
    return Markup(render("replays/progress.html", visit=visit, job=job).decode())  # noqa: S704 - a template of ours


def routes() -> list[object]:
    return [show_replay, follow_replay, cancel_replay]
