"""What an editor asks while somebody types: problems of the body, its preview, how many past events a filter takes.

In: the form as it stands. Out: JSON. Never: a refusal for what is not finished yet.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from litestar import Response, post

from grantwire.domain.content_type import is_content_type, mode_of
from grantwire.domain.definition import success_rule_of
from grantwire.domain.definition_templates import besides, body_findings
from grantwire.domain.errors import Refused
from grantwire.domain.event_types import event_types
from grantwire.domain.webhook import SuccessRule
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.json_marks import indented
from grantwire.edges.web.page import page
from grantwire.edges.web.webhook_definition import definition_of
from grantwire.edges.web.webhook_form import secrets_of
from grantwire.edges.web.webhook_problems import by_field
from grantwire.edges.web.webhook_questions import has_action, receipt_names, receipt_of
from grantwire.edges.web.webhook_trial import chosen_event
from grantwire.edges.web.webhook_typed import Typed, typed_of
from grantwire.steps.preview import preview
from grantwire.steps.render import context_of
from grantwire.template import Problem, Severity

_STAND_IN_NAME, _STAND_IN_URL = "unnamed", "https://example.com/"


@post("/webhook-form/check", status_code=200)
async def check_body(request: Asked, flows: FlowsGiven) -> Response[dict[str, Any]]:
    typed = typed_of(await read_form(request))
    part, partials = _part(typed), {row.text("name"): row.text("text") for row in typed.partials}
    event = await chosen_event(flows, typed, only=part.trigger)
    receipt = besides(receipt_names(typed))["receipt"] | (receipt_of(typed) or {})
    context, mode = context_of(event, receipt), mode_of(_content_type(typed))
    found = preview(part.body, context, mode=mode, partials=partials, strict=bool(typed.text("strict")))
    if not part.body.strip():
        return Response({"findings": [], "preview": {"event": event.type, "text": "", "problems": []}})
    # Tens of milliseconds that no delivery waits for.
    findings = await asyncio.to_thread(_findings, typed, part, partials)
    shown = {
        "event": event.type,
        "text": "" if found.text is None else indented(found.text) or found.text,
        "problems": [_words(one) for one in found.problems],
    }
    return Response({"findings": [_finding(one) for one in findings if one.partial is None], "preview": shown})


@post("/webhook-form/matches", status_code=200)
async def count_matches(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """How many past events the triggers and filters would take."""
    typed = typed_of(await read_form(request))
    asked = definition_of(typed)
    kept = ("kind", "triggers", "filters")
    raw = {"name": _STAND_IN_NAME, "url": _STAND_IN_URL, "active": True} | {name: asked[name] for name in kept}
    try:
        matched = await flows.past.matched(flows.configure.read_like(raw, secrets_of(flows, typed)))
    except Refused as refused:
        told = by_field(refused.problems, typed)
        return page(request, visit, "webhooks/matches.html", matched=None, problems=told)
    return page(request, visit, "webhooks/matches.html", matched=matched, problems={})


def _content_type(typed: Typed) -> str:
    given = typed.text("content_type").strip()
    return given if is_content_type(given) else "application/json"


@dataclass(frozen=True, slots=True)
class _Part:
    """Whose body is being typed: an action's, which is for one trigger, or the webhook's own."""

    body: str
    url: str
    triggers: tuple[str, ...]
    trigger: str = ""


def _part(typed: Typed) -> _Part:
    trigger = typed.text("part").removeprefix("actions.")
    if trigger in event_types():
        path = f"actions.{trigger}"
        return _Part(typed.text(f"{path}.body"), typed.text(f"{path}.url").strip(), (trigger,), trigger)
    triggers = typed.all("triggers")
    own = tuple(trigger for trigger in triggers if not has_action(typed, trigger))
    return _Part(typed.text("body"), typed.text("url").strip(), own or triggers)


def _findings(typed: Typed, part: _Part, partials: dict[str, str]) -> tuple[Problem, ...]:
    chosen = typed.text("success")
    return body_findings(
        part.body,
        content_type=_content_type(typed),
        url=part.url,
        triggers=part.triggers,
        partials=partials,
        is_strict=bool(typed.text("strict")),
        success=SuccessRule(chosen) if chosen in set(SuccessRule) else success_rule_of(typed.text("url").strip()),
        receipt=receipt_names(typed),
    )


def _finding(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.position.line,
        "column": problem.position.column,
        "length": problem.length,
        "severity": "error" if problem.severity is Severity.ERROR else "warning",
        "message": _words(problem, with_place=False),
    }


def _words(problem: Problem, *, with_place: bool = True) -> str:
    place = f"Line {problem.position.line}, column {problem.position.column}: " if with_place else ""
    parts = [problem.message, f"Expected {problem.expected}" if problem.expected else "", problem.suggestion]
    return place + " ".join(_sentence(part) for part in parts if part)


def _sentence(text: str) -> str:
    """A message may begin with a name as it is written; a sentence after it begins with a capital."""
    text = text if text[0] in "\"'{" else text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def routes() -> list[object]:
    return [check_body, count_matches]
