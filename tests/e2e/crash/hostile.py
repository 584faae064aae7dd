"""Hostile: a real TLS server that makes the incident and then answers as no server should.

In: requests. Out: answers that break off, come byte by byte, never end, are no HTTP, or never come. Never: an answer to
anything but the number it has written down before.
"""

import asyncio
import json
import random
import ssl
import threading
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.adapters.outbound.servers import identity, server_context

SHARE = 0.25  # of the answers are hostile
BREATH_SECONDS = 0.005  # without it an endless answer would never learn that the client has gone
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


class Hostile:
    """Counts by the event's id. Its own thread writes, and others read once `open_` is 0."""

    def __init__(self, dice: random.Random) -> None:
        self.is_hostile = False
        self.incidents: dict[str, list[str]] = defaultdict(list)
        self.struck: Counter[str] = Counter()
        self.requests = 0
        self.open_ = 0
        self.origin = ""
        self._dice = dice

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_ += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (OSError, EOFError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client had enough
        finally:
            self.open_ -= 1
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        event = json.loads(await reader.readexactly(length))["correlation_id"]
        self.requests += 1
        number = f"INC{self.requests:07}"
        self.incidents[event].append(number)
        body = json.dumps({"result": {"sys_id": f"{self.requests:032x}", "number": number}}).encode()
        if self.is_hostile and self._dice.random() < SHARE:
            self.struck[event] += 1
            await self._dice.choice(HOSTILE)(reader, writer, body)
            return False
        writer.write(_head(f"Content-Length: {len(body)}") + body)
        await writer.drain()
        return True


def _head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 201 Created", "Content-Type: application/json", *lines, "", ""]).encode()


async def _breaks_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(_head(f"Content-Length: {len(body)}") + body[: len(body) // 2])
    await writer.drain()


async def _one_byte_a_second(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    for byte in _head(f"Content-Length: {len(body)}") + body:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)
        if writer.is_closing():
            return


async def _never_ends(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(_head("Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    while not writer.is_closing():
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(BREATH_SECONDS)


async def _garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(random.Random(body).randbytes(5000))
    await writer.drain()


async def _endless_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(b"HTTP/1.1 201 Created\r\n")
    while not writer.is_closing():
        writer.write(b"X-More: " + b"x" * 4000 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(BREATH_SECONDS)


async def _never_answers(reader: asyncio.StreamReader, _: asyncio.StreamWriter, body: bytes) -> None:
    await reader.read()


async def _says_nothing_and_goes(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.transport.abort()


async def _another_length(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(_head("Content-Length: 3", f"Content-Length: {len(body)}") + body)
    await writer.drain()


async def _is_no_json(_: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    nonsense = b"\xff\xfe{" + body[1:] + b"}]"
    writer.write(_head(f"Content-Length: {len(nonsense)}") + nonsense)
    await writer.drain()


HOSTILE: tuple[Answer, ...] = (
    _breaks_off,
    _one_byte_a_second,
    _never_ends,
    _garbage,
    _endless_head,
    _never_answers,
    _says_nothing_and_goes,
    _another_length,
    _is_no_json,
)


@contextmanager
def hostile(folder: Path, dice: random.Random) -> Iterator[tuple[Hostile, Path]]:
    """The server, and the file of the authority that signed its certificate."""
    authority = identity("crash authority")
    context = server_context(identity("crash", signed_by=authority), folder)
    file = folder / "authority.pem"
    file.write_text(authority.certificate_pem)
    served, loop, is_up = Hostile(dice), asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(served.talk, "127.0.0.1", 0, ssl=context)
        served.origin = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        is_up.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert is_up.wait(30)
    try:
        yield served, file
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join(30)
        loop.close()
