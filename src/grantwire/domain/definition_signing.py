"""Definition, the part `signing`: the keys that sign what goes out.

In: the raw part. Out: `SigningKey`s in their order, and back; the rules they keep to, and warnings.
Never: a key in a message.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from grantwire.domain.credential import ApiKey
from grantwire.domain.definition_auth import Show
from grantwire.domain.errors import Problem
from grantwire.domain.form import Form
from grantwire.domain.moment import read_moment, why_no_moment
from grantwire.domain.secret_reading import FALLBACK, OpenSecret, fault_of_secret, needed_secret
from grantwire.domain.shape import name_of, path_to
from grantwire.domain.signing import SIGNATURE_HEADERS, SigningKey, key_bytes, signing_at
from grantwire.domain.webhook import Webhook

MOST_KEYS = 10  # each is a signature in one header; more than two or three mean a change-over that nobody ended


def read_signing(form: Form | None, open_secret: OpenSecret) -> tuple[SigningKey, ...]:
    """Without the part nothing is signed; a part without keys is a mistake."""
    if form is None:
        return ()
    raw = form.take("keys")
    form.finish()
    if raw is None:
        form.miss("keys")
        return ()
    if not isinstance(raw, list | tuple):
        form.fault("keys", f"must be an array, found {name_of(raw)}")
        return ()
    if not 1 <= len(raw) <= MOST_KEYS:
        hint = "Leave out signing to sign nothing." if not raw else ""
        form.fault("keys", f"must hold 1 to {MOST_KEYS} keys, found {len(raw)}.", hint)
        return ()
    return tuple(_read_key(form, item, index, open_secret) for index, item in enumerate(raw))


def _read_key(form: Form, item: object, index: int, open_secret: OpenSecret) -> SigningKey:
    row = Form(item, form.at(f"keys[{index}]"), form.problems, section=f"signing.keys[{index}]")
    row.text("id")  # says which key a mask stands for; follows from the secret otherwise
    key = SigningKey(needed_secret(row, "secret", open_secret), _read_until(row))
    row.finish()
    return key


def _read_until(row: Form) -> datetime | None:
    raw = row.take("until")
    if raw is None:
        return None
    until = read_moment(raw)
    if until is None:
        row.fault("until", why_no_moment(raw))
        return None
    return until.replace(microsecond=0)


def write_signing(keys: tuple[SigningKey, ...], show: Show) -> dict[str, Any] | None:
    """None where nothing is signed."""
    return {"keys": [_write_key(key, show) for key in keys]} if keys else None


def _write_key(key: SigningKey, show: Show) -> dict[str, Any]:
    written: dict[str, Any] = {"id": key.id} if key.id else {}
    written["secret"] = show(key.secret)
    if key.until is not None:
        written["until"] = f"{key.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return written


# ── rules and warnings ───────────────────────────────────────────────────────────────────────────────────
def signing_problems(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    if not webhook.signing:
        return
    for index, key in enumerate(webhook.signing):
        here = path_to(path, f"signing.keys[{index}].secret")
        fault = _fault_of(key)
        if fault:
            yield Problem(here, fault)
        elif key.secret in [earlier.secret for earlier in webhook.signing[:index] if key.secret != FALLBACK]:
            yield Problem(here, "is the same key as one before it")
    message = "is set by signing already."
    for header in webhook.target.headers:
        if header.name.lower() in SIGNATURE_HEADERS:
            yield Problem(path_to(path, f"headers.{header.name}"), message, "Keep one of the two.")
    if isinstance(webhook.credential, ApiKey) and webhook.credential.header.lower() in SIGNATURE_HEADERS:
        yield Problem(path_to(path, "auth.header"), message, "Give the key another header.")


def _fault_of(key: SigningKey) -> str:
    """What is behind a reference is seen when it is used; what could not be read was told already."""
    if key.secret.is_reference or key.secret == FALLBACK or fault_of_secret(key.secret):
        return ""
    try:
        key_bytes(key.secret.reveal())
    except ValueError as error:
        return str(error)
    return ""


def signing_warnings(webhook: Webhook, now: datetime, *, path: str) -> Iterator[Problem]:
    if not webhook.signing:
        return
    for index, key in enumerate(webhook.signing):
        if not key.signs_at(now):
            here = path_to(path, f"signing.keys[{index}].until")
            message = f"is past ({key.until:%Y-%m-%d %H:%M} UTC): the key signs no more; remove it"
            yield Problem(here, message, is_warning=True)
    here = path_to(path, "signing.keys")
    if not signing_at(webhook.signing, now):
        message = "no key signs any more; the webhook is paused at its next delivery, for nothing goes out unsigned"
        yield Problem(here, message, is_warning=True)
    elif all(key.until is not None for key in webhook.signing):
        last = max(key.until for key in webhook.signing if key.until is not None)
        message = f"every key has an end; from {last:%Y-%m-%d %H:%M} UTC on nothing can be signed, or sent"
        yield Problem(here, message, is_warning=True)
