"""Definition templates: the templates of a webhook, put before the template language.

In: a webhook. Out: every problem (or warning) of its URL, headers, body and partials, with path, line and column.
Never: a rendering.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from grantwire.domain.action import Action
from grantwire.domain.content_type import mode_of
from grantwire.domain.errors import Problem
from grantwire.domain.event_types import event_types
from grantwire.domain.receipt import BUILT_IN
from grantwire.domain.reconcile import Reconcile
from grantwire.domain.secret import Secret
from grantwire.domain.servicenow_columns import INCIDENT
from grantwire.domain.shape import path_to
from grantwire.domain.url_rules import has_literal_host
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.template import Problem as TemplateProblem
from grantwire.template import Severity, TemplateError, compile_template
from grantwire.template.check import check_template

_SAMPLES = {"sys_id": "9d385017c611228701d22104cc95c371", "number": "INC0010001"}


def template_problems(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    return (problem for problem in _findings(webhook, path) if not problem.is_warning)


def template_warnings(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    return (problem for problem in _findings(webhook, path) if problem.is_warning)


def _findings(webhook: Webhook, path: str) -> Iterator[Problem]:
    """A problem in a partial is told once, however many templates use it."""
    seen: set[Problem] = set()
    for name, problems in _told(webhook):
        for problem in problems:
            found = _problem(problem, path_to(path, name), path_to(path, "partials"))
            if found not in seen:
                seen.add(found)
                yield found


def _told(webhook: Webhook) -> Iterator[tuple[str, tuple[TemplateProblem, ...]]]:
    for name, source, mode in _templates(webhook):
        yield name, _checked_body(webhook, mode) if name == "body" else _compile(source, mode, webhook)
    if webhook.reconcile is not None:
        for name, source, mode in _question(webhook, webhook.reconcile):
            yield f"reconcile.{name}", _checked(webhook, source, mode, triggers=webhook.triggers)
    for trigger, action in webhook.actions.items():
        for name, source, mode in _action(webhook, action):
            fills_incident = name == "body" and fills_an_incident(webhook, action.url)
            found = _checked(webhook, source, mode, triggers=(trigger,), fills_incident=fills_incident)
            yield f"actions.{trigger}.{name}", found


def _action(webhook: Webhook, action: Action) -> Iterator[tuple[str, str, str]]:
    if "{{" in action.url and has_literal_host(action.url):
        yield "url", action.url, "url"
    if action.body is not None:
        yield "body", action.body, mode_of(webhook.content_type)
    if action.reconcile is not None:
        for name, source, mode in _question(webhook, action.reconcile):
            yield f"reconcile.{name}", source, mode


def _question(webhook: Webhook, reconcile: Reconcile) -> Iterator[tuple[str, str, str]]:
    if "{{" in reconcile.target.url and has_literal_host(reconcile.target.url):
        yield "url", reconcile.target.url, "url"
    yield "equals", reconcile.equals, "plain"
    if reconcile.body is not None:
        yield "body", reconcile.body, mode_of(webhook.content_type)
    for header in reconcile.target.headers:
        if not isinstance(header.value, Secret) and "{{" in header.value:
            yield f"headers.{header.name}", header.value, "header"


def _templates(webhook: Webhook) -> Iterator[tuple[str, str, str]]:
    """Path, source and mode of everything that is filled in."""
    if "{{" in webhook.target.url and has_literal_host(webhook.target.url):
        yield "url", webhook.target.url, "url"
    for header in webhook.target.headers:
        if not isinstance(header.value, Secret) and "{{" in header.value:
            yield f"headers.{header.name}", header.value, "header"
    if webhook.body is not None:
        yield "body", webhook.body, mode_of(webhook.content_type)


def _compile(source: str, mode: str, webhook: Webhook) -> tuple[TemplateProblem, ...]:
    try:
        return compile_template(source, mode=mode, partials=webhook.partials, strict=webhook.strict).warnings
    except TemplateError as error:
        return error.problems


def _checked_body(webhook: Webhook, mode: str) -> tuple[TemplateProblem, ...]:
    """The body against the events of those triggers that have no action, and against the columns if they are known."""
    triggers = tuple(trigger for trigger in webhook.triggers if trigger not in webhook.actions)
    return _checked(
        webhook,
        webhook.body or "",
        mode,
        triggers=triggers or webhook.triggers,
        fills_incident=fills_an_incident(webhook, webhook.target.url),
    )


def _checked(
    webhook: Webhook, source: str, mode: str, *, triggers: tuple[str, ...], fills_incident: bool = False
) -> tuple[TemplateProblem, ...]:
    return _check(
        source,
        mode,
        triggers=triggers,
        partials=tuple(webhook.partials.items()),
        is_strict=webhook.strict,
        fills_incident=fills_incident,
        receipt=kept_by(webhook),
    )


def fills_an_incident(webhook: Webhook, url: str) -> bool:
    return webhook.success is SuccessRule.SERVICENOW and is_incident_table(url)


def kept_by(webhook: Webhook) -> tuple[str, ...]:
    """The names of all values that a receipt of this webhook can have."""
    asked = [webhook.reconcile, *(action.reconcile for action in webhook.actions.values())]
    captured = [name for one in asked if one is not None for name in one.captures]
    return tuple(dict.fromkeys((*BUILT_IN, *webhook.captures, *captured)))


def body_findings(
    body: str,
    *,
    content_type: str,
    url: str,
    triggers: tuple[str, ...],
    partials: Mapping[str, str],
    is_strict: bool,
    success: SuccessRule,
    receipt: tuple[str, ...] = BUILT_IN,
) -> tuple[TemplateProblem, ...]:
    """Problems and warnings of a body that is being typed, whatever else of its webhook is not finished."""
    return _check(
        body,
        mode_of(content_type),
        triggers=triggers,
        partials=tuple(partials.items()),
        is_strict=is_strict,
        fills_incident=success is SuccessRule.SERVICENOW and is_incident_table(url),
        receipt=receipt,
    )


@lru_cache(maxsize=256)  # a check takes tens of milliseconds, and a webhook is shown more often than it changes
def _check(
    body: str,
    mode: str,
    *,
    triggers: tuple[str, ...],
    partials: tuple[tuple[str, str], ...],
    is_strict: bool,
    fills_incident: bool,
    receipt: tuple[str, ...],
) -> tuple[TemplateProblem, ...]:
    kinds = event_types()
    known = [kinds[trigger] for trigger in triggers if trigger in kinds]
    return check_template(
        body,
        mode=mode,
        samples={kind.name: kind.sample() | besides(receipt) for kind in known},
        schemas={kind.name: _with_besides(kind.json_schema(), receipt) for kind in known},
        columns=INCIDENT if fills_incident else None,
        partials=dict(partials),
        strict=is_strict,
    )


def besides(receipt: tuple[str, ...]) -> dict[str, Any]:
    """Samples of what templates can read besides the event."""
    return {"event_id": "evt-sample", "receipt": {name: _SAMPLES.get(name, "sample") for name in receipt}}


def _with_besides(schema: dict[str, Any], receipt: tuple[str, ...]) -> dict[str, Any]:
    values = {name: {"type": "string"} for name in receipt}
    known = {"event_id": {"type": "string"}, "receipt": {"type": "object", "properties": values}}
    required = [*schema.get("required", ()), "event_id", "receipt"]
    return schema | {"properties": schema["properties"] | known, "required": required}


def is_incident_table(url: str) -> bool:
    return urlsplit(url.partition("{{")[0]).path.rstrip("/").endswith("/incident")


def _problem(problem: TemplateProblem, path: str, partials: str) -> Problem:
    hint = f"Expected {problem.expected}." if problem.expected else ""
    if problem.suggestion:
        hint = f"{hint} {problem.suggestion[0].upper()}{problem.suggestion[1:]}.".strip().replace("..", ".")
    return Problem(
        path=path if problem.partial is None else f"{partials}.{problem.partial}",
        message=problem.message + ("." if hint else ""),
        hint=hint,
        line=problem.position.line,
        column=problem.position.column,
        is_warning=problem.severity is Severity.WARNING,
    )
