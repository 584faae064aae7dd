"""Webhook: the standing instruction to turn events into requests.

In: a checked definition (see `definition`). Out: a frozen value that `steps` and `flow` read.
Never: compiled templates or open connections.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NewType

from grantwire.domain.action import Action
from grantwire.domain.batching import Batching
from grantwire.domain.credential import Credential, NoCredential
from grantwire.domain.event import Family
from grantwire.domain.filter import Filters
from grantwire.domain.reconcile import Reconcile
from grantwire.domain.retry import RetryPolicy
from grantwire.domain.signing import SigningKey
from grantwire.domain.target import USUAL_TRUST, Target, Trust

WebhookId = NewType("WebhookId", str)

MANUAL = "Manual"


class SuccessRule(StrEnum):
    """What counts as delivered: any 2xx, or ServiceNow's 201/200 with JSON and `result.sys_id`."""

    GENERIC = "generic"
    SERVICENOW = "servicenow"


class Order(StrEnum):
    """Whether deliveries for one access request wait for each other. The order is that of acceptance, in which
    Grantwire put the events on record, whatever times they tell."""

    NONE = "none"
    PER_REQUEST = "per_request"


@dataclass(frozen=True, slots=True)
class ResponseValidator:
    """`json_path` (RFC 9535) must find something; with `expected_values`, one found value must equal one as text."""

    json_path: str
    expected_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Each bounds its own stage; `total` bounds all of them together."""

    total: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=10)
    first_byte: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """`concurrency` requests at once to this webhook's target (None: no limit); `per_minute` starts in any 60 s."""

    concurrency: int | None = None
    per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """`version` grows by one with every change and is the ETag. `paused_why` is set while the webhook holds its
    deliveries; `release_per_minute` while what was held goes out at a chosen rate. `active` is the person's switch:
    events of an inactive webhook are recorded as skipped. `captures` are JSONPaths for the receipt; `actions` say what
    is done for a trigger instead of the webhook's own request."""

    id: WebhookId
    name: str
    active: bool
    kind: Family
    target: Target
    triggers: tuple[str, ...]
    body: str | None = None
    content_type: str = "application/json"
    credential: Credential = NoCredential()
    signing: tuple[SigningKey, ...] = ()
    filters: Filters = Filters()
    timeouts: Timeouts = Timeouts()
    validators: tuple[ResponseValidator, ...] = ()
    retry: RetryPolicy = RetryPolicy()
    limits: Limits = Limits()
    order: Order = Order.NONE
    success: SuccessRule = SuccessRule.GENERIC
    trust: Trust = USUAL_TRUST
    batch: Batching | None = None
    strict: bool = False
    paused_why: str | None = None
    release_per_minute: int | None = None
    version: int = 1
    partials: dict[str, str] = field(default_factory=dict)
    reconcile: Reconcile | None = None
    captures: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
