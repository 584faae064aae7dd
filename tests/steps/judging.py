"""Builders for the tests of judge: each default is the ordinary case, so that a test states only what matters to it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from grantwire.domain.credential import Credential, NoCredential
from grantwire.domain.delivery import Claim, DeliveryId
from grantwire.domain.event import AccessRequestId, Event, EventId, Family
from grantwire.domain.exchange import Fault, NoResponse, Reply, Response, Timings
from grantwire.domain.retry import RetryPolicy
from grantwire.domain.target import Header, Method, Target
from grantwire.domain.webhook import ResponseValidator, SuccessRule, Webhook, WebhookId
from grantwire.steps.judge import Judgement, judge
from grantwire.steps.read_json import LoadJson

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SYS_ID = "9d385017c611228701d22104cc95c371"
RECORD = {"result": {"sys_id": SYS_ID, "number": "INC0010001", "state": "1"}}
JSON_TYPE = ("Content-Type", "application/json;charset=UTF-8")
HTML_TYPE = ("Content-Type", "text/html;charset=UTF-8")
NOBODY: Credential = NoCredential()


def webhook(
    *,
    success: SuccessRule = SuccessRule.GENERIC,
    method: Method = Method.POST,
    credential: Credential = NOBODY,
    retry: RetryPolicy | None = None,
    validators: tuple[ResponseValidator, ...] = (),
    headers: tuple[Header, ...] = (),
) -> Webhook:
    return Webhook(
        id=WebhookId("whk_1"),
        name="ServiceNow prod",
        active=True,
        kind=Family.REQUEST,
        target=Target(method, "https://acme.service-now.com/api/now/table/incident", headers),
        triggers=("RequestCreated",),
        credential=credential,
        validators=validators,
        retry=retry or RetryPolicy(),
        success=success,
    )


def claim(*, attempts_made: int = 0, age: timedelta = timedelta()) -> Claim:
    event = Event(
        EventId("evt_1"), "RequestCreated", Family.REQUEST, NOW - age, NOW - age, AccessRequestId("AR-1"), {}, b"{}"
    )
    return Claim(
        DeliveryId("dlv_1"), "token", event, WebhookId("whk_1"), attempts_made, NOW - age, NOW + timedelta(minutes=5)
    )


def response(
    status: int,
    body: bytes | Mapping[str, object] | str = b"",
    *headers: tuple[str, str],
    reason: str = "",
    is_cut: bool = False,
) -> Response:
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return Response(status, reason, headers, raw, is_cut, Timings(1.0), "it broke off" if is_cut else "")


def refused(message: str, detail: str | None = None, *, status: int = 403) -> Response:
    return response(status, {"error": {"message": message, "detail": detail}, "status": "failure"}, JSON_TYPE)


def silence(fault: Fault = Fault.TIMEOUT_TOTAL, *, may_have_arrived: bool = True) -> NoResponse:
    return NoResponse(fault, "connected, but no answer within 30 s", Timings(30000.0), may_have_arrived)


def judged(
    reply: Reply,
    hook: Webhook | None = None,
    *,
    attempts_made: int = 1,
    age: timedelta = timedelta(),
    dice: float = 0.0,
    load_json: LoadJson = json.loads,
) -> Judgement:
    return judge(
        hook or webhook(),
        reply,
        attempts_made=attempts_made,
        claim=claim(attempts_made=attempts_made - 1, age=age),
        now=NOW,
        dice=dice,
        load_json=load_json,
    )
