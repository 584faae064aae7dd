"""Rendering over HTTP: a template and an event give a text, or every problem with its line and column.

In: what a template editor asks. Out: text, warnings and problems; a template that is wrong is an answer, not a refusal.
Never: a request sent.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from grantwire.domain.content_type import is_content_type, mode_of
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event import Event
from grantwire.domain.shape import name_of
from grantwire.edges.api.bodies import unknown_fields
from grantwire.steps.preview import preview
from grantwire.steps.render import context_of
from grantwire.template import Mode
from grantwire.template import Problem as TemplateProblem

_KINDS = (("template", str, "text"), ("content_type", str, "text"), ("strict", bool, "true or false"))
KNOWN = ("template", "content_type", "mode", "partials", "strict", "receipt")


class TemplateFinding(Struct, frozen=True, kw_only=True):
    """Something about the template; `length` characters from the line and column are meant."""

    message: str
    line: Annotated[int, Meta(ge=1)]
    column: Annotated[int, Meta(ge=1)]
    length: int
    code: Annotated[str, Meta(description="A stable word, for machines.")]
    expected: str
    suggestion: str
    partial: Annotated[str | None, Meta(description="The partial meant; null for the template itself.")]


class Rendering(Struct, frozen=True):
    """What the template makes of the event; `text` is null when there are problems."""

    text: str | None
    warnings: list[TemplateFinding]
    problems: list[TemplateFinding]


class RenderAsked(Struct, kw_only=True):
    """One of `event`, `event_id` and `event_type`; without any, a sample of RequestCreated is rendered."""

    template: str
    content_type: Annotated[str, Meta(description="Decides how values are escaped.")] = "application/json"
    mode: Annotated[str, Meta(description="In place of content_type, `url` or `header` for instance.")] | None = None
    partials: dict[str, str] = {}
    strict: bool = False
    event: dict[str, Any] | None = None
    event_id: str | None = None
    event_type: str | None = None
    receipt: Annotated[dict[str, str], Meta(description="What `{{ receipt.… }}` prints; nothing without it.")] = {}


def read_rendering(raw: Mapping[str, Any]) -> RenderAsked:
    """Raises `Refused` with every problem."""
    problems = unknown_fields(raw, KNOWN)
    for name, kind, words in _KINDS:
        if name in raw and type(raw[name]) is not kind:
            problems.append(Problem(name, f"must be {words}, found {name_of(raw[name])}"))
    if "template" not in raw:
        problems.append(Problem("template", "is missing"))
    problems += _odd_modes(raw)
    partials = raw.get("partials", {})
    if not isinstance(partials, dict) or not all(isinstance(text, str) for text in partials.values()):
        problems.append(Problem("partials", "must be an object whose values are text"))
    problems += odd_receipt(raw)
    if problems:
        raise Refused("the body is not valid", problems)
    return RenderAsked(**raw)


def odd_receipt(raw: Mapping[str, Any]) -> Sequence[Problem]:
    receipt = raw.get("receipt", {})
    if isinstance(receipt, dict) and all(isinstance(text, str) for text in receipt.values()):
        return ()
    return (Problem("receipt", "must be an object whose values are text"),)


def _odd_modes(raw: Mapping[str, Any]) -> Sequence[Problem]:
    content_type, mode = raw.get("content_type", "application/json"), raw.get("mode")
    odd = []
    if isinstance(content_type, str) and not is_content_type(content_type):
        odd.append(Problem("content_type", f"{content_type[:60]!r} is no media type like application/json"))
    if mode is not None and mode not in set(Mode):
        odd.append(Problem("mode", f"{str(mode)[:60]!r} is no mode", f"Known are {', '.join(Mode)}."))
    return odd


def render(asked: RenderAsked, event: Event) -> Rendering:
    mode = asked.mode or mode_of(asked.content_type)
    context = context_of(event, asked.receipt)
    found = preview(asked.template, context, mode=mode, partials=asked.partials, strict=asked.strict)
    return Rendering(found.text, [finding(one) for one in found.warnings], [finding(one) for one in found.problems])


def finding(problem: TemplateProblem) -> TemplateFinding:
    return TemplateFinding(
        message=problem.message,
        line=problem.position.line,
        column=problem.position.column,
        length=problem.length,
        code=problem.code,
        expected=problem.expected,
        suggestion=problem.suggestion,
        partial=problem.partial,
    )
