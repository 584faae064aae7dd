"""An invocation as people read it: what was sent, what came back, how long it took, what it means and what to do.

In: an attempt. Out: a frozen value for `parts/invocation.html`. Never: a secret, or a link that an answer chose freely
(only addresses at the target's own origin become links).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from grantwire.domain.attempt import Attempt
from grantwire.domain.cause import Cause
from grantwire.domain.exchange import NoResponse, NotSent, Response, Timings
from grantwire.domain.secret import MASK
from grantwire.domain.tips import TIPS, Tip
from grantwire.domain.verdict import VerdictKind
from grantwire.steps.advise import advise
from grantwire.steps.curl import curl_of

_SECRET_ANSWER_HEADERS = frozenset({"set-cookie"})
_TABLE_API = "/api/now/"
_STAGES = ("DNS", "Connect", "TLS", "First byte", "Rest of the answer")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """From and to in milliseconds since the start; `left` and `width` are shares of the whole in percent."""

    name: str
    from_ms: float
    to_ms: float
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Advice:
    cause: Cause
    tip: Tip


@dataclass(frozen=True, slots=True)
class Invocation:
    attempt: Attempt
    stages: tuple[Stage, ...]
    advice: tuple[Advice, ...]
    record: tuple[str, str] | None

    @property
    def is_delivered(self) -> bool:
        return self.attempt.verdict is VerdictKind.DELIVERED

    @property
    def response(self) -> Response | None:
        return self.attempt.reply if isinstance(self.attempt.reply, Response) else None

    @property
    def no_answer(self) -> str:
        """Why there is no response; empty when there is one."""
        match self.attempt.reply:
            case NoResponse(detail=detail):
                return f"No answer: {detail}."
            case NotSent(why=why):
                return f"Nothing was sent: {why}"
            case _:
                return ""

    @property
    def total_ms(self) -> float | None:
        return None if isinstance(self.attempt.reply, NotSent) else self.attempt.reply.timings.total_ms

    @property
    def request_headers(self) -> Headers:
        request = self.attempt.request
        return () if request is None else _masked(request.headers, request.secret_headers)

    @property
    def response_headers(self) -> Headers:
        return () if self.response is None else _masked(self.response.headers, _SECRET_ANSWER_HEADERS)

    @property
    def sent_body(self) -> str:
        """As sent, byte for byte where it is text."""
        return "" if self.attempt.request is None else _text(self.attempt.request.body)

    @property
    def response_body(self) -> str:
        return "" if self.response is None else pretty(_text(self.response.body))

    @property
    def curl(self) -> str:
        return "" if self.attempt.request is None else curl_of(self.attempt.request)


def invocation_of(attempt: Attempt) -> Invocation:
    stages = () if isinstance(attempt.reply, NotSent) else tuple(_stages(attempt.reply.timings))
    advice = tuple(Advice(cause, TIPS[cause]) for cause in advise(attempt))
    return Invocation(attempt, stages, advice, _record(attempt))


def pretty(text: str) -> str:
    """JSON with its parts on lines of their own; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _stages(timings: Timings) -> Iterator[Stage]:
    """A stage that did not happen (a kept-alive connection has neither DNS nor TLS) is left out."""
    ends = (timings.dns_ms, timings.connect_ms, timings.tls_ms, timings.first_byte_ms, timings.total_ms)
    whole, began = max(timings.total_ms, 0.001), 0.0
    for name, end in zip(_STAGES, ends, strict=True):
        if end is not None:
            left, width = 100 * began / whole, 100 * max(0.0, end - began) / whole
            yield Stage(name, began, end, round(left, 2), round(max(width, 0.6), 2))
            began = end


def _masked(headers: Headers, secret: frozenset[str]) -> Headers:
    return tuple((name, MASK if name.lower() in secret else value) for name, value in headers)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} bytes that are no text)"


def _record(attempt: Attempt) -> tuple[str, str] | None:
    """Number and address of the record that a ServiceNow answer tells of."""
    request, reply = attempt.request, attempt.reply
    if request is None or not isinstance(reply, Response) or attempt.verdict is not VerdictKind.DELIVERED:
        return None
    path = request.url.partition("?")[0].partition("://")[2].partition("/")[2]
    parts = path.split("/")
    try:
        result = json.loads(reply.body)["result"]
        number, sys_id = result["number"], result["sys_id"]
    except (ValueError, KeyError, TypeError):
        return None
    if _TABLE_API not in f"/{path}" or "table" not in parts or not isinstance(number, str):
        return None
    table = parts[parts.index("table") + 1 : parts.index("table") + 2]
    origin = str(request.origin).removesuffix(":443" if request.origin.scheme == "https" else ":80")
    place = quote(f"{''.join(table)}.do?sys_id={sys_id}", safe="")
    return number, f"{origin}/nav_to.do?uri={place}"
