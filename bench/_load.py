"""A lean load generator: POSTs over kept-alive plain HTTP, one protocol object per connection.

In: ready-made bodies. Out: when each was sent and answered (CLOCK_MONOTONIC seconds).
Never: more work per request than the server must do for it.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager


class Connection(asyncio.Protocol):
    """One request at a time. What comes next is asked of `take` in the very callback that read an answer: the generator
    shares two cores with the server, and a future and a task for each request would cost the server's time."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._buffer = b""
        self._took: Callable[[int, bytes], None] | None = None
        self._broke: Callable[[Exception], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        start = buffer.find(b"content-length: ", 0, end)
        length = int(buffer[start + 16 : buffer.find(b"\r\n", start)]) if start >= 0 else 0
        if len(buffer) < end + 4 + length:
            return
        self._buffer = buffer[end + 4 + length :]
        took, self._took = self._took, None
        if took is not None:
            took(int(buffer[9:12]), buffer[end + 4 : end + 4 + length])

    def connection_lost(self, fault: Exception | None) -> None:
        if self._took is not None and self._broke is not None:
            self._broke(fault or ConnectionResetError("closed by the server"))

    def close(self) -> None:
        self._transport.close()

    def send(self, body: bytes, took: Callable[[int, bytes], None], broke: Callable[[Exception], None]) -> None:
        self._took, self._broke = took, broke
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))  # type: ignore[attr-defined]


@asynccontextmanager
async def connections(port: int, key: str, count: int) -> AsyncIterator[Sequence[Connection]]:
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    loop = asyncio.get_running_loop()
    made = [(await loop.create_connection(lambda: Connection(head), "127.0.0.1", port))[1] for _ in range(count)]
    try:
        yield made
    finally:
        for connection in made:
            connection.close()


async def closed_loop(made: Sequence[Connection], bodies: Sequence[bytes]) -> None:
    """As fast as the answers allow, one request per connection at a time."""
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    rest = iter(bodies)
    left = len(bodies)

    def fail(fault: Exception) -> None:
        if not over.done():
            over.set_exception(fault)

    def drive(connection: Connection) -> None:
        body = next(rest, None)
        if body is not None:
            connection.send(body, lambda status, answer: took(connection, status, answer), fail)

    def took(connection: Connection, status: int, answer: bytes) -> None:
        nonlocal left
        if status != 202:
            fail(RuntimeError(f"{status}: {answer[:500]!r}"))
            return
        left -= 1
        if left == 0 and not over.done():
            over.set_result(None)
        drive(connection)

    for connection in made:
        drive(connection)
    await over


class _Paced:
    """What an open loop knows: who is free, what is late, when each was due and answered."""

    def __init__(self, made: Sequence[Connection], bodies: Sequence[bytes]) -> None:
        self._bodies = bodies
        self._free = list(made)
        self._late: deque[tuple[int, float]] = deque()
        self._left = len(bodies)
        self.spans: list[tuple[float, float]] = [(0.0, 0.0)] * len(bodies)
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, index: int, due: float) -> None:
        if self._free:
            self._send(self._free.pop(), index, due)
        else:
            self._late.append((index, due))

    def _send(self, connection: Connection, index: int, due: float) -> None:
        def took(status: int, answer: bytes) -> None:
            if status != 202:
                self._fail(RuntimeError(f"{status}: {answer[:500]!r}"))
                return
            self.spans[index] = (due, time.monotonic())
            self._next(connection)

        connection.send(self._bodies[index], took, self._fail)

    def _next(self, connection: Connection) -> None:
        self._left -= 1
        if self._late:
            self._send(connection, *self._late.popleft())
        else:
            self._free.append(connection)
        if self._left == 0 and not self.over.done():
            self.over.set_result(None)

    def _fail(self, fault: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(fault)


async def open_loop(
    made: Sequence[Connection], bodies: Sequence[bytes], *, per_second: float
) -> list[tuple[float, float]]:
    """At a fixed rate whatever the answers do; (due, answered) per body. Waiting for a free connection counts."""
    paced = _Paced(made, bodies)
    start = time.monotonic()
    for index in range(len(bodies)):
        wait = start + index / per_second - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        paced.begin(index, time.monotonic())
    await paced.over
    return paced.spans
