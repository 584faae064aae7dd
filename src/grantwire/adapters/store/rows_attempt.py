"""Attempts and receipts and their rows; the request, the reply and the validators are one compact blob.

In: attempts and receipts, or rows. Out: the other. Never: SQL, or the value of a secret header.

The blob is MessagePack of arrays: one byte of tag instead of field names, 1 µs to write. Compression was measured and
left out: it would cost more CPU than all other writing of a delivery (decision 0010).
"""

from typing import Any, assert_never

import msgspec

from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.texts import storable
from grantwire.domain.attempt import Attempt, AttemptId, Question, ValidatorResult
from grantwire.domain.batching import BatchPlace
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.event import AccessRequestId
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response, Timings
from grantwire.domain.receipt import Receipt
from grantwire.domain.reconcile import Presence
from grantwire.domain.secret import MASK
from grantwire.domain.target import Method, Origin
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId

ATTEMPT_COLUMNS = ("id", "delivery_id", "number", "started_at", "verdict", "why", "detail")
RECEIPT_COLUMNS = ("webhook_id", "access_request_id", "captured")

_Headers = tuple[tuple[str, str], ...]
_Stages = tuple[float, float | None, float | None, float | None, float | None]


class _Request(msgspec.Struct, array_like=True):
    method: str
    url: str
    headers: _Headers
    body: bytes
    origin: tuple[str, str, int]
    secret_headers: list[str]


class _Response(msgspec.Struct, array_like=True, tag=0):
    status: int
    reason: str
    headers: _Headers
    body: bytes
    is_cut: bool
    stages: _Stages
    cut_why: str


class _NoResponse(msgspec.Struct, array_like=True, tag=1):
    fault: str
    detail: str
    stages: _Stages
    may_have_arrived: bool


class _NotSent(msgspec.Struct, array_like=True, tag=2):
    why: str
    detail: str
    is_passing: bool
    retry_after_seconds: float | None
    pauses_webhook: bool
    problems: tuple[str, ...]
    is_ours: bool = False


class _Question(msgspec.Struct, array_like=True):
    request: _Request | None
    reply: _Response | _NoResponse | _NotSent
    match: str
    expected: str
    found: tuple[str, ...]
    presence: str
    why: str


class _Detail(msgspec.Struct, array_like=True):
    request: _Request | None
    reply: _Response | _NoResponse | _NotSent
    validators: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool], ...]
    is_payload_removed: bool = False
    asked: tuple[_Question, ...] = ()
    batch: tuple[str, int, tuple[str, ...], str, _Headers] | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode_detail = msgspec.msgpack.Decoder(_Detail).decode
_decode_captured = msgspec.msgpack.Decoder(dict[str, str]).decode


def to_attempt_row(attempt: Attempt) -> tuple[object, ...]:
    """In the order of `ATTEMPT_COLUMNS`."""
    validators = tuple((v.json_path, v.expected_values, v.found, v.passed) for v in attempt.validators)
    request = None if attempt.request is None else _to_request(attempt.request)
    asked = tuple(map(_to_question, attempt.asked)) if attempt.asked else ()
    return (
        attempt.id,
        attempt.delivery_id,
        attempt.number,
        to_stamp(attempt.started_at),
        attempt.verdict.value,
        storable(attempt.why),
        _encode_detail(
            _Detail(request, _to_reply(attempt.reply), validators, asked=asked, batch=_to_batch(attempt.batch))
        ),
    )


def of_attempt_row(row: Any) -> Attempt:
    detail = _decode_detail(row.detail)
    return Attempt(
        id=AttemptId(row.id),
        delivery_id=None if row.delivery_id is None else DeliveryId(row.delivery_id),
        number=row.number,
        started_at=of_stamp(row.started_at),
        request=None if detail.request is None else _of_request(detail.request),
        reply=_of_reply(detail.reply),
        verdict=VerdictKind(row.verdict),
        why=row.why,
        validators=tuple(ValidatorResult(*one) for one in detail.validators),
        is_payload_removed=detail.is_payload_removed,
        asked=tuple(map(_of_question, detail.asked)),
        batch=None if detail.batch is None else BatchPlace(*detail.batch),
    )


def _to_batch(batch: BatchPlace | None) -> tuple[str, int, tuple[str, ...], str, _Headers] | None:
    if batch is None:
        return None
    return (batch.batch_id, batch.number, batch.deliveries, batch.called, batch.headers)


def without_payload(detail: bytes) -> bytes:
    """The blob with the bodies of request and answer left out."""
    whole = _decode_detail(detail)
    exchanges: tuple[_Detail | _Question, ...] = (whole, *whole.asked)
    for one in exchanges:
        if one.request is not None:
            one.request.body = b""
        if isinstance(one.reply, _Response):
            one.reply.body = b""
    whole.is_payload_removed = True
    return _encode(whole)


def to_receipt_row(receipt: Receipt) -> tuple[object, ...]:
    """In the order of `RECEIPT_COLUMNS`."""
    return (receipt.webhook_id, receipt.access_request_id, _encode(dict(receipt.values)))


def of_receipt_row(row: Any) -> Receipt:
    return Receipt(WebhookId(row.webhook_id), AccessRequestId(row.access_request_id), _decode_captured(row.captured))


def _encode_detail(detail: _Detail) -> bytes:
    try:
        return _encode(detail)
    except UnicodeEncodeError:
        # Only a reply with headers outside UTF-8 comes here; the attempt must be on record all the same.
        return _encode(_storable_within(msgspec.to_builtins(detail, builtin_types=(bytes,))))


def _storable_within(part: Any) -> Any:
    match part:
        case str():
            return storable(part)
        case list() | tuple():
            return [_storable_within(one) for one in part]
        case _:
            return part


def _to_request(request: Request) -> _Request:
    return _Request(
        request.method.value,
        request.url,
        _without_secrets(request),
        request.body,
        (request.origin.scheme, request.origin.host, request.origin.port),
        list(request.secret_headers),
    )


def _without_secrets(request: Request) -> _Headers:
    secret = request.secret_headers
    if not secret:
        return request.headers
    return tuple([(name, MASK if name.lower() in secret else value) for name, value in request.headers])


def _of_request(wire: _Request) -> Request:
    return Request(
        Method(wire.method), wire.url, wire.headers, wire.body, Origin(*wire.origin), frozenset(wire.secret_headers)
    )


def _to_question(asked: Question) -> _Question:
    request = None if asked.request is None else _to_request(asked.request)
    expected, found = storable(asked.expected), tuple(map(storable, asked.found))
    return _Question(request, _to_reply(asked.reply), asked.match, expected, found, asked.presence.value, asked.why)


def _of_question(wire: _Question) -> Question:
    request = None if wire.request is None else _of_request(wire.request)
    reply, presence = _of_reply(wire.reply), Presence(wire.presence)
    return Question(request, reply, wire.match, wire.expected, wire.found, presence, wire.why)


def _to_reply(reply: Reply) -> _Response | _NoResponse | _NotSent:
    match reply:
        case Response(status, reason, headers, body, is_cut, timings, cut_why):
            return _Response(status, reason, headers, body, is_cut, _to_stages(timings), cut_why)
        case NoResponse(fault, detail, timings, may_have_arrived):
            return _NoResponse(fault.value, detail, _to_stages(timings), may_have_arrived)
        case NotSent(why, detail, is_passing, retry_after_seconds, pauses_webhook, problems, is_ours):
            return _NotSent(why, detail, is_passing, retry_after_seconds, pauses_webhook, problems, is_ours)
        case _:
            assert_never(reply)


def _of_reply(wire: _Response | _NoResponse | _NotSent) -> Reply:
    match wire:
        case _Response(status, reason, headers, body, is_cut, stages, cut_why):
            return Response(status, reason, headers, body, is_cut, Timings(*stages), cut_why)
        case _NoResponse(fault, detail, stages, may_have_arrived):
            return NoResponse(Fault(fault), detail, Timings(*stages), may_have_arrived)
        case _NotSent(why, detail, is_passing, retry_after_seconds, pauses_webhook, problems, is_ours):
            return NotSent(why, detail, is_passing, retry_after_seconds, pauses_webhook, problems, is_ours)
        case _:
            assert_never(wire)


def _to_stages(timings: Timings) -> _Stages:
    return (timings.total_ms, timings.dns_ms, timings.connect_ms, timings.tls_ms, timings.first_byte_ms)
