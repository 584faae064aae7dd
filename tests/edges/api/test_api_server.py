"""The short way for events answers exactly as uvicorn's own way does, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from tests.edges.api.house import KEY, House, event
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from grantwire.edges.api.server import HttpProtocol

EVENT = json.dumps(event(id="evt-1")).encode()
AUTHORIZED = f"Authorization: Bearer {KEY}".encode()


class Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@asynccontextmanager
async def served(house: House, protocol: type[asyncio.Protocol], **options: Any) -> AsyncIterator[tuple[int, Server]]:
    config = uvicorn.Config(
        house.app,
        port=0,
        http=protocol,  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        **options,
    )
    server = Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0)
        yield server.servers[0].sockets[0].getsockname()[1], server
        server.should_exit = True


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    head, *lines = (await reader.readuntil(b"\r\n\r\n")).strip().split(b"\r\n")
    headers = tuple(sorted((name.lower(), value) for name, _, value in (line.partition(b": ") for line in lines)))
    status, length = int(head.split()[1]), int(dict(headers).get(b"content-length", b"0"))
    return Answer(status, headers, await reader.readexactly(length))


async def talk(port: int, pieces: Sequence[bytes], answers: int) -> list[Answer | str]:
    """What the server answers, and whether it then closes; each piece is a packet of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        for _ in range(20):  # the server's turn
            await asyncio.sleep(0)
    found: list[Answer | str] = [await read_answer(reader) for _ in range(answers)]
    writer.write_eof()
    found.append("then closed" if await reader.read() == b"" else "then more")
    writer.close()
    return found


def call(*headers: bytes, body: bytes = EVENT, start: bytes = b"POST /v1/events HTTP/1.1") -> bytes:
    lines = [start, b"Host: x", AUTHORIZED, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


WHOLE = call()
GET = b"GET /v1/webhooks HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"\r\n\r\n"
CHUNKED = (
    b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
    + AUTHORIZED
    + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(EVENT), EVENT)
)
CASES: dict[str, tuple[list[bytes], int]] = {
    "whole": ([WHOLE], 1),
    "one after the other": ([WHOLE, WHOLE], 2),
    "in two pieces": ([WHOLE[:300], WHOLE[300:]], 1),
    "a piece of the head first": ([WHOLE[:40], WHOLE[40:]], 1),
    "two at once": ([WHOLE + WHOLE], 2),
    "one and a half": ([WHOLE + WHOLE[:200], WHOLE[200:]], 2),
    "an event and a question at once": ([WHOLE + GET], 2),
    "an event after a question": ([GET, WHOLE], 2),
    "a question after an event": ([WHOLE, GET], 2),
    "connection: close": ([call(b"Connection: close")], 1),
    "HTTP/1.0": ([call(start=b"POST /v1/events HTTP/1.0")], 1),
    "chunked": ([CHUNKED], 1),
    "expects to be asked": ([call(b"Expect: 100-continue")], 2),
    "with a query": ([call(start=b"POST /v1/events?a=b HTTP/1.1")], 1),
    "no key": ([WHOLE.replace(AUTHORIZED, b"X-Nothing: a")], 1),
    "no JSON": ([call(body=b"{")], 1),
    "another media type": ([call(b"Content-Type: text/html")], 1),
    "a batch": ([call(body=b"[%b]" % EVENT)], 1),
    "a header that is none": ([call(b"not a header")], 1),
    "no HTTP": ([b"POST /v1/events HTTP/1.1\r\n\x00\r\n\r\n"], 1),
    "no body": ([call(body=b"")], 1),
    "another method": ([call(start=b"PUT /v1/events HTTP/1.1")], 1),
}


async def test_the_short_way_answers_as_the_long_one(house: House) -> None:
    async with served(house, HttpToolsProtocol) as (port, _):
        expected = {name: await talk(port, pieces, answers) for name, (pieces, answers) in CASES.items()}
    async with served(house, HttpProtocol) as (port, _):
        found = {name: await talk(port, pieces, answers) for name, (pieces, answers) in CASES.items()}
    assert found == expected


async def test_an_event_that_is_there_at_once_does_not_go_through_asgi(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ways: list[object] = []
    through_asgi = HttpToolsProtocol.on_headers_complete
    monkeypatch.setattr(
        HttpToolsProtocol, "on_headers_complete", lambda self: (long_ways.append(self), through_asgi(self))
    )
    async with served(house, HttpProtocol) as (port, _):
        await talk(port, [WHOLE], 1)
        assert not long_ways
        await talk(port, [GET], 1)
        assert long_ways


async def test_a_stop_lets_the_event_under_way_be_answered_and_then_closes(house: House) -> None:
    async with served(house, HttpProtocol) as (port, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        while not server.server_state.tasks:
            await asyncio.sleep(0)
        server.should_exit = True
        answer = await read_answer(reader)
        assert answer.status == 202
        assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_asks_nothing_more_is_closed_in_time(house: House) -> None:
    async with served(house, HttpProtocol, timeout_keep_alive=0) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        assert (await read_answer(reader)).status == 202
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
