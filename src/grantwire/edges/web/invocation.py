"""Invocation: an attempt as a person reads it, for `templates/parts/invocation.html`.

In: an attempt. Out: a frozen value with words, times and text ready to be shown. Never: a secret; headers that hold one
are their mask, in the command too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from markupsafe import Markup, escape

from grantwire.domain.attempt import Attempt, Question, ValidatorResult
from grantwire.domain.batching import BatchPlace
from grantwire.domain.cause import Cause
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response, Timings
from grantwire.domain.reconcile import Presence
from grantwire.domain.secret import MASK
from grantwire.domain.tips import TIPS, Tip
from grantwire.domain.verdict import VerdictKind
from grantwire.edges.web.incident import Incident, incident_of
from grantwire.edges.web.json_marks import indented, marked
from grantwire.steps.advise import advise
from grantwire.steps.curl import curl_of

_SECRET_ANSWER_HEADERS = frozenset({"set-cookie"})  # a session of the target is as good as its password

# What a verdict is called, and how it looks.
VERDICTS: Mapping[VerdictKind, tuple[str, str]] = {
    VerdictKind.DELIVERED: ("delivered", "green"),
    VerdictKind.RETRY: ("not delivered, tried again", "yellow"),
    VerdictKind.GIVEN_UP: ("given up", "red"),
    VerdictKind.POSTPONED: ("postponed", "secondary"),
    VerdictKind.HELD: ("held", "yellow"),
    VerdictKind.TOKEN_REFUSED: ("token refused", "red"),
}
PRESENCES: Mapping[Presence, tuple[str, str]] = {
    Presence.FOUND: ("there", "green"),
    Presence.ABSENT: ("not there", "secondary"),
    Presence.UNKNOWN: ("unknown", "yellow"),
}
FAULTS: Mapping[Fault, str] = {
    Fault.DNS: "name not found",
    Fault.ADDRESS: "address not allowed",
    Fault.CONNECT: "no connection",
    Fault.TLS: "no secure connection",
    Fault.CLIENT_CERTIFICATE: "client certificate refused",
    Fault.SEND: "broken off while sending",
    Fault.TIMEOUT_CONNECT: "timeout while connecting",
    Fault.TIMEOUT_FIRST_BYTE: "timeout before the answer",
    Fault.TIMEOUT_TOTAL: "timeout",
    Fault.RESET: "connection broken off",
    Fault.PROTOCOL: "not HTTP",
}


@dataclass(frozen=True, slots=True)
class Body:
    """`shown` is JSON indented, other text as it is; `raw` is the text exactly as it went, None where it is the same.
    For what is no text, `shown` says so."""

    shown: Markup
    size: int
    raw: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the time line; `start` and `length` are percent of the whole."""

    name: str
    milliseconds: float
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Sent:
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: Body | None
    curl: str


@dataclass(frozen=True, slots=True)
class Answered:
    """`tone` is that of the status alone: a 200 may still be a failure."""

    status: int
    reason: str
    tone: str
    headers: tuple[tuple[str, str], ...]
    body: Body | None


@dataclass(frozen=True, slots=True)
class Advice:
    cause: Cause
    tip: Tip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the target: whether it has what was sent. `found` are the values compared with `expected`."""

    id: str
    word: str
    tone: str
    why: str
    match: str
    expected: str
    found: tuple[str, ...]
    outcome: str
    fault: str
    request: Sent | None
    response: Answered | None


@dataclass(frozen=True, slots=True)
class Invocation:
    """`outcome` is the answer in a word or two (`201 Created`, `timeout`, `not sent`); `fault` tells of no answer."""

    id: str
    number: int
    started_at: datetime
    verdict: str
    tone: str
    why: str
    outcome: str
    fault: str
    problems: tuple[str, ...]
    request: Sent | None
    response: Answered | None
    stages: tuple[Stage, ...]
    total_ms: float | None
    validators: tuple[ValidatorResult, ...]
    incident: Incident | None
    advice: tuple[Advice, ...]
    is_delivered: bool
    is_payload_removed: bool
    asked: tuple[Asked, ...]
    batch: BatchPlace | None


def invocation_of(attempt: Attempt) -> Invocation:
    reply = attempt.reply
    verdict, tone = VERDICTS[attempt.verdict]
    timings = None if isinstance(reply, NotSent) else reply.timings
    return Invocation(
        id=attempt.id,
        number=attempt.number,
        started_at=attempt.started_at,
        verdict=verdict,
        tone=tone,
        why=attempt.why,
        outcome=outcome_of(reply),
        fault="" if isinstance(reply, Response) else reply.detail,
        problems=reply.problems if isinstance(reply, NotSent) else (),
        request=None if attempt.request is None else _sent(attempt.request),
        response=_answered(reply) if isinstance(reply, Response) else None,
        stages=() if timings is None else tuple(_stages(timings)),
        total_ms=None if timings is None else timings.total_ms,
        validators=attempt.validators,
        incident=incident_of(attempt.request, reply),
        advice=tuple(Advice(cause, TIPS[cause]) for cause in advise(attempt)),
        is_delivered=attempt.verdict is VerdictKind.DELIVERED,
        is_payload_removed=attempt.is_payload_removed,
        batch=attempt.batch,
        asked=tuple(_asked(f"{attempt.id}-asked-{at}", one) for at, one in enumerate(attempt.asked)),
    )


def _asked(place: str, question: Question) -> Asked:
    reply = question.reply
    word, tone = PRESENCES[question.presence]
    return Asked(
        id=place,
        word=word,
        tone=tone,
        why=question.why,
        match=question.match,
        expected=question.expected,
        found=question.found,
        outcome=outcome_of(reply),
        fault="" if isinstance(reply, Response) else reply.detail,
        request=None if question.request is None else _sent(question.request),
        response=_answered(reply) if isinstance(reply, Response) else None,
    )


def outcome_of(reply: Reply) -> str:
    match reply:
        case Response():
            return f"{reply.status} {reply.reason}".strip()
        case NoResponse():
            return FAULTS[reply.fault]
        case NotSent():
            return "not sent"
        case _:
            assert_never(reply)


def body_of(content: bytes) -> Body | None:
    """None for nothing at all."""
    if not content:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Body(Markup(""), len(content), note="It is not text, so it is not shown.")
    pretty = indented(text)
    if pretty is None:
        return Body(escape(text), len(content))
    return Body(marked(pretty), len(content), raw=None if pretty == text.strip() else text)


def _sent(request: Request) -> Sent:
    headers = _rows(request.headers, secret=request.secret_headers)
    return Sent(request.method.value, request.url, headers, body_of(request.body), curl_of(request))


def _answered(reply: Response) -> Answered:
    body = body_of(reply.body)
    if reply.is_cut:
        told = reply.cut_why or "There was more than is kept."
        body = Body(body.shown if body else Markup(""), len(reply.body), note=told)
    tone = "green" if 200 <= reply.status < 300 else "red" if reply.status >= 400 else "yellow"
    return Answered(reply.status, reply.reason, tone, _rows(reply.headers, secret=_SECRET_ANSWER_HEADERS), body)


def _rows(headers: tuple[tuple[str, str], ...], *, secret: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, MASK if name.lower() in secret else value) for name, value in headers)


def _stages(timings: Timings) -> Iterator[Stage]:
    """Each from the end of the one before; a kept-alive connection begins with the wait for the answer."""
    whole = timings.total_ms or 1.0
    ends = (
        ("DNS", timings.dns_ms),
        ("Connect", timings.connect_ms),
        ("TLS", timings.tls_ms),
        ("First byte", timings.first_byte_ms),
        ("Rest of the answer", timings.total_ms),
    )
    before = 0.0
    for name, end in ends:
        if end is not None:
            yield Stage(name, end - before, round(100 * before / whole, 2), round(100 * (end - before) / whole, 2))
            before = end
