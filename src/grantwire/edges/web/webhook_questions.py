"""The parts `reconcile`, `captures` and `actions` in the webhook form.

In: what was typed, or these parts of a definition. Out: the other. Never: a judgement (the definition's).

Names of fields are paths: `reconcile.url`, `actions.RequestApproved.reconcile.equals`. Maps are typed as lines, each a
name, a colon and the value. A part whose fields are all empty is none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grantwire.domain.receipt import BUILT_IN
from grantwire.edges.web.webhook_typed import Typed

_TEXTS = ("method", "url", "body", "match", "equals")
_LINES = ("headers", "captures")
_IN_A_MAP = re.compile(r"((?:actions\.\w+\.)?(?:reconcile\.(?:captures|headers)|captures))\.")
_ASKED_BY_DEFAULT = frozenset({"method"})  # a choice that is always there says nothing by itself


# ── from what was typed ──────────────────────────────────────────────────────────────────────────────────
def questions_of(typed: Typed, triggers: Sequence[str]) -> dict[str, Any]:
    found = {
        "reconcile": _reconcile(typed, "reconcile"),
        "captures": _lines(typed.text("captures")),
        "actions": {trigger: action for trigger in triggers if (action := _action(typed, f"actions.{trigger}"))},
    }
    return {name: value for name, value in found.items() if value}


def receipt_names(typed: Typed) -> tuple[str, ...]:
    """Of all values that a receipt of this webhook can have, as far as it is typed."""
    captures = (text for name, text in typed.texts.items() if name.split(".")[-1] == "captures")
    return tuple(dict.fromkeys((*BUILT_IN, *(name for text in captures for name in _lines(text)))))


def has_action(typed: Typed, trigger: str) -> bool:
    return bool(_action(typed, f"actions.{trigger}"))


def receipt_of(typed: Typed) -> dict[str, str] | None:
    """What preview and test take for the receipt; None where nothing was typed."""
    return _lines(typed.text("sample_receipt")) or None


def _reconcile(typed: Typed, path: str) -> dict[str, Any]:
    raw: dict[str, Any] = {name: text for name in _TEXTS if (text := typed.text(f"{path}.{name}").strip())}
    raw |= {name: lines for name in _LINES if (lines := _lines(typed.text(f"{path}.{name}")))}
    wait = typed.text(f"{path}.wait_seconds").strip()
    if not raw.keys() - _ASKED_BY_DEFAULT and not wait:
        return {}
    return raw | ({"wait_seconds": _number(wait)} if wait else {})


def _action(typed: Typed, path: str) -> dict[str, Any]:
    raw: dict[str, Any] = {name: text for name in ("url", "body") if (text := typed.text(f"{path}.{name}")).strip()}
    reconcile = _reconcile(typed, f"{path}.reconcile")
    if not raw and not reconcile:
        return {}
    choices = {name: text for name in ("method", "without_receipt") if (text := typed.text(f"{path}.{name}"))}
    return raw | choices | ({"reconcile": reconcile} if reconcile else {})


def _lines(text: str) -> dict[str, str]:
    rows = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in rows}


def _number(text: str) -> object:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


# ── and back ─────────────────────────────────────────────────────────────────────────────────────────────
def question_texts(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _of_reconcile(definition.get("reconcile", {}), "reconcile")
    yield "captures", _written(definition.get("captures", {}))
    for trigger, action in definition.get("actions", {}).items():
        path = f"actions.{trigger}"
        yield from ((f"{path}.{name}", text) for name, text in action.items() if name != "reconcile")
        yield from _of_reconcile(action.get("reconcile", {}), f"{path}.reconcile")


def _of_reconcile(reconcile: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in reconcile.items():
        yield f"{path}.{name}", _written(value) if name in _LINES else str(value)


def _written(values: Any) -> str:
    rows = values.items() if isinstance(values, Mapping) else ((row["name"], row["value"]) for row in values)
    return "\n".join(f"{name}: {value}" for name, value in rows)


def question_field_of(path: str) -> str:
    """The field of a problem: a map is one field. Other paths are as they are."""
    found = _IN_A_MAP.match(path)
    return found[1] if found else path
