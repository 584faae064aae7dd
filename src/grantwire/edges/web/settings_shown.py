"""Settings shown: what a webhook is set to, at a glance.

In: a webhook. Out: pairs of words, only those that say something. Never: a secret, or the text of a template.
"""

from collections.abc import Iterator

from grantwire.domain.webhook import Order, Webhook
from grantwire.edges.web.words import many
from grantwire.flow.configure import masked, shown

_AUTH = {
    "none": "none",
    "bearer": "Bearer token",
    "basic": "user name and password",
    "api_key": "API key",
    "oauth2": "OAuth 2.0",
    "client_certificate": "client certificate",
}


def settings_of(webhook: Webhook) -> list[tuple[str, str]]:
    return [(name, words) for name, words in _settings(webhook) if words]


def _settings(webhook: Webhook) -> Iterator[tuple[str, str]]:
    definition = shown(webhook, masked)
    yield "Kind", webhook.kind.value
    yield "Triggers", ", ".join(webhook.triggers)
    yield "Filters", "; ".join(_filter(name, value) for name, value in (definition.get("filters") or {}).items())
    auth = definition.get("auth") or {}
    yield "Authentication", _AUTH.get(str(auth.get("type", "none")), str(auth.get("type")))
    yield "Headers", ", ".join(header.name for header in webhook.target.headers)
    yield "Timeout", f"{webhook.timeouts.total.total_seconds():g} s"
    yield "Response validators", ", ".join(one.json_path for one in webhook.validators)
    hours = webhook.retry.max_age.total_seconds() / 3600
    yield "Retry", f"up to {many(webhook.retry.attempts, 'invocation')} within {hours:g} h"
    limits = webhook.limits
    yield (
        "Limits",
        ", ".join(
            words
            for number, words in (
                (limits.concurrency, f"{limits.concurrency} at once"),
                (limits.per_minute, f"{limits.per_minute} per minute"),
            )
            if number is not None
        ),
    )
    if webhook.trust.ca is not None:
        yield "Trusts", "an authority of its own, no other"
    if webhook.batch is not None:
        yield "Batches", f"up to {webhook.batch.size} requests in one call"
    if webhook.order is Order.PER_REQUEST:
        yield "Order", "one delivery of an access request at a time, as accepted"


def _filter(name: str, value: object) -> str:
    words = " or ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{name} is {words}" if name != "expression" else words
