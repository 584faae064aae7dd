"""Webhook replay: what ended without success is sent again, after a look at what that would be.

In: states and a time. Out: what would be sent, and at the press of a button a job that sends it (see `replay_page`).
Never: a replay that nobody saw first.
"""

from urllib.parse import quote

from litestar import get, post

from grantwire.domain.delivery import REPLAYABLE
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.replay import Replay, Wanted
from grantwire.domain.replay_form import MOST_PER_MINUTE
from grantwire.domain.replay_form import Asked as ReplayAsked
from grantwire.domain.webhook import WebhookId
from grantwire.edges.web.filters import delivery_query, period
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.page import go_to, page
from grantwire.edges.web.paging import Listing, listing_of
from grantwire.edges.web.webhook_address import address_of

FIELDS = ("state", "period", "since", "until")
STATES = tuple(sorted(REPLAYABLE))
LOOKED_AT = 200
LATEST = 10


@get("/webhooks/{name:str}/replay")
async def plan_replay(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    webhook = await flows.configure.webhook(name)
    listing = listing_of(request, *FIELDS)
    wanted = await _wanted(flows, listing, name)
    plan = await flows.replays.plan(wanted)
    return page(
        request,
        visit,
        "webhooks/replay.html",
        webhook=webhook,
        address=address_of(name),
        listing=listing,
        plan=plan,
        states=STATES,
        jobs=await jobs_of(flows, webhook.id),
        headlines=await flows.look.headlines(one.event_id for one in plan.first),
        until=(wanted.until or flows.clock.now()).isoformat(),
    )


@post("/webhooks/{name:str}/replay", status_code=200)
async def replay(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    form = await read_form(request)
    fields = {field: form.text(field) for field in FIELDS if form.text(field)}
    wanted = await _wanted(flows, Listing(request.scope["path"], fields, None), name)
    asked = ReplayAsked(wanted, per_minute=_pace(form.text("per_minute")))
    job = await flows.replays.start(asked, by=visit.signed_in.email)
    return go_to(visit, f"/replays/{quote(job.id, safe='')}")


def _pace(text: str) -> int | None:
    """Raises `Refused`."""
    if not text.strip():
        return None
    if text.strip().isdecimal() and 1 <= int(text[:9]) <= MOST_PER_MINUTE:
        return int(text)
    problem = Problem("At most a minute", f"{text[:40]!r} is no whole number from 1 to {MOST_PER_MINUTE:,}.")
    raise Refused("the replay cannot start so", [problem])


async def jobs_of(flows: WebFlows, webhook_id: WebhookId) -> list[Replay]:
    """The latest of those that are about the webhook, among the newest of all."""
    newest = (await flows.replays.all(limit=LOOKED_AT)).items
    return [one for one in newest if not one.wanted.webhook_ids or webhook_id in one.wanted.webhook_ids][:LATEST]


async def _wanted(flows: WebFlows, listing: Listing, name: str) -> Wanted:
    """Raises `Refused`. Without a state: what was given up; skipped and cancelled ones only when asked for."""
    webhook = await flows.configure.webhook(name)
    query = delivery_query(listing, (), now=flows.clock.now())
    states = query.states or tuple(state for state in STATES if state.value == "dead")
    since, until = period(listing, now=flows.clock.now())
    return Wanted((webhook.id,), states, since=since, until=until)


def routes() -> list[object]:
    return [plan_replay, replay]
