"""Definition templates: the templates of a webhook, put before the template language.

In: a webhook. Out: every problem (or warning) of its URL, headers, body and partials, with path, line and column.
Never: a rendering.
"""

from collections.abc import Iterator

from grantwire.domain.content_type import mode_of
from grantwire.domain.errors import Problem
from grantwire.domain.secret import Secret
from grantwire.domain.shape import path_to
from grantwire.domain.url_rules import has_literal_host
from grantwire.domain.webhook import Webhook
from grantwire.template import Problem as TemplateProblem
from grantwire.template import Severity, TemplateError, compile_template


def template_problems(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    return (problem for problem in _findings(webhook, path) if not problem.is_warning)


def template_warnings(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    return (problem for problem in _findings(webhook, path) if problem.is_warning)


def _findings(webhook: Webhook, path: str) -> Iterator[Problem]:
    """A problem in a partial is told once, however many templates use it."""
    seen: set[Problem] = set()
    for name, source, mode in _templates(webhook):
        for problem in _compile(source, mode, webhook):
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
