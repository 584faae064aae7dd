"""Trip: what one send went through, noted where it happens, at the price of a few clock readings.

In: the start of a send. Out: its timings, and how far the request came.
Never: aiohttp's tracing (its dozen awaits for each request cost a tenth of the rate).
"""

import asyncio
import select
import socket
import ssl
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import AddrInfoType, Connection
from aiohttp.tracing import Trace

from grantwire.adapters.outbound.address import check_address
from grantwire.domain.exchange import Timings

# The peer has closed, or reset: an idle connection with one of these is dead although the loop has not read it yet.
_GONE = getattr(select, "POLLRDHUP", select.POLLIN) | select.POLLHUP | select.POLLERR


class Trip:
    """Seconds on the finest clock (uvloop's own counts whole milliseconds); a stage that did not happen stays None."""

    __slots__ = (
        "began",
        "connected",
        "first_byte",
        "guard",
        "has_body",
        "is_tls",
        "is_written",
        "resolved",
        "tls_began",
    )

    def __init__(self, *, is_tls: bool, has_body: bool) -> None:
        self.is_tls = is_tls
        self.has_body = has_body
        self.began = perf_counter()
        self.resolved: float | None = None
        self.tls_began: float | None = None
        self.connected: float | None = None
        self.is_written = False
        self.first_byte: float | None = None
        self.guard: tuple[asyncio.Timeout, float] | None = None

    @property
    def is_new_connection(self) -> bool:
        return self.resolved is not None

    @property
    def found_a_closed_connection(self) -> bool:
        """A kept connection was closed by the target before a byte of this request went out."""
        return self.connected is not None and not self.is_new_connection and not self.is_written

    def note_socket(self) -> None:
        if self.resolved is None:
            self.resolved = perf_counter()

    def note_tls(self) -> None:
        self.tls_began = perf_counter()

    def note_connected(self) -> None:
        self.connected = perf_counter()
        self.is_written = not self.has_body  # the head alone is written at once
        if self.guard is not None:
            guard, seconds = self.guard
            guard.reschedule(asyncio.get_running_loop().time() + seconds)

    def note_first_byte(self) -> None:
        self.first_byte = perf_counter()

    def timings(self) -> Timings:
        total_ms = self._ms(perf_counter())
        first_byte_ms = None if self.first_byte is None else self._ms(self.first_byte)
        if self.resolved is None:
            return Timings(total_ms, first_byte_ms=first_byte_ms)
        tcp_done = self.tls_began if self.is_tls else self.connected
        return Timings(
            total_ms,
            dns_ms=self._ms(self.resolved),
            connect_ms=None if tcp_done is None else self._ms(tcp_done),
            tls_ms=self._ms(self.connected) if self.is_tls and self.connected is not None else None,
            first_byte_ms=first_byte_ms,
        )

    def _ms(self, at: float) -> float:
        return int((at - self.began) * 1e6) / 1000  # whole microseconds; faster than round()


TRIP: ContextVar[Trip | None] = ContextVar("trip", default=None)


class MeteredConnector(TCPConnector):
    """Tells the trip when it has its connection, and never hands out one that the target has already closed."""

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:  # noqa: ASYNC109 - aiohttp's own signature
        trip = TRIP.get()
        connection = await super().connect(req, traces, timeout)
        if trip is None:
            return connection
        while not trip.is_new_connection and _is_gone(connection):
            connection.close()
            connection = await super().connect(req, traces, timeout)
        trip.note_connected()
        return connection


class MeteredRequest(ClientRequest):
    """Tells the trip when the first byte goes out: head and body are written together, by a task of its own, and the
    connection can have been closed until then."""

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        trip, transport = TRIP.get(), conn.transport
        if trip is not None and transport is not None and not transport.is_closing():
            trip.is_written = True
        await super().write_bytes(writer, conn, content_length)


class MeteredContext(ssl.SSLContext):
    """Tells the trip when the handshake begins: both asyncio and uvloop wrap at that moment."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        trip = TRIP.get()
        if trip is not None:
            trip.note_tls()
        return super().wrap_bio(*args, **kwargs)


def open_socket(info: AddrInfoType) -> socket.socket:
    trip = TRIP.get()
    if trip is not None:
        trip.note_socket()
    family, kind, protocol, _, _ = info
    return socket.socket(family=family, type=kind, proto=protocol)


def open_guarded_socket(info: AddrInfoType) -> socket.socket:
    """The last word: whatever led here, a closed address is not connected to."""
    address = str(info[4][0])
    check_address(address, address)
    return open_socket(info)


def _is_gone(connection: Connection) -> bool:
    transport = connection.transport
    found = None if transport is None else transport.get_extra_info("socket")
    if found is None:
        return True
    poller = select.poll()
    poller.register(found.fileno(), _GONE)
    return bool(poller.poll(0))
