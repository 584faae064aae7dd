"""What the flow may rely on of any `Sender`, over real sockets."""

import asyncio
import random
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from tests.adapters.outbound.servers import Talk, http_server, identity, raw_server, read_request, server_context

from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import NoCredential
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts
from grantwire.ports import Sender

QUICK = Timeouts(total=timedelta(seconds=5), connect=timedelta(seconds=2))
CAP_BYTES = 64 * 1024


async def post(
    sender: Sender,
    origin: str,
    *,
    method: Method = Method.POST,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"{}",
    timeouts: Timeouts = QUICK,
) -> Reply:
    request = Request(method, f"{origin}/path?q=1", headers, body, Origin.of(origin))
    return await sender.send(request, timeouts, NoCredential())


@pytest.fixture
async def everywhere(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sender]:
    """A sender that is allowed to reach every origin of this test."""
    monkeypatch.setattr(Allowance, "has", lambda *_: True)
    sender = HttpSender(Allowance())
    yield sender
    await sender.close()


def says(*chunks: bytes, waits: bool = False, skip_request: bool = False) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not skip_request:
            await read_request(reader)
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        if waits:
            await reader.read()

    return talk


def whole(body: bytes, *headers: bytes, status: bytes = b"201 Created") -> bytes:
    lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_the_request_arrives_as_it_was_written(everywhere: Sender) -> None:
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        return web.json_response({"result": "ok"}, status=201, headers={"Location": "/x"})

    async with http_server(note) as origin:
        reply = await post(everywhere, origin, headers=(("X-Team", "iam"), ("Content-Type", "text/x")), body=b"body")
    [(method, path, headers, body)] = seen
    assert (method, path, body) == ("POST", "/path?q=1", b"body")
    assert headers["X-Team"] == "iam"
    assert headers["Content-Type"] == "text/x"
    assert headers["User-Agent"] == "Grantwire"
    assert isinstance(reply, Response)
    assert (reply.status, reply.reason, reply.body, reply.header("location")) == (
        201,
        "Created",
        b'{"result": "ok"}',
        "/x",
    )
    assert not reply.is_cut


@pytest.mark.parametrize("method", list(Method))
async def test_every_method_is_sent(everywhere: Sender, method: Method) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.method)

    async with http_server(echo) as origin:
        reply = await post(everywhere, origin, method=method)
    assert isinstance(reply, Response)
    assert reply.body == method.value.encode()


async def test_a_body_of_megabytes_arrives_whole(everywhere: Sender) -> None:
    body = bytes(range(256)) * 12_000

    async def same(request: web.Request) -> web.Response:
        lengths = int(request.headers["Content-Length"]), request.headers.get("Transfer-Encoding")
        return web.Response(text=str((await request.content.read() == body, *lengths)))

    async with http_server(same) as origin:
        reply = await post(everywhere, origin, body=body, headers=(("Content-Type", "application/json"),))
    assert isinstance(reply, Response)
    assert reply.body == b"(True, 3072000, None)"


async def test_redirects_are_not_followed_and_cookies_not_kept(everywhere: Sender) -> None:
    cookies: list[str | None] = []

    async def redirect(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(status=302, headers={"Location": "/elsewhere", "Set-Cookie": "JSESSIONID=1; Path=/"})

    async with http_server(redirect) as origin:
        replies = [await post(everywhere, origin) for _ in range(2)]
    assert [reply.status for reply in replies if isinstance(reply, Response)] == [302, 302]
    assert cookies == [None, None]


async def test_connections_are_kept_alive_and_timings_say_so(everywhere: Sender) -> None:
    ports: set[object] = set()

    async def note(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        return web.Response()

    async with http_server(note) as origin:
        first, second = [await post(everywhere, origin) for _ in range(2)]
    assert len(ports) == 1
    assert isinstance(first, Response)
    assert isinstance(second, Response)
    assert first.timings.connect_ms is not None
    assert second.timings.connect_ms is None
    assert 0 < (second.timings.first_byte_ms or 0) <= second.timings.total_ms


async def test_a_refused_connection_cannot_have_arrived(everywhere: Sender) -> None:
    async with raw_server(says()) as origin:
        pass  # and now nobody listens there
    reply = await post(everywhere, origin)
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.CONNECT
    assert not reply.may_have_arrived
    assert reply.detail == f"cannot connect to {origin}: Connection refused"


async def test_a_name_that_does_not_resolve_is_a_dns_fault(everywhere: Sender) -> None:
    reply = await post(everywhere, "http://nowhere.invalid")
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.DNS
    assert not reply.may_have_arrived


async def test_an_untrusted_certificate_is_a_tls_fault(everywhere: Sender, tmp_path: Path) -> None:
    own = server_context(identity("nobody's", signed_by=identity("unknown authority")), tmp_path)

    async def never(request: web.Request) -> web.Response:
        raise AssertionError("a request over an untrusted connection")

    async with http_server(never, tls=own) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.TLS
    assert not reply.may_have_arrived
    assert "is not trusted" in reply.detail


async def test_plain_text_where_tls_was_expected_is_a_tls_fault(everywhere: Sender) -> None:
    async with raw_server(says(b"HTTP/1.1 400 Bad Request\r\n\r\n", skip_request=True)) as origin:
        reply = await post(everywhere, origin.replace("http:", "https:"))
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.TLS


@pytest.mark.parametrize(
    ("talk", "fault"),
    [
        (says(), Fault.RESET),
        (says(b"HTTP/1.1 20"), Fault.RESET),
        (says(b"\x00\x01garbage\r\n\r\n"), Fault.PROTOCOL),
        (says(b"HTTP/1.1 999999 What\r\n\r\n"), Fault.PROTOCOL),
        (says(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"), Fault.PROTOCOL),
    ],
    ids=["close without a byte", "half a status line", "garbage", "no status", "endless header"],
)
async def test_a_broken_head_is_no_response_that_may_have_arrived(everywhere: Sender, talk: Talk, fault: Fault) -> None:
    async with raw_server(talk) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, NoResponse)
    assert reply.fault is fault
    assert reply.may_have_arrived


async def test_a_reset_after_the_request_may_have_arrived(everywhere: Sender) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.transport.abort()

    async with raw_server(reset) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.RESET
    assert reply.may_have_arrived


@pytest.mark.parametrize(
    ("timeouts", "fault"),
    [
        (Timeouts(total=timedelta(milliseconds=80)), Fault.TIMEOUT_TOTAL),
        (Timeouts(first_byte=timedelta(milliseconds=80)), Fault.TIMEOUT_FIRST_BYTE),
        (Timeouts(total=timedelta(milliseconds=80), first_byte=timedelta(seconds=5)), Fault.TIMEOUT_TOTAL),
    ],
)
async def test_silence_after_the_request_ends_at_its_own_timeout(
    everywhere: Sender, timeouts: Timeouts, fault: Fault
) -> None:
    async with raw_server(says(waits=True)) as origin:
        reply = await post(everywhere, origin, timeouts=timeouts)
    assert isinstance(reply, NoResponse)
    assert reply.fault is fault
    assert reply.may_have_arrived
    assert 70 <= reply.timings.total_ms < 2000


async def test_a_hanging_handshake_ends_at_the_connect_timeout(everywhere: Sender) -> None:
    timeouts = Timeouts(connect=timedelta(milliseconds=80))
    async with raw_server(says(waits=True, skip_request=True)) as origin:
        reply = await post(everywhere, origin.replace("http:", "https:"), timeouts=timeouts)
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.TIMEOUT_CONNECT
    assert not reply.may_have_arrived
    assert reply.timings.connect_ms is not None
    assert reply.timings.tls_ms is None


async def test_an_answer_of_exactly_the_cap_is_whole_and_one_byte_more_is_cut(everywhere: Sender) -> None:
    async with raw_server(says(whole(b"x" * CAP_BYTES))) as origin:
        exact = await post(everywhere, origin)
    async with raw_server(says(whole(b"x" * (CAP_BYTES + 1)))) as origin:
        longer = await post(everywhere, origin)
    assert isinstance(exact, Response)
    assert isinstance(longer, Response)
    assert (len(exact.body), exact.is_cut) == (CAP_BYTES, False)
    assert (len(longer.body), longer.is_cut) == (CAP_BYTES, True)
    assert "longer than" in longer.cut_why


async def test_an_endless_body_is_cut_at_the_cap(everywhere: Sender) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"y" * 65536)
            await writer.drain()

    async with raw_server(endless) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert (len(reply.body), reply.is_cut) == (CAP_BYTES, True)


async def test_a_body_that_drips_is_cut_at_the_total_timeout_and_its_status_stands(everywhere: Sender) -> None:
    talk = says(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n", b"a", b"b", waits=True)
    async with raw_server(talk) as origin:
        reply = await post(everywhere, origin, timeouts=Timeouts(total=timedelta(milliseconds=100)))
    assert isinstance(reply, Response)
    assert (reply.status, reply.body, reply.is_cut) == (201, b"ab", True)
    assert "total timeout" in reply.cut_why


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n",
    ],
    ids=["content-length", "chunked"],
)
async def test_a_body_that_breaks_off_is_cut_and_its_status_stands(everywhere: Sender, head: bytes) -> None:
    async with raw_server(says(head, b'{"result":')) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert (reply.status, reply.body, reply.is_cut) == (201, b'{"result":', True)
    assert reply.cut_why == "the answer broke off"


def gzipped(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


def bare_deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        (b"gzip", gzipped(b'{"a":1}')),
        (b"GZIP", gzipped(b'{"a":1}')),
        (b"deflate", zlib.compress(b'{"a":1}')),
        (b"deflate", bare_deflated(b'{"a":1}')),
        (b"identity", b'{"a":1}'),
    ],
)
async def test_a_compressed_answer_is_read(everywhere: Sender, encoding: bytes, raw: bytes) -> None:
    async with raw_server(says(whole(raw, b"Content-Encoding: " + encoding))) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert (reply.body, reply.is_cut) == (b'{"a":1}', False)


async def test_a_compression_bomb_makes_no_more_than_the_cap(everywhere: Sender) -> None:
    bomb = gzipped(b"\0" * 30_000_000)
    assert len(bomb) < CAP_BYTES
    async with raw_server(says(whole(bomb, b"Content-Encoding: gzip"))) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert (len(reply.body), reply.is_cut) == (CAP_BYTES, True)


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"zstd", b"gzip, gzip"])
async def test_an_answer_that_cannot_be_decoded_is_kept_as_it_came(everywhere: Sender, encoding: bytes) -> None:
    async with raw_server(says(whole(b"not compressed", b"Content-Encoding: " + encoding))) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert (reply.status, reply.body, reply.is_cut) == (201, b"not compressed", True)
    assert "cannot be decoded" in reply.cut_why


async def test_interim_answers_are_passed_over(everywhere: Sender) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3
    async with raw_server(says(hints + whole(b"done"))) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert reply.status == 201


async def test_a_header_outside_ascii_can_be_stored_as_text(everywhere: Sender) -> None:
    answer = b"HTTP/1.1 200 \xe9t\xe9\r\nX-Note: \xff\xe9\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(says(answer)) as origin:
        reply = await post(everywhere, origin)
    assert isinstance(reply, Response)
    assert "".join([reply.reason, *(value for _, value in reply.headers)]).encode()
    assert reply.header("X-Note") == "ÿé"


@pytest.mark.parametrize(
    "headers",
    [(("X-Evil", "a\r\nX-Injected: b"),), (("X-Evil\n", "a"),), (("X-Evil: b\r\nX", "a"),), (("X-Evil", "a\0b"),)],
)
async def test_a_header_with_a_line_break_is_not_sent(everywhere: Sender, headers: tuple[tuple[str, str], ...]) -> None:
    arrived: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.read(1))

    async with raw_server(note) as origin:
        reply = await post(everywhere, origin, headers=headers)
    assert isinstance(reply, NotSent)
    assert b"".join(arrived) == b""


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.2:1/", "/path", "ftp://127.0.0.1:1/"])
async def test_a_url_that_is_none_or_leads_elsewhere_is_not_sent(everywhere: Sender, url: str) -> None:
    request = Request(Method.POST, url, (), b"{}", Origin("http", "127.0.0.1", 1))
    assert isinstance(await everywhere.send(request, QUICK, NoCredential()), NotSent)


async def test_many_sends_at_once_each_get_their_own_answer(everywhere: Sender) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async with http_server(echo) as origin:
        replies = await asyncio.gather(*(post(everywhere, origin, body=b"%d" % n) for n in range(200)))
    assert [reply.body for reply in replies if isinstance(reply, Response)] == [b"%d" % n for n in range(200)]


GOOD = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json;charset=UTF-8\r\nSet-Cookie: JSESSIONID=1; Path=/\r\n"
    b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nKeep-Alive: timeout=70\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n"
) % (len(gzipped(b'{"result":{}}')), gzipped(b'{"result":{}}'))


def damaged(chance: random.Random) -> bytes:
    """A good answer with a few bytes changed, cut out, doubled or put in."""
    raw = bytearray(GOOD)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(raw)), chance.randint(0, 12)
        piece = chance.choice([b"", chance.randbytes(length), bytes(raw[at : at + length]) * 2, b"\r\n", b"\0", b":"])
        raw[at : at + length] = piece
        raw = raw or bytearray(b"\0")
    return bytes(raw)


async def test_whatever_a_target_writes_the_answer_is_a_value(everywhere: Sender) -> None:
    chance = random.Random(20261123)
    answers = [damaged(chance) for _ in range(400)]
    waiting = iter(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(next(waiting))
        await writer.drain()

    async with raw_server(talk) as origin:
        for answer in answers:
            reply = await post(everywhere, origin, timeouts=Timeouts(total=timedelta(seconds=1)))
            assert isinstance(reply, Response | NoResponse), answer
            if isinstance(reply, NoResponse):
                assert reply.detail.isprintable()
            if isinstance(reply, Response):
                assert len(reply.body) <= CAP_BYTES
                assert "".join(name + value for name, value in reply.headers).encode() is not None
