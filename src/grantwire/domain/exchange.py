"""Exchange: one request as sent and what came back.

In: what `render` wrote and what the sender saw. Out: `Request` and the closed union `Reply`.
Never: a judgement (see `verdict`).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from grantwire.domain.target import Method, Origin
from grantwire.domain.value import value


@value(frozen=True, slots=True)
class Request:
    """Ready to send. `secret_headers` are the lower-case names whose values are never stored or shown."""

    method: Method
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    origin: Origin
    secret_headers: frozenset[str] = frozenset()


@value(frozen=True, slots=True)
class Timings:
    """When each stage was over, in milliseconds from the start of the send; None for a stage that did not happen
    (a kept-alive connection has neither DNS, connect nor TLS)."""

    total_ms: float
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None


@value(frozen=True, slots=True)
class Response:
    """An HTTP answer whose head is whole. `body` holds at most the cap; `is_cut` says that there was, or should have
    been, more, and `cut_why` why it is not here (too long, broken off, too slow). The status stands either way."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool
    timings: Timings
    cut_why: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header, by case-insensitive name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Fault(StrEnum):
    """Why no answer came. The order follows the trip; only those from SEND on may have reached the target."""

    DNS = "dns"
    ADDRESS = "address"
    CONNECT = "connect"
    TLS = "tls"
    CLIENT_CERTIFICATE = "client_certificate"
    SEND = "send"
    TIMEOUT_CONNECT = "timeout_connect"
    TIMEOUT_FIRST_BYTE = "timeout_first_byte"
    TIMEOUT_TOTAL = "timeout_total"
    RESET = "reset"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request left, or tried to, and not even the head of an answer came."""

    fault: Fault
    detail: str
    timings: Timings
    may_have_arrived: bool


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing left the house: an unrenderable template, no token, a refused address. `is_ours`: the fault lies on our
    own way out (the egress proxy), so it is not charged to the target."""

    why: str
    detail: str
    is_passing: bool = False
    retry_after_seconds: float | None = None
    pauses_webhook: bool = False
    problems: tuple[str, ...] = field(default=())
    is_ours: bool = False


Reply = Response | NoResponse | NotSent
