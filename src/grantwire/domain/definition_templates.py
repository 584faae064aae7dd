"""Definition templates: the templates of a webhook, put before the template language.

In: a webhook. Out: every problem (or warning) of its URL, headers, body and partials, with path, line and column.
Never: a rendering.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from grantwire.domain.content_type import mode_of
from grantwire.domain.errors import Problem
from grantwire.domain.event_types import event_types
from grantwire.domain.secret import Secret
from grantwire.domain.servicenow_columns import INCIDENT
from grantwire.domain.shape import path_to
from grantwire.domain.url_rules import has_literal_host
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.template import Problem as TemplateProblem
from grantwire.template import Severity, TemplateError, compile_template
from grantwire.template.check import check_template


def template_problems(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    return (problem for problem in _findings(webhook, path) if not problem.is_warning)


def template_warnings(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    return (problem for problem in _findings(webhook, path) if problem.is_warning)


def _findings(webhook: Webhook, path: str) -> Iterator[Problem]:
    """A problem in a partial is told once, however many templates use it."""
    seen: set[Problem] = set()
    for name, source, mode in _templates(webhook):
        for problem in _checked_body(webhook, mode) if name == "body" else _compile(source, mode, webhook):
            found = _problem(problem, path_to(path, name), path_to(path, "partials"))
            if found not in seen:
                seen.add(found)
                yield found


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
    """The body against the events of the chosen triggers, and against the columns where they are known."""
    fills_incident = webhook.success is SuccessRule.SERVICENOW and is_incident_table(webhook.target.url)
    return _check(
        webhook.body or "",
        mode,
        triggers=webhook.triggers,
        partials=tuple(webhook.partials.items()),
        is_strict=webhook.strict,
        fills_incident=fills_incident,
    )


def body_findings(
    body: str,
    *,
    content_type: str,
    url: str,
    triggers: tuple[str, ...],
    partials: Mapping[str, str],
    is_strict: bool,
    success: SuccessRule,
) -> tuple[TemplateProblem, ...]:
    """Problems and warnings of a body that is being typed, whatever else of its webhook is not finished."""
    return _check(
        body,
        mode_of(content_type),
        triggers=triggers,
        partials=tuple(partials.items()),
        is_strict=is_strict,
        fills_incident=success is SuccessRule.SERVICENOW and is_incident_table(url),
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
) -> tuple[TemplateProblem, ...]:
    kinds = event_types()
    known = [kinds[trigger] for trigger in triggers if trigger in kinds]
    return check_template(
        body,
        mode=mode,
        samples={kind.name: kind.sample() for kind in known},
        schemas={kind.name: kind.json_schema() for kind in known},
        columns=INCIDENT if fills_incident else None,
        partials=dict(partials),
        strict=is_strict,
    )


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
