"""A definition as the webhook form shows it.

In: a definition whose secrets are masked. Out: what would have been typed. Never: a secret; its field stays empty and
is marked as kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from grantwire.domain.definition_headers import is_secret_name
from grantwire.domain.filter import DURATIONS
from grantwire.domain.secret import MASK
from grantwire.edges.web.webhook_questions import question_texts
from grantwire.edges.web.webhook_signing import signing_rows
from grantwire.edges.web.webhook_typed import Row, Typed

_PLAIN = (
    *("name", "kind", "method", "url", "content_type", "success", "order", "body"),
    *("timeout_seconds", "connect_timeout_seconds", "first_byte_timeout_seconds"),
)
_NO_CLAUSES = ("not", "expression", "time_zone")


def typed_of_definition(
    definition: Mapping[str, Any], *, saved_name: str = "", version: str = "", secrets_from: str = ""
) -> Typed:
    texts = dict(_texts(definition))
    return Typed(
        texts={name: value for name, value in texts.items() if value != MASK},
        lists=dict(_lists(definition)),
        headers=tuple(_headers(definition.get("headers", {}))),
        validators=tuple(
            Row({"path": one["json_path"], "values": "\n".join(one.get("expected_values", []))})
            for one in definition.get("response_validators", [])
        ),
        partials=tuple(Row({"name": name, "text": text}) for name, text in definition.get("partials", {}).items()),
        signing=tuple(signing_rows(definition.get("signing", {}))),
        kept=frozenset(name for name, value in texts.items() if value == MASK),
        saved_name=saved_name,
        version=version,
        secrets_from=secrets_from,
    )


def _texts(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _PLAIN:
        if name in definition:
            yield name, str(definition[name])
    for name in ("active", "strict"):
        if definition.get(name):
            yield name, "on"
    yield from _auth(definition.get("auth", {"type": "none"}))
    for name in ("expression", "time_zone"):
        if name in definition.get("filters", {}):
            yield f"filters.{name}", definition["filters"][name]
    yield from question_texts(definition)
    for section in ("tls", "retry", "limits", "batch"):
        for name, value in definition.get(section, {}).items():
            yield f"{section}.{name}", _joined(value)


def _auth(auth: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind = auth["type"]
    yield "auth.type", kind
    yield from ((f"auth.{kind}.{name}", _joined(value)) for name, value in auth.items() if name != "type")


def _joined(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _lists(definition: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "triggers", tuple(definition.get("triggers", ()))
    filters = definition.get("filters", {})
    for prefix, clauses in (("filter", filters), ("except", filters.get("not", {}))):
        for name, values in clauses.items():
            if name not in _NO_CLAUSES:
                yield f"{prefix}.{name}", (str(values),) if name in DURATIONS else tuple(map(str, values))


def _headers(headers: Any) -> Iterator[Row]:
    rows = headers if isinstance(headers, list) else [{"name": name, "value": headers[name]} for name in headers]
    for row in rows:
        is_masked = row["value"] == MASK
        texts = {"name": row["name"], "value": "" if is_masked else row["value"]}
        if is_masked:
            texts |= {"kept": "on"}
        if row.get("secret", is_masked or is_secret_name(row["name"])):
            texts |= {"secret": "on"}
        yield Row(texts)
