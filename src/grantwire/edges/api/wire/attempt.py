"""An attempt as it is written: the whole invocation data, with a command that repeats it.

In: attempts of the domain. Out: wire types. Never: a secret; what is masked stays masked in the command too.
"""

import base64
from datetime import datetime
from typing import Annotated, assert_never

from msgspec import Meta, Struct

from grantwire.domain.attempt import Attempt, Question, ValidatorResult
from grantwire.domain.batching import BatchPlace
from grantwire.domain.exchange import NoResponse, NotSent, Reply, Request, Response, Timings
from grantwire.domain.secret import MASK
from grantwire.steps.curl import curl_of

_SECRET_ANSWER_HEADERS = frozenset({"set-cookie"})  # a session of the target is as good as its password


class HeaderRow(Struct, frozen=True):
    name: str
    value: str


class SentRequest(Struct, frozen=True, kw_only=True):
    """The request as sent; the values of secret headers are masked."""

    method: str
    url: str
    headers: list[HeaderRow]
    body: Annotated[str | None, Meta(description="The body where it is text.")]
    body_base64: Annotated[str | None, Meta(description="The body where it is not.")]


class StageTimings(Struct, frozen=True):
    """Milliseconds from the start of the send to the end of each stage; null for a stage that did not happen."""

    total_ms: float
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None


class ResponseReply(Struct, frozen=True, kw_only=True, tag_field="kind", tag="response"):
    """An answer came."""

    status: int
    reason: str
    headers: list[HeaderRow]
    body: str | None
    body_base64: str | None
    is_cut: Annotated[bool, Meta(description="There was, or should have been, more than the body holds.")]
    cut_why: str
    timings: StageTimings


class NoResponseReply(Struct, frozen=True, kw_only=True, tag_field="kind", tag="no_response"):
    """The request left, or tried to, and no answer came."""

    fault: str
    detail: str
    may_have_arrived: bool
    timings: StageTimings


class NotSentReply(Struct, frozen=True, kw_only=True, tag_field="kind", tag="not_sent"):
    """Nothing left the house."""

    why: str
    detail: str
    problems: list[str]


class ValidatorAnswer(Struct, frozen=True):
    """One response validator beside what it found."""

    json_path: str
    expected_values: list[str]
    found: list[str]
    passed: bool


class BatchPlaceAnswer(Struct, frozen=True, kw_only=True):
    """Where it was in a call of ServiceNow's Batch API."""

    id: Annotated[str, Meta(description="The `batch_request_id`.")]
    number: Annotated[int, Meta(description="Its place among the requests of the call, from 1.")]
    deliveries: Annotated[list[str], Meta(description="All deliveries of the call, in its order.")]
    called: Annotated[str, Meta(description="How the call as a whole ended.")]
    headers: list[HeaderRow]


class QuestionAnswer(Struct, frozen=True, kw_only=True):
    """Whether the target has it: asked instead of repeating a request whose outcome is in doubt."""

    request: SentRequest | None
    reply: ResponseReply | NoResponseReply | NotSentReply
    match: Annotated[str, Meta(description="The JSONPath whose values were compared.")]
    expected: str
    found: list[str]
    presence: Annotated[str, Meta(description="`found`, `not_found` or `unknown`.", examples=["found"])]
    why: str


class AttemptAnswer(Struct, frozen=True, kw_only=True):
    """One trip of a delivery; people see the word Invocation."""

    id: str
    delivery_id: Annotated[str | None, Meta(description="Null for a test.")]
    number: int
    started_at: datetime
    request: Annotated[SentRequest | None, Meta(description="Null when nothing was sent.")]
    reply: ResponseReply | NoResponseReply | NotSentReply
    validators: list[ValidatorAnswer]
    verdict: str
    why: str
    batch: Annotated[
        BatchPlaceAnswer | None, Meta(description="Set when it went with others; request and reply are its own part.")
    ] = None
    curl: Annotated[str, Meta(description="A command that repeats the request; secrets are masked.")]
    asked: Annotated[list[QuestionAnswer], Meta(description="What the target was asked, in order; mostly nothing.")]
    payload_removed: Annotated[
        bool, Meta(description="The bodies of request and answer were kept as long as is set, and are gone.")
    ]


def attempt_answer(attempt: Attempt) -> AttemptAnswer:
    request = None if attempt.request is None else _sent(attempt.request)
    return AttemptAnswer(
        id=attempt.id,
        delivery_id=attempt.delivery_id,
        number=attempt.number,
        started_at=attempt.started_at,
        request=request,
        reply=_reply(attempt.reply),
        validators=[_validator(result) for result in attempt.validators],
        verdict=attempt.verdict.value,
        why=attempt.why,
        batch=_place(attempt.batch),
        curl="" if attempt.request is None or attempt.is_payload_removed else curl_of(attempt.request),
        payload_removed=attempt.is_payload_removed,
        asked=[_question(question) for question in attempt.asked],
    )


def _question(asked: Question) -> QuestionAnswer:
    return QuestionAnswer(
        request=None if asked.request is None else _sent(asked.request),
        reply=_reply(asked.reply),
        match=asked.match,
        expected=asked.expected,
        found=list(asked.found),
        presence=asked.presence.value,
        why=asked.why,
    )


def _place(batch: BatchPlace | None) -> BatchPlaceAnswer | None:
    if batch is None:
        return None
    return BatchPlaceAnswer(
        id=batch.batch_id,
        number=batch.number,
        deliveries=list(batch.deliveries),
        called=batch.called,
        headers=[HeaderRow(name, value) for name, value in batch.headers],
    )


def _sent(request: Request) -> SentRequest:
    text, encoded = _body(request.body)
    return SentRequest(
        method=request.method.value,
        url=request.url,
        headers=_rows(request.headers, secret=request.secret_headers),
        body=text,
        body_base64=encoded,
    )


def _rows(headers: tuple[tuple[str, str], ...], *, secret: frozenset[str]) -> list[HeaderRow]:
    return [HeaderRow(name, MASK if name.lower() in secret else value) for name, value in headers]


def _body(body: bytes) -> tuple[str | None, str | None]:
    """Text where it is valid UTF-8 without control characters that no text has."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None, base64.b64encode(body).decode()
    return (None, base64.b64encode(body).decode()) if "\x00" in text else (text, None)


def _reply(reply: Reply) -> ResponseReply | NoResponseReply | NotSentReply:
    match reply:
        case Response():
            text, encoded = _body(reply.body)
            return ResponseReply(
                status=reply.status,
                reason=reply.reason,
                headers=_rows(reply.headers, secret=_SECRET_ANSWER_HEADERS),
                body=text,
                body_base64=encoded,
                is_cut=reply.is_cut,
                cut_why=reply.cut_why,
                timings=_timings(reply.timings),
            )
        case NoResponse():
            return NoResponseReply(
                fault=reply.fault.value,
                detail=reply.detail,
                may_have_arrived=reply.may_have_arrived,
                timings=_timings(reply.timings),
            )
        case NotSent():
            return NotSentReply(why=reply.why, detail=reply.detail, problems=list(reply.problems))
        case _:
            assert_never(reply)


def _timings(timings: Timings) -> StageTimings:
    return StageTimings(timings.total_ms, timings.dns_ms, timings.connect_ms, timings.tls_ms, timings.first_byte_ms)


def _validator(result: ValidatorResult) -> ValidatorAnswer:
    return ValidatorAnswer(result.json_path, list(result.expected_values), list(result.found), result.passed)
