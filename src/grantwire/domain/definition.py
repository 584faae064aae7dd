"""Definition: a webhook as people and programs write it.

In: the YAML/JSON shape of one webhook. Out: a `Webhook`, or every problem of it with its path; and back.
Never: a look at the store (whether the name is taken) or at the network.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from grantwire.domain.allowance import Allowance
from grantwire.domain.content_type import is_content_type
from grantwire.domain.credential import Credential, OAuth2
from grantwire.domain.definition_auth import Show, read_auth, write_auth
from grantwire.domain.definition_batch import read_batch, write_batch
from grantwire.domain.definition_filters import read_filters, write_filters
from grantwire.domain.definition_headers import read_headers, write_headers
from grantwire.domain.definition_reconcile import (
    read_actions,
    read_captures,
    read_reconcile,
    write_actions,
    write_reconcile,
)
from grantwire.domain.definition_rules import rule_problems
from grantwire.domain.definition_signing import read_signing, write_signing
from grantwire.domain.definition_tls import read_trust, write_trust
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event import Family
from grantwire.domain.event_types import canonical, event_types, hint_for, names_of
from grantwire.domain.form import Form
from grantwire.domain.retry import RetryPolicy
from grantwire.domain.secret import Secret
from grantwire.domain.secret_reading import OpenSecret, plain_secret
from grantwire.domain.target import Header, Method, Target, Trust
from grantwire.domain.url_rules import FALLBACK_URL
from grantwire.domain.webhook import Limits, Order, ResponseValidator, SuccessRule, Timeouts, Webhook, WebhookId

Inspect = Callable[[Webhook, str], Iterable[Problem]]


def nothing_more(_webhook: Webhook, _path: str) -> Iterable[Problem]:
    return ()


def read_definition(
    raw: object,
    *,
    id: WebhookId,  # noqa: A002 - the field's name
    allowance: Allowance | None,
    path: str = "",
    version: int = 1,
    paused_why: str | None = None,
    open_secret: OpenSecret = plain_secret,
    inspect: Inspect = nothing_more,
) -> Webhook:
    """Raises `Refused` with every problem; `path` is put before their paths (`webhooks[0]`). `inspect` finds those that
    only a look into certificates shows.

    `allowance` None skips the rules that were checked when the webhook was stored (URL, templates, expressions):
    for a store that reads back what it holds, so that a stricter rule never makes a stored webhook unreadable.
    """
    problems: list[Problem] = []
    form = Form(raw, path, problems)
    if isinstance(raw, dict):
        webhook = _read(form, id=id, version=version, paused_why=paused_why, open_secret=open_secret)
        form.finish()
        if allowance is not None:
            problems += rule_problems(webhook, allowance, path=path)
            problems += inspect(webhook, path)
    if problems:
        raise Refused("the webhook is not valid", problems)
    return webhook


def _read(
    form: Form,
    *,
    id: WebhookId,  # noqa: A002 - the field's name
    version: int,
    paused_why: str | None,
    open_secret: OpenSecret,
) -> Webhook:
    kind, url = form.choice("kind", Family.REQUEST), form.needed_text("url", fallback=FALLBACK_URL)
    content_type, headers = _read_content_type(form, read_headers(form, open_secret))
    triggers, trust = _read_triggers(form, kind), read_trust(form.inner("tls"))
    return Webhook(
        id=id,
        name=form.needed_text("name", fallback="-"),
        active=form.flag("active", default=True),
        kind=kind,
        target=Target(form.choice("method", Method.POST), url, headers),
        triggers=triggers,
        body=form.text("body"),
        content_type=content_type,
        credential=_trusting(read_auth(form.inner("auth"), open_secret), trust),
        signing=read_signing(form.inner("signing"), open_secret),
        filters=read_filters(form.inner("filters"), kind),
        timeouts=_read_timeouts(form),
        validators=_read_validators(form),
        retry=_read_retry(form.inner("retry")),
        limits=_read_limits(form.inner("limits")),
        order=form.choice("order", Order.NONE),
        success=form.choice("success", success_rule_of(url)),
        trust=trust,
        batch=read_batch(form.inner("batch")),
        strict=form.flag("strict", default=False),
        paused_why=paused_why,
        version=version,
        partials=_read_partials(form.inner("partials")),
        reconcile=read_reconcile(form.inner("reconcile")),
        captures=read_captures(form.inner("captures")),
        actions=read_actions(form.inner("actions"), triggers),
    )


def _trusting(credential: Credential, trust: Trust) -> Credential:
    return replace(credential, ca=trust.ca) if isinstance(credential, OAuth2) else credential


def success_rule_of(url: str) -> SuccessRule:
    """ServiceNow's own rule for its Table API and Import Set API, told by the path."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return SuccessRule.GENERIC
    parts = [part for part in path.split("/") if part]
    if parts[:2] == ["api", "now"]:
        rest = parts[3:] if parts[2:3] and parts[2][:1] == "v" and parts[2][1:].isdigit() else parts[2:]
        if rest[:1] in (["table"], ["import"]):
            return SuccessRule.SERVICENOW
    return SuccessRule.GENERIC


def _read_content_type(form: Form, headers: tuple[Header, ...]) -> tuple[str, tuple[Header, ...]]:
    """A Content-Type among the headers is the content type: the template has to know it."""
    given = form.text("content_type")
    rows = [header for header in headers if header.name.lower() == "content-type"]
    others = tuple(header for header in headers if header not in rows)
    row = rows[0].value if rows else None
    if isinstance(row, Secret) or (row is not None and "{{" in row):
        form.fault("headers", "the Content-Type must be written out")
        row = None
    if given is not None and row is not None and given != row:
        form.fault("content_type", f"is {given!r:.60} here and {row!r:.60} among the headers")
    content_type = given or row or "application/json"
    if not is_content_type(content_type):
        form.fault("content_type", f"{content_type[:60]!r} is no media type like application/json")
        content_type = "application/json"
    return content_type, others


def _read_triggers(form: Form, kind: Family) -> tuple[str, ...]:
    """A webhook for audit or integration events takes all of them when it names none."""
    names = form.texts("triggers")
    if not form.has("triggers") and kind is not Family.REQUEST:
        return names_of(kind)
    if not names:
        form.fault("triggers", "needs at least one trigger.", f"Choose from {', '.join(names_of(kind))}.")
    triggers = []
    for index, name in enumerate(names):
        known = canonical(name)
        if known is None:
            form.fault(f"triggers[{index}]", f"{name[:60]!r} is no known trigger.", hint_for(name))
        elif event_types()[known].family is not kind:
            hint = f"Choose from {', '.join(names_of(kind))}."
            form.fault(f"triggers[{index}]", f"{known} is no trigger of {kind} webhooks.", hint)
        else:
            triggers.append(known)
    return tuple(dict.fromkeys(triggers))


def _read_timeouts(form: Form) -> Timeouts:
    standard = Timeouts()
    total = form.number("timeout_seconds", least=1, most=300)
    connect = form.number("connect_timeout_seconds", least=0.1, most=300)
    first_byte = form.number("first_byte_timeout_seconds", least=0.1, most=300)
    total = standard.total.total_seconds() if total is None else total
    for name, part in (("connect_timeout_seconds", connect), ("first_byte_timeout_seconds", first_byte)):
        if part is not None and part > total:
            form.fault(name, f"must not be longer than timeout_seconds ({total:g})")
    return Timeouts(
        total=timedelta(seconds=total),
        connect=min(standard.connect, timedelta(seconds=total)) if connect is None else timedelta(seconds=connect),
        first_byte=None if first_byte is None else timedelta(seconds=first_byte),
    )


def _read_validators(form: Form) -> tuple[ResponseValidator, ...]:
    return tuple(
        ResponseValidator(row.needed_text("json_path", fallback="$"), row.words("expected_values"))
        for row in _rows(form, "response_validators")
    )


def _rows(form: Form, name: str) -> Iterator[Form]:
    raw = form.take(name)
    if raw is not None and not isinstance(raw, list | tuple):
        form.fault(name, "must be an array")
        return
    for index, item in enumerate(raw or ()):
        row = Form(item, form.at(f"{name}[{index}]"), form.problems)
        yield row
        row.finish()


def _read_retry(form: Form | None) -> RetryPolicy:
    standard = RetryPolicy()
    if form is None:
        return standard
    attempts = form.whole_number("attempts", least=1, most=100)
    hours = form.number("max_age_hours", least=0.01, most=720)
    policy = RetryPolicy(
        attempts=standard.attempts if attempts is None else attempts,
        max_age=standard.max_age if hours is None else timedelta(hours=hours),
        steps_seconds=_read_schedule(form) or standard.steps_seconds,
    )
    form.finish()
    return policy


def _read_schedule(form: Form) -> tuple[float, ...]:
    steps = form.take("schedule_seconds")
    if steps is None:
        return ()
    if not isinstance(steps, list | tuple) or not 1 <= len(steps) <= 100:
        form.fault("schedule_seconds", "must be an array of 1 to 100 numbers")
        return ()
    for index, step in enumerate(steps):
        if isinstance(step, bool) or not isinstance(step, int | float) or not 0.1 <= step <= 86400:
            form.fault(f"schedule_seconds[{index}]", f"must be a number from 0.1 to 86400, found {step!r:.60}")
            return ()
    return tuple(steps)


def _read_limits(form: Form | None) -> Limits:
    if form is None:
        return Limits()
    concurrency = form.whole_number("concurrency", least=1, most=1000)
    per_minute = form.whole_number("per_minute", least=1, most=1_000_000)
    form.finish()
    return Limits(concurrency, per_minute)


def _read_partials(form: Form | None) -> dict[str, str]:
    if form is None:
        return {}
    return {name: form.text(name) or "" for name in form.names()}


# ── and back ─────────────────────────────────────────────────────────────────────────────────────────────
def write_definition(webhook: Webhook, *, show: Show) -> dict[str, Any]:
    """The shape `read_definition` reads; `show` says what stands for a secret (a mask, a sealed text).

    Id, version and pause are not part of a definition.
    """
    written: dict[str, Any] = {
        "name": webhook.name,
        "active": webhook.active,
        "kind": str(webhook.kind),
        "method": str(webhook.target.method),
        "url": webhook.target.url,
        "headers": write_headers(webhook.target.headers, show),
        "auth": write_auth(webhook.credential, show),
        "tls": write_trust(webhook.trust),
        "batch": write_batch(webhook.batch),
        "signing": write_signing(webhook.signing, show),
        "content_type": webhook.content_type,
        "body": webhook.body,
        "partials": dict(webhook.partials),
        "strict": webhook.strict,
        "triggers": list(webhook.triggers),
        "filters": write_filters(webhook.filters),
        "response_validators": [
            {"json_path": validator.json_path, "expected_values": list(validator.expected_values)}
            for validator in webhook.validators
        ],
        "success": str(webhook.success),
        "retry": _write_retry(webhook.retry),
        "limits": _without_none({"concurrency": webhook.limits.concurrency, "per_minute": webhook.limits.per_minute}),
        "order": None if webhook.order is Order.NONE else str(webhook.order),
        **_write_timeouts(webhook.timeouts),
        "reconcile": write_reconcile(webhook.reconcile),
        "captures": dict(webhook.captures),
        "actions": write_actions(webhook.actions),
    }
    return {name: value for name, value in _without_none(written).items() if value not in ({}, [])}


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _write_timeouts(timeouts: Timeouts) -> dict[str, Any]:
    return {
        "timeout_seconds": _plain_number(timeouts.total.total_seconds()),
        "connect_timeout_seconds": _plain_number(timeouts.connect.total_seconds()),
        "first_byte_timeout_seconds": (
            None if timeouts.first_byte is None else _plain_number(timeouts.first_byte.total_seconds())
        ),
    }


def _write_retry(policy: RetryPolicy) -> dict[str, Any]:
    return {
        "attempts": policy.attempts,
        "max_age_hours": _plain_number(policy.max_age.total_seconds() / 3600),
        "schedule_seconds": [_plain_number(step) for step in policy.steps_seconds],
    }


def _plain_number(number: float) -> float:
    return int(number) if number == int(number) else number
