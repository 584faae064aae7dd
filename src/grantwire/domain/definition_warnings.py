"""Definition warnings: what is allowed and most likely not meant.

In: a valid webhook. Out: warnings with path, line and column. Never: a refusal.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from grantwire.domain.credential import NoCredential
from grantwire.domain.definition_questions import question_warnings
from grantwire.domain.definition_signing import signing_warnings
from grantwire.domain.definition_templates import template_warnings
from grantwire.domain.errors import Problem
from grantwire.domain.event import Family
from grantwire.domain.event_paths import oddity_of
from grantwire.domain.expression_outline import Outline
from grantwire.domain.secret import Secret
from grantwire.domain.servicenow_warnings import body_warnings, is_servicenow
from grantwire.domain.shape import path_to
from grantwire.domain.target import Method
from grantwire.domain.webhook import Order, Webhook

_TAG = re.compile(r"\{\{(?!!).{0,1000}?\}\}", re.DOTALL)  # bounded, for a text full of {{ that never end
_WORDS_IN_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'")
_PATH = re.compile(r"(?<![\w.@/\]-])data((?:\.(?:\[[^\]\s]+\]|[A-Za-z_]\w*))+)")


def definition_warnings(webhook: Webhook, *, path: str = "", now: datetime | None = None) -> tuple[Problem, ...]:
    """Without `now` nothing is said about what has ended."""
    return (
        *template_warnings(webhook, path=path),
        *_path_warnings(webhook, path),
        *_target_warnings(webhook, path),
        *question_warnings(webhook, path=path),
        *_order_warnings(webhook, path),
        *(() if now is None else signing_warnings(webhook, now, path=path)),
        *(body_warnings(webhook, path=path_to(path, "body")) if is_servicenow(webhook) else ()),
    )


def warning(path: str, message: str, hint: str = "", *, source: str = "", offset: int | None = None) -> Problem:
    """`offset` counts characters into `source`."""
    if offset is None:
        return Problem(path, message, hint, is_warning=True)
    line, column = source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset)
    return Problem(path, message, hint, line=line, column=column, is_warning=True)


def _path_warnings(webhook: Webhook, path: str) -> Iterator[Problem]:
    for name, source in _sources(webhook):
        for offset, steps in paths_in(source):
            odd = oddity_of(steps, webhook.kind)
            if odd is not None:
                yield warning(path_to(path, name), *odd, source=source, offset=offset)
    if webhook.filters.expression is not None:
        for steps in Outline(webhook.filters.expression).reads():
            odd = oddity_of(steps, webhook.kind)
            if odd is not None:
                yield warning(path_to(path, "filters.expression"), odd[0], odd[1])


def _sources(webhook: Webhook) -> Iterator[tuple[str, str]]:
    yield "url", webhook.target.url
    for header in webhook.target.headers:
        if not isinstance(header.value, Secret):
            yield f"headers.{header.name}", header.value


def paths_in(source: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every path below `data` inside the tags of a template: its offset and its steps, brackets taken off."""
    for tag in _TAG.finditer(source):
        text = _WORDS_IN_QUOTES.sub(lambda found: " " * len(found[0]), tag[0])
        for found in _PATH.finditer(text):
            steps = tuple(step.strip("[]") for step in re.findall(r"\[[^\]]+\]|\w+", found[1]))
            yield tag.start() + found.start(), steps


def _order_warnings(webhook: Webhook, path: str) -> Iterator[Problem]:
    if webhook.order is Order.PER_REQUEST and webhook.kind is not Family.REQUEST:
        yield warning(path_to(path, "order"), f"has no effect: {webhook.kind} events belong to no access request")


def _target_warnings(webhook: Webhook, path: str) -> Iterator[Problem]:
    method, has_body = webhook.target.method, bool(webhook.body)
    if method in {Method.POST, Method.PUT, Method.PATCH} and not has_body:
        yield warning(path_to(path, "body"), f"is empty; the target gets a {method} without content")
    if method in {Method.GET, Method.DELETE} and has_body:
        yield warning(path_to(path, "body"), f"many targets ignore or refuse the body of a {method}")
    has_secret = not isinstance(webhook.credential, NoCredential) or any(
        isinstance(header.value, Secret) for header in webhook.target.headers
    )
    if has_secret and webhook.target.url.lower().startswith("http://"):
        yield warning(path_to(path, "url"), "sends credentials over plain HTTP, readable on the way")
    if is_servicenow(webhook) and not has_secret:
        yield warning(path_to(path, "auth"), "is missing; ServiceNow answers 401 without a credential")
