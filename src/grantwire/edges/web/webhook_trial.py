"""Test and Get token: one real request for a webhook that is being written, and what came of it.

In: what somebody typed, and the chosen event. Out: the result for the foot of the page. Never: anything stored.
"""

from litestar import post

from grantwire.domain.cause import Cause
from grantwire.domain.credential import OAuth2
from grantwire.domain.decode_event import read_event
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event import Event, EventId
from grantwire.domain.event_types import event_types, names_of
from grantwire.domain.exchange import NotSent
from grantwire.domain.tips import TIPS
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.invocation import invocation_of
from grantwire.edges.web.page import page
from grantwire.edges.web.webhook_definition import auth_of, definition_of
from grantwire.edges.web.webhook_facts import family_of
from grantwire.edges.web.webhook_form import secrets_of, show_form
from grantwire.edges.web.webhook_problems import by_field
from grantwire.edges.web.webhook_questions import receipt_of
from grantwire.edges.web.webhook_typed import Typed, typed_of

_PAST, _SAMPLE = "past:", "sample:"


@post("/webhook-form/test", status_code=200)
async def test_webhook(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """A part of the page for htmx; without scripts the whole page again."""
    typed = typed_of(await read_form(request))
    try:
        webhook = flows.configure.read_like(definition_of(typed), secrets_of(flows, typed))
        event = await chosen_event(flows, typed)
    except Refused as refused:
        if not visit.is_fragment:
            return await show_form(request, flows, visit, typed, problems=refused.problems, status_code=422)
        told = by_field(refused.problems, typed)
        return page(request, visit, "webhooks/result_refused.html", problems=told, all=refused.problems)
    result = invocation_of(await flows.rehearse.send(webhook, event, receipt=receipt_of(typed)))
    if not visit.is_fragment:
        return await show_form(request, flows, visit, typed, result=result)
    return page(request, visit, "webhooks/result.html", result=result)


@post("/webhook-form/token", status_code=200)
async def get_token(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """Asks the token endpoint alone."""
    typed = typed_of(await read_form(request))
    problems: tuple[Problem, ...] = ()
    refusal: NotSent | None = None
    try:
        answer = await flows.credentials.authorise(credential_of(flows, typed))
        refusal = answer if isinstance(answer, NotSent) else None
    except Refused as refused:
        problems = refused.problems
    facts = {"problems": problems, "refusal": refusal, "tip": TIPS[Cause.TOKEN_ENDPOINT], "cause": Cause.TOKEN_ENDPOINT}
    return page(request, visit, "webhooks/token.html", **facts)  # type: ignore[arg-type]


def credential_of(flows: WebFlows, typed: Typed) -> OAuth2:
    """Of the authentication alone, whatever else is not finished. Raises `Refused`."""
    auth = auth_of(typed)
    rest = {"name": "token", "url": "https://example.com/", "triggers": ["RequestCreated"], "body": "{}"}
    try:
        webhook = flows.configure.read_like({**rest, "auth": auth}, secrets_of(flows, typed))
    except Refused as refused:
        told = [problem for problem in refused.problems if problem.path.startswith("auth")]
        raise Refused(refused.title, told) from None
    if not isinstance(webhook.credential, OAuth2):
        raise Refused("there is no token", [Problem("auth.type", "Only OAuth has a token to get.")])
    return webhook.credential


async def chosen_event(flows: WebFlows, typed: Typed, *, only: str = "") -> Event:
    """The event that was chosen for preview and test; else a sample of the first trigger, or of the one that alone will
    do."""
    chosen = typed.text("event")
    if chosen.startswith(_PAST):
        past = await flows.look.whole_event(EventId(chosen.removeprefix(_PAST)))
        if only in ("", past.type):
            return past
    name = only or chosen.removeprefix(_SAMPLE)
    known = names_of(family_of(typed))
    if name not in known:
        name = next((trigger for trigger in typed.all("triggers") if trigger in known), known[0])
    now = flows.clock.now()
    return read_event(
        event_types()[name].sample(), body=b"", accepted_at=now, new_id=lambda: flows.dice.new_id("test", now)
    )


def routes() -> list[object]:
    return [test_webhook, get_token]
