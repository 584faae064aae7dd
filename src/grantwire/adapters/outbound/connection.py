"""Connection: one kept-alive HTTP/1.1 connection, and the exchange that is under way on it.

In: the bytes of a request. Out: an `Answer`, or the exception that says why there is none.
Never: two exchanges at once, a byte written twice, or more of a body kept than the cap.

llhttp (in httptools) reads the answer. It is asked for one message at a time: whatever comes after that was not asked
for, and the connection is given up.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import cast

import httptools

from grantwire.adapters.outbound.faults import BrokenAnswer, ClosedWithoutAnswer, NoAnswerInTime
from grantwire.adapters.outbound.trip import Trip
from grantwire.domain.exchange import Fault

HEAD_CAP_BYTES = 64 * 1024  # long Link and Set-Cookie lines occur
TOO_LONG = "the answer is longer than the {cap} bytes kept"
BROKEN_OFF = "the answer broke off"
TOO_SLOW = "the answer did not end within the total timeout"

Write = Callable[[asyncio.Transport, bytes], None]


class Answer:
    """What came back: the head whole, the body as far as it came. `cut_why` says why not all of it is here."""

    __slots__ = ("body", "cut_why", "encoding", "headers", "reason", "status")

    def __init__(self) -> None:
        self.status = 0
        self.reason = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.encoding = b""
        self.body = b""
        self.cut_why = ""


class Connection(asyncio.Protocol):
    """The methods named `on_…` are called by the parser."""

    __slots__ = (
        "_answer",
        "_body",
        "_body_bytes",
        "_cap_bytes",
        "_ends_with_the_connection",
        "_has_head",
        "_head_bytes",
        "_is_over",
        "_loop",
        "_parser",
        "_received_bytes",
        "_told",
        "_transport",
        "_trip",
        "_write",
        "closed",
        "file_number",
        "idle_since",
        "is_reusable",
    )

    def __init__(self, cap_bytes: int, write: Write) -> None:
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._cap_bytes = cap_bytes
        self._parser = httptools.HttpResponseParser(self)
        self._told: asyncio.Future[Answer] | None = None
        self._trip: Trip | None = None
        self.idle_since = 0.0
        self.is_reusable = True
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._begin()

    def _begin(self) -> None:
        self._answer = Answer()
        self._body: list[bytes] = []
        self._body_bytes = self._head_bytes = self._received_bytes = 0
        self._has_head = self._is_over = False
        self._ends_with_the_connection = True

    # ── what the sender asks ──
    def ask(self, request: bytes, trip: Trip) -> "asyncio.Future[Answer]":
        """Writes the request in this turn; the future holds the answer or the reason for none."""
        self._trip = trip
        told = self._told = self._loop.create_future()
        trip.is_written = True
        self._write(self._transport, request)
        return told

    @property
    def is_closing(self) -> bool:
        return self._transport.is_closing()

    @property
    def is_resting(self) -> bool:
        return self._told is None

    def abort(self) -> None:
        self.is_reusable = False
        self._transport.abort()

    def run_out(self) -> None:
        """The total timeout is over: what is here of the body stands, if the head is whole."""
        if self._has_head:
            self._cut(TOO_SLOW)
        else:
            self._fail(NoAnswerInTime(Fault.TIMEOUT_TOTAL))

    def miss_first_byte(self) -> None:
        if not self._has_head:
            self._fail(NoAnswerInTime(Fault.TIMEOUT_FIRST_BYTE))

    # ── what the loop tells ──
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.file_number: int = transport.get_extra_info("socket").fileno()

    def data_received(self, data: bytes) -> None:
        if self._told is None:  # nothing was asked for
            self.abort()
            return
        if not self._has_head:
            self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(BrokenAnswer("it switches to another protocol"))
        except httptools.HttpParserError as error:
            self._break_off(error)
        else:
            if not self._has_head and self._received_bytes > HEAD_CAP_BYTES:
                self._fail(BrokenAnswer("its head is too long"))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, fault: Exception | None) -> None:
        self.is_reusable = False
        if not self.closed.done():
            self.closed.set_result(None)
        if self._told is None or self._is_over:
            return
        if not self._has_head:
            self._fail(fault or ClosedWithoutAnswer())
        elif self._ends_with_the_connection and fault is None:
            self._tell()
        else:
            self._cut(BROKEN_OFF)

    # ── what the parser tells ──
    def on_status(self, reason: bytes) -> None:
        self._answer.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers.append((name, value))
        self._head_bytes += len(name) + len(value)
        lower = name.lower()
        if lower == b"content-length" or (lower == b"transfer-encoding" and b"chunked" in value.lower()):
            self._ends_with_the_connection = False
        elif lower == b"content-encoding" and not self._answer.encoding:
            self._answer.encoding = value

    def on_headers_complete(self) -> None:
        status = self._answer.status = self._parser.get_status_code()
        if self._trip is not None and self._trip.first_byte is None:
            self._trip.first_byte = perf_counter()
        if self._head_bytes > HEAD_CAP_BYTES:
            self._fail(BrokenAnswer("its head is too long"))
        else:
            self._has_head = status >= 200

    def on_body(self, part: bytes) -> None:
        if self._is_over:
            return
        self._body.append(part)
        self._body_bytes += len(part)
        if self._body_bytes > self._cap_bytes:
            self._cut(TOO_LONG.format(cap=self._cap_bytes))

    def on_message_begin(self) -> None:
        if self._is_over:
            self.is_reusable = False

    def on_message_complete(self) -> None:
        if self._is_over:
            self.is_reusable = False
        elif not self._has_head:  # an interim answer (1xx): the real one follows
            self._begin()
        else:
            if not self._parser.should_keep_alive():
                self.is_reusable = False
            self._tell()

    # ── the end of an exchange ──
    def _break_off(self, error: Exception) -> None:
        """The answer stopped being HTTP."""
        if self._is_over:
            self.abort()
        elif self._has_head:
            self._cut(BROKEN_OFF)
        else:
            self._fail(BrokenAnswer(str(error)))

    def _cut(self, why: str) -> None:
        self._answer.cut_why = why
        self._tell()
        self.abort()  # what is left unread would be taken for the next answer

    def _tell(self) -> None:
        self._is_over = True
        told, answer = self._told, self._answer
        answer.body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        if self._transport.get_write_buffer_size():  # answered before all was written
            self.is_reusable = False
        if told is not None and not told.done():
            told.set_result(answer)

    def _fail(self, fault: Exception) -> None:
        self._is_over = True
        if self._told is not None and not self._told.done():
            self._told.set_exception(fault)
        self.abort()

    def rest(self, now: float) -> None:
        """The exchange is over and the connection waits for the next one."""
        self._told = self._trip = None
        self.idle_since = now
        self._begin()
