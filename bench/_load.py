"""A lean load generator: POSTs over kept-alive plain HTTP, one protocol object per connection.

In: ready-made bodies. Out: when each was sent and answered (CLOCK_MONOTONIC seconds).
Never: more work per request than the server must do for it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager


class Connection(asyncio.Protocol):
    def __init__(self, head: bytes) -> None:
        self._head = head
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 : (head.find(b"\r\n", start) + 1 or end + 1) - 1]) if start >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = self._buffer[end + 4 + length :]
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, fault: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(fault or ConnectionResetError("closed by the server"))

    def close(self) -> None:
        self._transport.close()

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """The status and body of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)  # type: ignore[attr-defined]
        return await self._answer


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


async def closed_loop(made: Sequence[Connection], bodies: Sequence[bytes]) -> list[tuple[float, float]]:
    """As fast as the answers allow, one request per connection at a time; (sent, answered) per body."""
    spans: list[tuple[float, float]] = [(0.0, 0.0)] * len(bodies)
    rest = iter(range(len(bodies)))

    async def drive(connection: Connection) -> None:
        for index in rest:
            spans[index] = await timed(connection, bodies[index])

    await asyncio.gather(*map(drive, made))
    return spans


async def open_loop(
    made: Sequence[Connection], bodies: Sequence[bytes], *, per_second: float
) -> list[tuple[float, float]]:
    """At a fixed rate whatever the answers do; waiting for a free connection counts as latency."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in made:
        free.put_nowait(connection)
    spans: list[tuple[float, float]] = [(0.0, 0.0)] * len(bodies)

    async def one(index: int) -> None:
        due = time.monotonic()
        connection = await free.get()
        spans[index] = (due, (await timed(connection, bodies[index]))[1])
        free.put_nowait(connection)

    start = time.monotonic()
    tasks = []
    for index in range(len(bodies)):
        wait = start + index / per_second - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.ensure_future(one(index)))
    await asyncio.gather(*tasks)
    return spans


async def timed(connection: Connection, body: bytes) -> tuple[float, float]:
    sent = time.monotonic()
    status, answer = await connection.post(body)
    if status != 202:
        raise RuntimeError(f"{status}: {answer[:500]!r}")
    return sent, time.monotonic()
