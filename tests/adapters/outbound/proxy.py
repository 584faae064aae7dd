"""A real CONNECT proxy, small: it opens tunnels, forwards plain requests, and can be told to misbehave."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.adapters.outbound.servers import read_request

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Proxy:
    """`answer` is what it says to CONNECT instead of opening a tunnel; `opened` are the tunnels, `asked` every head."""

    url: str = ""
    credentials: str = ""
    answer: bytes | None = None
    closes_at: str = ""  # "greeting", or "tunnel": right after it said that it is open
    is_mute: bool = False
    asked: list[str] = field(default_factory=list)
    opened: list[Streams] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        head = request.split(b"\r\n\r\n")[0].decode()
        self.asked.append(head)
        if self.is_mute:
            await self.released.wait()
        elif self.closes_at == "greeting":
            return
        elif self.credentials and b64encode(self.credentials.encode()).decode() not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif self.answer is not None:
            writer.write(self.answer)
        elif head.startswith("CONNECT "):
            await self._tunnel(head.split()[1], reader, writer)
        else:
            await self._forward(request, writer)
        await writer.drain()

    async def _tunnel(self, place: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = place.rsplit(":", 1)
        far = await asyncio.open_connection(host, int(port))
        self.opened.append((reader, writer))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        try:
            if self.closes_at != "tunnel":
                await asyncio.gather(_pump(reader, far[1]), _pump(far[0], writer))
        finally:
            await _close(far[1])

    async def _forward(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        """One exchange; what follows on the connection is not its concern."""
        method, url, rest = request.split(b" ", 2)
        parts = urlsplit(url.decode())
        reader, far = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            far.write(b" ".join((method, path.encode(), rest)))
            writer.write(await _answer_of(reader))
        finally:
            await _close(far)


async def _answer_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if b"chunked" not in head.lower():
        return head + await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
    return head + await reader.readuntil(b"0\r\n\r\n")


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def proxy_server(
    *, tls: ssl.SSLContext | None = None, credentials: str = "", port: int = 0
) -> AsyncIterator[Proxy]:
    proxy = Proxy(credentials=credentials)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await proxy.talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            await _close(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    host = "localhost" if tls else "127.0.0.1"
    proxy.url = f"{'https' if tls else 'http'}://{host}:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
