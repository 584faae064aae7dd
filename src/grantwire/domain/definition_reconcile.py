"""Definition, the parts `reconcile`, `captures` and `actions`: ask before repeating, one ticket per access request.

In: these parts as people write them. Out: their values, and back. Never: a look at the templates (see
`definition_rules`).
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from grantwire.domain.action import Action, WithoutReceipt
from grantwire.domain.definition_headers import read_headers, write_headers
from grantwire.domain.event_types import canonical
from grantwire.domain.form import Form
from grantwire.domain.reconcile import STANDARD_WAIT, Reconcile
from grantwire.domain.secret import MASK, Secret
from grantwire.domain.secret_reading import plain_secret
from grantwire.domain.target import Header, Method, Target
from grantwire.domain.url_rules import FALLBACK_URL

LONGEST_WAIT_SECONDS = 3600
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")


def read_reconcile(form: Form | None) -> Reconcile | None:
    if form is None:
        return None
    method = form.choice("method", Method.GET)
    if method not in {Method.GET, Method.POST}:
        form.fault("method", f"{method} is not possible.", "A question is a GET, or a POST to a search.")
    wait = form.number("wait_seconds", least=0, most=LONGEST_WAIT_SECONDS)
    asked = Reconcile(
        target=Target(method, form.needed_text("url", fallback=FALLBACK_URL), _read_headers(form)),
        match=form.needed_text("match", fallback="$"),
        equals=form.needed_text("equals", fallback="-"),
        body=form.text("body"),
        captures=read_captures(form.inner("captures")),
        wait=STANDARD_WAIT if wait is None else timedelta(seconds=wait),
    )
    form.finish()
    return asked


def _read_headers(form: Form) -> tuple[Header, ...]:
    headers = read_headers(form, plain_secret)
    for header in headers:
        if isinstance(header.value, Secret):
            hint = "The webhook's authentication and its secret headers go with the question by themselves."
            form.fault("headers", f"{header.name} is a secret.", hint)
    return tuple(header for header in headers if not isinstance(header.value, Secret))


def read_captures(form: Form | None) -> dict[str, str]:
    captures: dict[str, str] = {}
    if form is None:
        return captures
    for name in form.names():
        if not _NAME.match(name):
            form.fault(
                name, "is no name for a receipt.", "Letters, digits and _, at most 64, not starting with a digit."
            )
        captures[name] = form.needed_text(name, fallback="$")
    return captures


def read_actions(form: Form | None, triggers: tuple[str, ...]) -> dict[str, Action]:
    actions: dict[str, Action] = {}
    if form is None:
        return actions
    for name in form.names():
        inner, trigger = form.inner(name), canonical(name)
        if trigger not in triggers or trigger is None:
            hint = f"Choose from {', '.join(triggers)}." if triggers else ""
            form.fault(name, "is none of the webhook's triggers.", hint)
        elif inner is not None:
            actions[trigger] = _read_action(inner)
    return actions


def _read_action(form: Form) -> Action:
    action = Action(
        method=form.choice("method", Method.PATCH),
        url=form.needed_text("url", fallback=FALLBACK_URL),
        body=form.text("body"),
        without_receipt=form.choice("without_receipt", WithoutReceipt.GIVE_UP),
        reconcile=read_reconcile(form.inner("reconcile")),
    )
    form.finish()
    return action


# ── and back ─────────────────────────────────────────────────────────────────────────────────────────────
def write_reconcile(reconcile: Reconcile | None) -> dict[str, Any] | None:
    if reconcile is None:
        return None
    written: dict[str, Any] = {
        "method": str(reconcile.target.method),
        "url": reconcile.target.url,
        "headers": write_headers(reconcile.target.headers, lambda _: MASK),
        "body": reconcile.body,
        "match": reconcile.match,
        "equals": reconcile.equals,
        "captures": dict(reconcile.captures),
        "wait_seconds": _plain_number(reconcile.wait.total_seconds()),
    }
    return {name: value for name, value in written.items() if value not in (None, {}, [])}


def write_actions(actions: Mapping[str, Action]) -> dict[str, Any]:
    return {trigger: _write_action(action) for trigger, action in actions.items()}


def _write_action(action: Action) -> dict[str, Any]:
    written = {
        "method": str(action.method),
        "url": action.url,
        "body": action.body,
        "without_receipt": str(action.without_receipt),
        "reconcile": write_reconcile(action.reconcile),
    }
    return {name: value for name, value in written.items() if value is not None}


def _plain_number(number: float) -> float:
    return int(number) if number == int(number) else number
