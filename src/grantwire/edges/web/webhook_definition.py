"""The webhook form and the definition: each field that a definition may have, and back.

In: what was typed. Out: a raw definition for `Configure`; and the other way round. Never: a judgement, or a secret that
is on record (the mask stands for it).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from grantwire.domain.definition_auth import AuthType
from grantwire.domain.definition_headers import is_secret_name
from grantwire.domain.event_types import event_types
from grantwire.domain.filter import DURATIONS, Dimension
from grantwire.domain.secret import MASK
from grantwire.edges.web.webhook_questions import questions_of
from grantwire.edges.web.webhook_signing import signing_of
from grantwire.edges.web.webhook_typed import Row, Typed

# The fields of each authentication type, in the order of the page; those of SECRETS are written, never read back.
AUTH_FIELDS: Mapping[AuthType, tuple[str, ...]] = {
    AuthType.NONE: (),
    AuthType.BEARER: ("token",),
    AuthType.BASIC: ("username", "password"),
    AuthType.API_KEY: ("header", "key"),
    AuthType.OAUTH2: (
        *("grant", "token_url", "client_id", "client_secret", "username", "password", "refresh_token", "scopes"),
        "client_authentication",
    ),
    AuthType.CLIENT_CERTIFICATE: ("certificate", "private_key", "passphrase"),
}
SECRETS = frozenset({"token", "password", "key", "client_secret", "refresh_token", "private_key", "passphrase"})
_TEXTS = ("name", "kind", "method", "url", "content_type", "success", "order")
_NUMBERS = ("timeout_seconds", "connect_timeout_seconds", "first_byte_timeout_seconds")
TRIGGERS = tuple(event_types())
_RETRY = ("attempts", "max_age_hours")
_LIMITS = ("concurrency", "per_minute")
_BATCH = ("size", "wait_milliseconds")


# ── from what was typed ──────────────────────────────────────────────────────────────────────────────────
def definition_of(typed: Typed) -> dict[str, Any]:
    """A field that was left empty is left out, so that its default holds."""
    raw: dict[str, Any] = {name: typed.text(name).strip() for name in _TEXTS if typed.text(name).strip()}
    raw["active"] = typed.text("active") != ""
    raw["strict"] = typed.text("strict") != ""
    raw["headers"] = [_header(row) for row in typed.headers]
    raw["auth"] = auth_of(typed)
    if typed.text("tls.ca").strip():
        raw["tls"] = {"ca": typed.text("tls.ca").strip()}
    raw["triggers"] = list(typed.all("triggers"))
    raw["filters"] = _filters(typed)
    raw["response_validators"] = [_validator(row) for row in typed.validators]
    raw["retry"] = _numbers(typed, "retry", _RETRY) | _schedule(typed)
    raw["limits"] = _numbers(typed, "limits", _LIMITS)
    raw |= {"batch": batch} if (batch := _numbers(typed, "batch", _BATCH)) else {}
    raw |= signing_of(typed.signing)
    raw |= questions_of(typed, TRIGGERS)
    raw["partials"] = {row.text("name"): row.text("text") for row in typed.partials}
    if typed.text("body").strip():
        raw["body"] = typed.text("body")
    return raw | {name: _number(typed.text(name)) for name in _NUMBERS if typed.text(name).strip()}


def auth_of(typed: Typed) -> dict[str, Any]:
    kind = typed.text("auth.type") or AuthType.NONE.value
    raw: dict[str, Any] = {"type": kind}
    for name in AUTH_FIELDS.get(AuthType(kind), ()) if kind in set(AuthType) else ():
        path = f"auth.{kind}.{name}"
        value = typed.text(path)
        if value.strip():
            raw[name] = value.split() if name == "scopes" else value if name in SECRETS else value.strip()
        elif typed.is_kept(path):
            raw[name] = MASK
    return raw


def _header(row: Row) -> dict[str, Any]:
    """A row that nobody marked is a secret if its name says so; {{ }} is filled in, so it cannot be in a secret."""
    name, value = row.text("name").strip(), row.text("value")
    raw: dict[str, Any] = {"name": name, "value": value}
    if not value and row.text("kept"):
        raw["value"] = MASK
    if row.text("secret"):
        raw["secret"] = True
    elif "{{" in value and is_secret_name(name):
        raw["secret"] = False
    return raw


def _filters(typed: Typed) -> dict[str, Any]:
    raw: dict[str, Any] = dict(_clauses(typed, "filter"))
    excluded = dict(_clauses(typed, "except"))
    if excluded:
        raw["not"] = excluded
    for name in ("expression", "time_zone"):
        if typed.text(f"filters.{name}").strip():
            raw[name] = typed.text(f"filters.{name}").strip()
    return raw


def _clauses(typed: Typed, prefix: str) -> Iterator[tuple[str, Any]]:
    for dimension in Dimension:
        values = typed.all(f"{prefix}.{dimension}")
        if values:
            yield dimension.value, _number(values[-1]) if dimension in DURATIONS else list(values)


def _validator(row: Row) -> dict[str, Any]:
    values = [line.strip() for line in row.text("values").splitlines() if line.strip()]
    return {"json_path": row.text("path").strip(), "expected_values": values}


def _numbers(typed: Typed, section: str, names: tuple[str, ...]) -> dict[str, Any]:
    given = {name: typed.text(f"{section}.{name}") for name in names}
    return {name: _number(text) for name, text in given.items() if text.strip()}


def _schedule(typed: Typed) -> dict[str, Any]:
    words = typed.text("retry.schedule_seconds").replace(",", " ").split()
    return {"schedule_seconds": [_number(word) for word in words]} if words else {}


def _number(text: str) -> object:
    """What is no number stays text: the definition says so, with the value."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
