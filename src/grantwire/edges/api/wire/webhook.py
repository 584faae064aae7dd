"""Webhooks as they are written: the definition people give, with the facts beside it.

In: webhooks of the domain. Out: wire types, which also describe what may be sent. Never: a secret; each is its mask or
its reference.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from grantwire.domain.action import WithoutReceipt
from grantwire.domain.errors import Problem
from grantwire.domain.event import Family
from grantwire.domain.target import Method
from grantwire.domain.webhook import Order, SuccessRule, Webhook
from grantwire.edges.api.wire.problem import FoundProblem
from grantwire.flow.configure import masked, shown
from grantwire.steps.explain import Explanation

# What an answer has beside the definition; ignored when it is sent back.
READ_ONLY = ("id", "version", "paused_why", "release_per_minute", "warnings")
_SECRET = "Written, never read back: answers show the mask, or the reference ${env:…} or ${file:…}."  # noqa: S105
Secret = Annotated[str, Meta(description=_SECRET)]
MOST_PER_MINUTE = 100_000  # a rate beyond is none
Texts = str | list[str]


class BearerAuth(Struct, frozen=True, tag_field="type", tag="bearer"):
    token: Secret


class BasicAuth(Struct, frozen=True, tag_field="type", tag="basic"):
    username: str
    password: Secret


class ApiKeyAuth(Struct, frozen=True, tag_field="type", tag="api_key"):
    header: str
    key: Secret


class OAuth2Auth(Struct, tag_field="type", tag="oauth2", kw_only=True, omit_defaults=True):
    grant: Literal["client_credentials", "password", "refresh_token"] = "client_credentials"
    token_url: str
    client_id: str
    client_secret: Secret
    scopes: list[str] = []
    username: str | UnsetType = UNSET
    password: Secret | UnsetType = UNSET
    refresh_token: Secret | UnsetType = UNSET
    client_authentication: Literal["body", "basic"] = "body"


class ClientCertificateAuth(Struct, frozen=True, tag_field="type", tag="client_certificate"):
    certificate: Annotated[str, Meta(description="PEM with its chain, or a reference ${file:…} to it.")]
    private_key: Secret
    passphrase: Secret | UnsetType = UNSET


class NoAuth(Struct, frozen=True, tag_field="type", tag="none"):
    pass


Auth = NoAuth | BearerAuth | BasicAuth | ApiKeyAuth | OAuth2Auth | ClientCertificateAuth


class TlsDefinition(Struct):
    ca: Annotated[
        str,
        Meta(description="The only authorities trusted for the target: PEM, or a reference ${file:…} to it."),
    ]


class HeaderDefinition(Struct, kw_only=True):
    name: str
    value: str
    secret: bool | UnsetType = UNSET


class SigningKeyDefinition(Struct, kw_only=True):
    id: Annotated[
        str | UnsetType,
        Meta(description="Tells keys apart; follows from the secret. Sent back with the mask, it says which is meant."),
    ] = UNSET
    secret: Annotated[
        str,
        Meta(
            description=f"`whsec_` and base64 of 24 to 64 bytes (HMAC-SHA256), or `whsk_` (Ed25519). {_SECRET}",
            examples=["${env:SIGNING_KEY}"],
        ),
    ]
    until: Annotated[str | UnsetType, Meta(description="RFC 3339; from then on it signs no more.")] = UNSET


class SigningDefinition(Struct):
    """Standard Webhooks 1.0.0: every key signs, the first one first."""

    keys: Annotated[list[SigningKeyDefinition], Meta(min_length=1, max_length=10)]


class ValidatorDefinition(Struct):
    json_path: Annotated[str, Meta(description="RFC 9535.", examples=["$.result.number"])]
    expected_values: Annotated[list[str], Meta(description="Empty: something must be found.")] = []


class RetryDefinition(Struct):
    attempts: Annotated[int, Meta(ge=1, le=100)] = 10
    max_age_hours: Annotated[float, Meta(ge=0.01, le=720)] = 24
    schedule_seconds: list[float] = []


class BatchDefinition(Struct):
    """Only for ServiceNow: requests that wait go out together in one call of its Batch API."""

    size: Annotated[int, Meta(ge=2, le=100, description="Most requests in one call.")]
    wait_milliseconds: Annotated[
        int, Meta(ge=0, le=10000, description="How long the first one waits for others; 0: it takes what is there.")
    ] = 0


class LimitsDefinition(Struct):
    concurrency: Annotated[int, Meta(ge=1)] | None = None
    per_minute: Annotated[int, Meta(ge=1)] | None = None


Captures = Annotated[
    dict[str, str], Meta(description="Name to JSONPath (RFC 9535): values for the receipt, `{{ receipt.name }}`.")
]


class ReconcileDefinition(Struct, kw_only=True):
    """How the target is asked whether it has what was sent, before that is sent again."""

    method: Literal["GET", "POST"] = "GET"
    url: Annotated[str, Meta(description="A template; scheme, host and port are those of the webhook's URL.")]
    headers: dict[str, str] | list[HeaderDefinition] = {}
    body: Annotated[str, Meta(description="A template.")] | UnsetType = UNSET
    match: Annotated[str, Meta(description="RFC 9535.", examples=["$.result[*].correlation_id"])]
    equals: Annotated[str, Meta(description="A template: what a value must equal.", examples=["{{ event_id }}"])]
    captures: Annotated[dict[str, str], Meta(description="Within the object that holds the match.")] = {}
    wait_seconds: Annotated[
        float, Meta(ge=0, le=3600, description="How long a request without an answer may still be at work.")
    ] = 300


class ActionDefinition(Struct, kw_only=True):
    """What is done for one trigger in place of the webhook's own request."""

    method: Method = Method.PATCH
    url: Annotated[str, Meta(description="A template, with `{{ receipt.sys_id }}` for instance.")]
    body: Annotated[str, Meta(description="A template.")] | UnsetType = UNSET
    without_receipt: Annotated[
        WithoutReceipt, Meta(description="When there is no ticket: make it first, or end dead.")
    ] = WithoutReceipt.GIVE_UP
    reconcile: ReconcileDefinition | UnsetType = UNSET


class WebhookDefinition(Struct, kw_only=True):
    """A webhook as people write it, in JSON as in YAML."""

    name: Annotated[str, Meta(description="Unique; letters, digits, spaces, - and _.", max_length=100)]
    active: bool = True
    kind: Family = Family.REQUEST
    method: Method = Method.POST
    url: Annotated[str, Meta(description="HTTPS; may hold {{ }} after the host.")]
    headers: dict[str, str] | list[HeaderDefinition] = {}
    auth: Auth = NoAuth()
    tls: TlsDefinition | UnsetType = UNSET
    signing: SigningDefinition | UnsetType = UNSET
    content_type: str = "application/json"
    body: Annotated[str, Meta(description="A template in {{ }}.")] | UnsetType = UNSET
    partials: dict[str, str] = {}
    strict: Annotated[bool, Meta(description="A missing field is an error, not an empty text.")] = False
    triggers: Texts | UnsetType = UNSET
    filters: Annotated[
        dict[str, Any],
        Meta(description="All must hold; values of one are alternatives. Also `not`, `expression`, `time_zone`."),
    ] = {}
    timeout_seconds: Annotated[float, Meta(ge=1, le=300)] = 30
    connect_timeout_seconds: float = 10
    first_byte_timeout_seconds: float | UnsetType = UNSET
    response_validators: list[ValidatorDefinition] = []
    success: SuccessRule | UnsetType = UNSET
    retry: RetryDefinition | UnsetType = UNSET
    limits: LimitsDefinition | UnsetType = UNSET
    batch: BatchDefinition | UnsetType = UNSET
    order: Annotated[
        Order, Meta(description="`per_request`: deliveries for one access request one at a time, as accepted.")
    ] = Order.NONE
    reconcile: ReconcileDefinition | UnsetType = UNSET
    captures: Captures = {}
    actions: Annotated[
        dict[str, ActionDefinition], Meta(description="By trigger; the others send the webhook's own request.")
    ] = {}


class WebhookAnswer(WebhookDefinition, kw_only=True):
    """A webhook on record: its definition, and what Grantwire knows of it."""

    id: str
    version: Annotated[int, Meta(ge=1, description="Grows with every change; the ETag.")]
    paused_why: Annotated[str | None, Meta(description="Set while its deliveries are held.")]
    release_per_minute: Annotated[
        int | None, Meta(description="Set while what was held goes out at a rate that was chosen.")
    ]
    warnings: Annotated[
        list[FoundProblem] | UnsetType, Meta(description="What is allowed and most likely not meant; not in lists.")
    ] = UNSET


class WebhookPage(Struct, frozen=True):
    items: list[WebhookAnswer]
    after: Annotated[str | None, Meta(description="Give it as `after` for the next page; null at the end.")]


class PauseAsked(Struct):
    why: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET


class ResumeAsked(Struct):
    per_minute: Annotated[int, Meta(ge=1, le=MOST_PER_MINUTE)] | UnsetType = UNSET


def webhook_answer(webhook: Webhook) -> dict[str, Any]:
    """In the shape of `WebhookAnswer`, without warnings."""
    facts = {
        "id": webhook.id,
        "version": webhook.version,
        "paused_why": webhook.paused_why,
        "release_per_minute": webhook.release_per_minute,
    }
    return shown(webhook, masked) | facts


def warned_answer(webhook: Webhook, found: Sequence[Problem]) -> dict[str, Any]:
    """The same with what is most likely not meant."""
    warnings = [
        FoundProblem(path=one.path, message=one.message, hint=one.hint, line=one.line, column=one.column)
        for one in found
    ]
    return webhook_answer(webhook) | {"warnings": warnings}


class ClauseAnswer(Struct, frozen=True, kw_only=True):
    """One thing that must hold, what it wanted and what the event has."""

    name: Annotated[str, Meta(examples=["integration"])]
    passed: bool
    found: list[str]
    wanted: list[str]
    why: str


class ExplanationAnswer(Struct, frozen=True, kw_only=True):
    """Why a webhook fires for an event, or does not."""

    fires: bool
    why_not: str | None
    clauses: list[ClauseAnswer]


def explanation_answer(explanation: Explanation) -> ExplanationAnswer:
    clauses = [
        ClauseAnswer(
            name=clause.name,
            passed=clause.passed,
            found=list(clause.found),
            wanted=list(clause.wanted),
            why=clause.why,
        )
        for clause in explanation.clauses
    ]
    return ExplanationAnswer(fires=explanation.fires, why_not=explanation.why_not, clauses=clauses)
