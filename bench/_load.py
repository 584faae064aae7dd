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


async def open_loop(
    made: Sequence[Connection], bodies: Sequence[bytes], *, per_second: float
) -> list[tuple[float, float]]:
    """At a fixed rate whatever the answers do; (due, answered) per body. Waiting for a free connection counts."""
    free = list(made)
    late: deque[tuple[int, float]] = deque()
    spans: list[tuple[float, float]] = [(0.0, 0.0)] * len(bodies)
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(bodies)

    def begin(connection: Connection, index: int, due: float) -> None:
        connection.send(bodies[index], lambda status, answer: took(connection, index, due, status, answer), fail)

    def fail(fault: Exception) -> None:
        if not over.done():
            over.set_exception(fault)

    def took(connection: Connection, index: int, due: float, status: int, answer: bytes) -> None:
        nonlocal left
        if status != 202:
            fail(RuntimeError(f"{status}: {answer[:500]!r}"))
            return
        spans[index] = (due, time.monotonic())
        left -= 1
        if late:
            begin(connection, *late.popleft())
        else:
            free.append(connection)
        if left == 0 and not over.done():
            over.set_result(None)

    start = time.monotonic()
    for index in range(len(bodies)):
        wait = start + index / per_second - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        due = time.monotonic()
        if free:
            begin(free.pop(), index, due)
        else:
            late.append((index, due))
    await over
    return spans
