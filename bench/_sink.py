"""A TLS sink in its own process: reads a request, answers 201 with a ServiceNow-like result, remembers when it came.

In: POST requests. Out: counts and arrival times by event id (seconds, CLOCK_MONOTONIC, which all processes share).
Never: any work that would make it the bottleneck.
"""

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import uvloop

ANSWER_BODY = b'{"result":{"sys_id":"9d385017c611228701d22104cc95c371","number":"INC0010001","state":"1"}}'
ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json;charset=UTF-8\r\nContent-Length: "
    + str(len(ANSWER_BODY)).encode()
    + b"\r\n\r\n"
    + ANSWER_BODY
)


class Arrivals:
    def __init__(self) -> None:
        self.count = 0
        self.first_at = 0.0
        self.last_at = 0.0
        self.at: dict[str, float] = {}


class Requests(asyncio.Protocol):
    """Reads requests as fast as Python does, and gives `take` the id of each one's event (empty: it has none)."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            total = end + 4 + int(field(head, b"content-length:") or 0)
            if len(self._buffer) < total:
                return
            self._buffer = self._buffer[total:]
            self.take(field(head, b"grantwire-event:"))

    def take(self, event_id: bytes) -> None:
        raise NotImplementedError


class SinkProtocol(Requests):
    def __init__(self, arrivals: Arrivals) -> None:
        super().__init__()
        self._arrivals = arrivals

    def take(self, event_id: bytes) -> None:
        now = time.monotonic()
        arrivals = self._arrivals
        arrivals.first_at = arrivals.first_at or now
        arrivals.last_at = now
        arrivals.count += 1
        if event_id:
            arrivals.at[event_id.decode()] = now
        self._transport.write(ANSWER)


def field(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name)
    if start < 0:
        return b""
    start += 2 + len(name)
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def run_sink(certificate: Path, key: Path, pipe: Connection) -> None:
    uvloop.install()
    asyncio.run(_serve(certificate, key, pipe))


async def _serve(certificate: Path, key: Path, pipe: Connection) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    arrivals = Arrivals()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SinkProtocol(arrivals), "127.0.0.1", 0, ssl=context, backlog=1024)
    pipe.send(server.sockets[0].getsockname()[1])
    done = asyncio.Event()

    def obey() -> None:
        os.set_blocking(pipe.fileno(), True)  # the loop made it non-blocking; a long answer must go out whole
        match pipe.recv():
            case "count":
                pipe.send((arrivals.count, arrivals.first_at, arrivals.last_at))
            case "times":
                pipe.send(arrivals.at)
            case "reset":
                arrivals.__init__()  # type: ignore[misc]
                pipe.send(None)
            case _:
                done.set()

    loop.add_reader(pipe.fileno(), obey)
    await done.wait()


class Sink:
    """The sink as its parent sees it."""

    def __init__(self, port: int, pipe: Connection) -> None:
        self.port = port
        self._pipe = pipe

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/api/now/table/incident"

    def count(self) -> tuple[int, float, float]:
        """How many came, and when the first and the last did."""
        self._pipe.send("count")
        return self._pipe.recv()  # type: ignore[no-any-return]

    def times(self) -> dict[str, float]:
        self._pipe.send("times")
        return self._pipe.recv()  # type: ignore[no-any-return]

    def reset(self) -> None:
        self._pipe.send("reset")
        self._pipe.recv()


@contextmanager
def sink(certificate: Path, key: Path) -> Iterator[Sink]:
    with in_a_process(run_sink, certificate, key) as pipe:
        yield Sink(pipe.recv(), pipe)


@contextmanager
def in_a_process(run: Callable[..., None], *given: object) -> Iterator[Connection]:
    """Our end of the pipe. `run` gets the other as its last argument, and ends at anything it is not asked."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run, args=(*given, theirs), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        ours.send("stop")
        process.join(5)
        process.kill()
