"""Signing on the webhook form: its rows and the definition, and the public keys beside them.

In: rows as typed, or the signing of a definition. Out: the other. Never: a key that is on record.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from grantwire.domain.secret import MASK, Secret
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.webhook_typed import Row, Typed

_FIELD = re.compile(r"signing\.keys\[(\d+)\](?:\.(\w+))?")
_POINT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\Z")  # what a browser sends of a field for a point in time


def signing_of(rows: Iterable[Row]) -> dict[str, Any]:
    """Nothing at all where there is no key."""
    keys = [_key(row) for row in rows]
    return {"signing": {"keys": keys}} if keys else {}


def _key(row: Row) -> dict[str, Any]:
    raw: dict[str, Any] = {"secret": row.text("key").strip()}
    if not raw["secret"] and row.text("kept"):
        raw = {"id": row.text("id"), "secret": MASK}
    until = row.text("until").strip()
    if until:
        point = _POINT.match(until)
        raw["until"] = until if point is None else f"{until}{'' if point[1] else ':00'}Z"
    return raw


def signing_rows(signing: Mapping[str, Any]) -> Iterator[Row]:
    for key in signing.get("keys", ()):
        texts = {"key": key["secret"]} if key["secret"] != MASK else {"id": key["id"], "kept": "on"}
        if "until" in key:
            texts["until"] = key["until"].removesuffix("Z").removesuffix(":00")
        yield Row(texts)


def with_fresh(typed: Typed, secret: Secret) -> Typed:
    """It is shown until the webhook is saved, and never again."""
    return replace(typed, signing=(*typed.signing, Row({"key": secret.reveal(), "fresh": "on"})))


def signing_field_of(path: str) -> str:
    """The field of the form that a path in a definition means."""
    found = _FIELD.match(path)
    if found is None:
        return "signing"
    return f"signing.{found[1]}.{'until' if found[2] == 'until' else 'key'}"


def public_keys(flows: WebFlows, typed: Typed) -> tuple[str | None, ...]:
    """Of each row; None where there is none."""
    webhook = flows.configure.named(typed.saved_name or typed.secrets_from)
    kept = {} if webhook is None else {key.id: key.secret for key in webhook.signing}
    secrets = [
        kept.get(row.text("id")) if not row.text("key").strip() else Secret(row.text("key")) for row in typed.signing
    ]
    return tuple(None if secret is None else flows.sign.public_key(secret) for secret in secrets)
