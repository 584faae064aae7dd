"""Definition rules: what a well-formed webhook must keep to besides its shape.

In: a webhook and the operator's allowance. Out: every problem, with its path, and line and column inside a template.
Never: warnings (see `definition_warnings`).
"""

import re
from collections.abc import Iterator

from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ApiKey, Basic, Bearer, ClientCertificate, Credential, NoCredential, OAuth2
from grantwire.domain.definition_batch import batch_problems
from grantwire.domain.definition_headers import header_name_fault
from grantwire.domain.definition_questions import question_problems
from grantwire.domain.definition_signing import signing_problems
from grantwire.domain.definition_templates import template_problems
from grantwire.domain.errors import Problem
from grantwire.domain.expression import problems_of
from grantwire.domain.json_paths import json_path_problems
from grantwire.domain.secret_reading import PLACEHOLDER
from grantwire.domain.shape import path_to
from grantwire.domain.url_rules import url_problems
from grantwire.domain.webhook import Webhook

LONGEST_NAME = 100


def rule_problems(webhook: Webhook, allowance: Allowance, *, path: str) -> Iterator[Problem]:
    yield from _name_problems(webhook.name, path_to(path, "name"))
    yield from url_problems(webhook.target.url, allowance, path_to(path, "url"))
    yield from _credential_problems(webhook, allowance, path)
    yield from signing_problems(webhook, path=path)
    yield from batch_problems(webhook, path=path)
    yield from question_problems(webhook, allowance, path=path)
    yield from template_problems(webhook, path=path)
    if webhook.filters.expression is not None:
        yield from problems_of(webhook.filters.expression, path_to(path, "filters.expression"))
    for index, validator in enumerate(webhook.validators):
        here = path_to(path, f"response_validators[{index}].json_path")
        yield from json_path_problems(validator.json_path, here)


def _name_problems(name: str, path: str) -> Iterator[Problem]:
    """In pages, files and URLs a name must be easy to tell from its surroundings."""
    if len(name) > LONGEST_NAME:
        yield Problem(path, f"is {len(name)} characters long, at most {LONGEST_NAME} are allowed")
    if not all(letter.isalnum() or letter in " -_" for letter in name):
        odd = next(letter for letter in name if not (letter.isalnum() or letter in " -_"))
        yield Problem(path, f"may hold letters, digits, spaces, - and _ only, found {odd!r}")
    if name != name.strip():
        yield Problem(path, "must not start or end with a space")


def _credential_problems(webhook: Webhook, allowance: Allowance, path: str) -> Iterator[Problem]:
    credential = webhook.credential
    here = path_to(path, "auth")
    if isinstance(credential, OAuth2):
        yield from _token_url_problems(credential.token_url, allowance, f"{here}.token_url")
    if isinstance(credential, ApiKey):
        fault = header_name_fault(credential.header)
        if fault:
            yield Problem(f"{here}.header", fault)
    for name, text in _open_texts(credential):
        if "${" in text:
            yield Problem(f"{here}.{name}", "must be written out; ${…} works in secrets and headers only")
        placeholder = PLACEHOLDER.search(text)
        if placeholder:
            yield Problem(f"{here}.{name}", f"still holds the placeholder {placeholder[0]}")
    taken = _header_set_by(credential)
    for header in webhook.target.headers:
        if taken is not None and header.name.lower() == taken.lower():
            message = f"the header {header.name} is set by auth already."
            yield Problem(path_to(path, f"headers.{header.name}"), message, "Keep one of the two.")


def _token_url_problems(url: str, allowance: Allowance, path: str) -> Iterator[Problem]:
    if re.search(r"\{\{|\}\}", url):
        yield Problem(path, "must not hold template tags")
        return
    yield from url_problems(url, allowance, path)


def _open_texts(credential: Credential) -> Iterator[tuple[str, str]]:
    match credential:
        case Basic(username, _):
            yield "username", username
        case OAuth2():
            yield "client_id", credential.client_id
            yield "username", credential.username or ""
        case _:
            pass


def _header_set_by(credential: Credential) -> str | None:
    match credential:
        case Bearer() | Basic() | OAuth2():
            return "Authorization"
        case ApiKey(header, _):
            return header
        case NoCredential() | ClientCertificate():
            return None
