"""Operational events: what Grantwire tells of its own webhooks, as events that other webhooks can carry.

In: a webhook, what happened to it. Out: an envelope in the shape of an integration event, as if the webhook were one.
Never: a secret, or a URL (the origin is enough to find it).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from grantwire.domain.target import Origin
from grantwire.domain.webhook import Webhook, WebhookId

WEBHOOK_TYPE = "grantwire-webhook"


class Operational(StrEnum):
    """The names are types of events."""

    FAILING = "WebhookFailing"
    PAUSED = "WebhookPaused"
    RECOVERED = "WebhookRecovered"
    EXPIRING = "CredentialExpiring"


NAMES = frozenset(Operational)
_STATUS: Mapping[Operational, str] = {
    Operational.FAILING: "Error",
    Operational.PAUSED: "Error",
    Operational.RECOVERED: "OK",
    Operational.EXPIRING: "Warning",
}


def operational_envelope(kind: Operational, webhook: Webhook, message: str, *, at: datetime) -> dict[str, Any]:
    status = _STATUS[kind]
    return {
        "event_type": kind.value,
        "event_time": at.isoformat().replace("+00:00", "Z"),
        "data": {
            "id": webhook.id,
            "name": webhook.name,
            "type": WEBHOOK_TYPE,
            "status": status,
            "target": str(Origin.of(webhook.target.url)),
            "issues": [{"status": status, "message": message}],
        },
    }


def is_about(event_type: str, envelope: Mapping[str, Any], webhook_id: WebhookId) -> bool:
    """Whether an event tells of this very webhook, which must then not carry it: its failing would raise the next."""
    return event_type in NAMES and envelope["data"].get("id") == webhook_id
