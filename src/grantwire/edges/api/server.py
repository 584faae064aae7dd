"""Server: uvicorn's HTTP protocol, with a short way for events and its answers written whole.

In: connections. Out: the same protocol, seen from outside. Never: a call answered otherwise than uvicorn's way would.

uvicorn writes head and body of an answer one after the other, and uvloop gives each to the system at once: two system
calls, two packets and two wake-ups of the caller for one answer of 200 bytes (decision 0007).
"""

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from grantwire.edges.api.events import PATH, FrontDoor, Headers

_START = f"POST {PATH} HTTP/1.1\r\n".encode()


class JoinedWrites(asyncio.Transport):
    """Stands in front of a transport. What is written leaves at the end of this turn, in one piece."""

    def __init__(self, transport: asyncio.Transport, call_soon: Callable[[Callable[[], None]], object]) -> None:
        super().__init__()
        self._transport = transport
        self._call_soon = call_soon
        self._parts: list[bytes] = []

    def write(self, data: Any) -> None:
        if not self._parts:
            self._call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._parts)) + self._transport.get_write_buffer_size()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(parts[0] if len(parts) == 1 else b"".join(parts))

    # ── everything else is the transport's ──
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def abort(self) -> None:
        self._transport.abort()

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._transport.set_write_buffer_limits(high, low)


class HttpProtocol(HttpToolsProtocol):
    """Answers `POST /v1/events` itself where the whole request is there at once and nothing else is under way on the
    connection; everything else, and everything odd, goes uvicorn's way. Half of what uvicorn and ASGI need for a call
    is then not needed (decision 0007)."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if not isinstance(self.app, FrontDoor):
            raise TypeError(f"serves a FrontDoor, not {type(self.app).__name__}: leave uvicorn's wrappers off")
        self._door = self.app
        self._task: asyncio.Task[None] | None = None
        self._is_amid = False
        self._is_ending = False
        self._later = b""
        self._answered_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._direct = transport
        super().connection_made(JoinedWrites(transport, self.loop.call_soon))

    def data_received(self, data: bytes) -> None:
        if self._task is not None:  # a caller that does not wait for its answer
            self._later += data
            self.transport.pause_reading()
        elif data.startswith(_START) and self._is_free() and (call := _Call(data)).is_whole:
            self._begin(call)
        else:
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._is_amid = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._is_amid = False
        super().on_message_complete()

    def shutdown(self) -> None:
        if self._task is None:
            super().shutdown()
        else:
            self._is_ending = True

    def timeout_keep_alive_handler(self) -> None:
        """One timer looks after many calls: it is not set anew for each."""
        self.timeout_keep_alive_task = None
        rest = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if self._task is not None or rest > 0:
            self._wait_for_more(max(rest, 1.0))
        else:
            super().timeout_keep_alive_handler()

    def _is_free(self) -> bool:
        return not self._is_amid and (self.cycle is None or self.cycle.response_complete)

    def _begin(self, call: "_Call") -> None:
        self._task = self.loop.create_task(self._respond(call))
        self.tasks.add(self._task)

    async def _respond(self, call: "_Call") -> None:
        try:
            status, headers, body = await self._door.take_whole(call.headers, call.body)
            if not self._direct.is_closing():
                if not call.is_kept_alive:
                    self._is_ending = True
                self._door.write(self._direct, _head(status, headers, is_last=self._is_ending) + body)
        except BaseException:
            self._is_ending = True
            raise
        finally:
            self._over()

    def _over(self) -> None:
        self.tasks.discard(self._task)
        self._task = None
        self.server_state.total_requests += 1
        if self._is_ending:
            self.loop.call_soon(self.transport.close)  # what was written leaves at the end of this turn
            return
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_more(self.timeout_keep_alive)
        if self._later and not self.transport.is_closing():
            later, self._later = self._later, b""
            self.transport.resume_reading()
            self.data_received(later)

    def _wait_for_more(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


@functools.lru_cache(maxsize=1024)
def _head(status: int, headers: Headers, *, is_last: bool) -> bytes:
    """Nearly every answer has the head of one before it."""
    last = b"connection: close\r\n" if is_last else b""
    return b"".join([STATUS_LINE[status], *(b"%b: %b\r\n" % header for header in headers), last, b"\r\n"])


class _Call:
    """One request, as the parser tells it. `is_whole` when it was all there and nothing else was."""

    def __init__(self, data: bytes) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.is_kept_alive = True
        self.is_whole = False
        self._messages = 0
        self.body = b""
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.is_whole = False
        finally:
            self._parser = None  # the two hold each other: neither would go without the collector

    def on_message_begin(self) -> None:
        self._messages += 1
        self.is_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"expect":  # waits for an interim answer
            self._messages += 1
        self.headers[name] = value

    def on_headers_complete(self) -> None:
        self.is_kept_alive = self._parser is not None and self._parser.should_keep_alive()

    def on_body(self, part: bytes) -> None:
        self.body = self.body + part if self.body else part

    def on_message_complete(self) -> None:
        self.is_whole = self._messages == 1
