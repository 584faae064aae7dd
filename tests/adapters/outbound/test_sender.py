"""What is particular to our own sender: allowance, stale connections, client certificates."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from tests.adapters.outbound.conftest import Way
from tests.adapters.outbound.servers import Identity, http_server, identity, raw_server, read_request, server_context

from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ClientCertificate, NoCredential
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Request, Response
from grantwire.domain.secret import Secret
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def ok(request: web.Request) -> web.Response:
    return web.Response(text="ok")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://127.0.0.1/", "this machine"),
        ("https://[::1]/", "this machine"),
        ("https://[::ffff:169.254.169.254]/", "inside IPv6"),
        ("https://169.254.169.254/latest/meta-data", "metadata"),
        ("https://localhost/", "this machine"),
        ("https://2130706433/", "this machine"),
        ("https://0x7f.1/", "this machine"),
        ("https://127.1/", "this machine"),
        ("https://0/", "no address"),
        ("http://example.com/", "not HTTPS"),
        ("https://example.com:8443/", "custom port"),
    ],
)
async def test_without_allowance_only_https_on_443_to_public_addresses_leaves(url: str, why: str) -> None:
    sender = HttpSender(Allowance())
    reply = await sender.send(Request(Method.POST, url, (), b"{}", Origin.of(url)), Timeouts(), NoCredential())
    await sender.close()
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.ADDRESS
    assert not reply.may_have_arrived
    assert why in reply.detail


async def test_allowing_one_port_does_not_allow_another(way: Way) -> None:
    async with http_server(ok) as one, http_server(ok) as other:
        sender = way.sender(one)
        replies = [
            await sender.send(Request(Method.POST, origin, (), b"", Origin.of(origin)), Timeouts(), NoCredential())
            for origin in (one, other)
        ]
    assert isinstance(replies[0], Response)
    assert isinstance(replies[1], NoResponse)
    assert replies[1].fault is Fault.ADDRESS


async def test_a_host_in_unicode_reaches_its_own_origin() -> None:
    sender = HttpSender(Allowance())
    url = "https://bücher.invalid/"
    reply = await sender.send(Request(Method.POST, url, (), b"", Origin.of(url)), Timeouts(), NoCredential())
    await sender.close()
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.DNS


async def test_timings_tell_the_stages_of_a_new_tls_connection(way: Way, authority: Identity, tmp_path: Path) -> None:
    async with http_server(ok, tls=server_context(identity("s", signed_by=authority), tmp_path)) as origin:
        first = await way.post(origin)
        second = await way.post(origin)
    assert isinstance(first, Response)
    assert isinstance(second, Response)
    stages = [getattr(first.timings, f"{name}_ms") for name in ("dns", "connect", "tls", "first_byte", "total")]
    assert None not in stages
    assert stages == sorted(stages)
    assert second.timings.tls_ms is None


async def test_the_authorities_of_ssl_cert_file_are_trusted(
    ca_file: Path, authority: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    async with http_server(ok, tls=server_context(identity("s", signed_by=authority), tmp_path)) as origin:
        sender = HttpSender(Allowance.of((origin,)))
        request = Request(Method.POST, origin, (), b"", Origin.of(origin))
        reply = await sender.send(request, Timeouts(), NoCredential())
        await sender.close()
    assert isinstance(reply, Response)


async def test_a_certificate_that_has_run_out_is_refused(way: Way, authority: Identity, tmp_path: Path) -> None:
    tls = server_context(identity("s", signed_by=authority, days=-1), tmp_path)
    async with http_server(ok, tls=tls) as origin:
        reply = await way.post(origin)
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.TLS, False)
    assert "expired" in reply.detail


async def test_a_certificate_of_another_host_is_refused(way: Way, authority: Identity, tmp_path: Path) -> None:
    tls = server_context(identity("s", signed_by=authority, host="elsewhere.example"), tmp_path)
    async with http_server(ok, tls=tls) as origin:
        reply = await way.post(origin)
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.TLS, False)


async def test_an_idle_connection_that_the_target_closed_is_not_used_for_the_next_post(way: Way) -> None:
    closed = asyncio.Event()
    served: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(await read_request(reader))
        writer.write(OK)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with raw_server(once) as origin:
        for _ in range(5):
            closed.clear()
            reply = await way.post(origin)
            assert isinstance(reply, Response)
            await closed.wait()  # the FIN is in the socket; whether the loop has read it is left to chance
    assert len(served) == 5


@pytest.mark.parametrize("method", [Method.POST, Method.PATCH, Method.PUT])
async def test_a_close_that_the_loop_has_not_seen_yet_is_found_before_writing(way: Way, method: Method) -> None:
    """The target's FIN arrives while the loop is busy: the send right after must not write into it."""
    connections: list[asyncio.StreamWriter] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while True:
            await read_request(reader)
            writer.write(OK)

    async with raw_server(keep) as origin:
        assert isinstance(await way.post(origin, method=method), Response)
        found = connections[0].get_extra_info("socket")
        found.shutdown(1)  # at once, in the kernel: nothing gives the loop a chance to notice before the next send
        second = await way.post(origin, method=method)
    assert isinstance(second, Response)
    assert second.timings.connect_ms is not None
    assert len(connections) == 2


async def test_a_drop_of_a_kept_connection_after_the_post_was_written_is_said_to_be_ambiguous(way: Way) -> None:
    requests: list[bytes] = []

    async def drop_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        writer.write(OK)
        requests.append(await read_request(reader))

    async with raw_server(drop_second) as origin:
        await way.post(origin)
        reply = await way.post(origin)
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.RESET, True)
    assert len(requests) == 2, "a POST that was written is never repeated by the sender itself"


async def test_a_post_that_breaks_while_it_is_written_is_not_repeated_and_may_have_arrived(way: Way) -> None:
    connections: list[bytes] = []

    async def keep_one_then_break(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(await read_request(reader))
        writer.write(OK)
        await writer.drain()
        connections.append(await reader.read(1))
        writer.transport.abort()

    async with raw_server(keep_one_then_break) as origin:
        await way.post(origin)
        reply = await way.post(origin, body=b"x" * 1_000_000)
    assert isinstance(reply, NoResponse)
    assert reply.may_have_arrived
    assert len(connections) == 2


async def test_what_is_left_of_a_cut_answer_is_not_taken_for_the_next_one(way: Way) -> None:
    async def long_then_ok(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 200_000 if request.path == "/long" else b"ok")

    async with http_server(long_then_ok) as origin:
        cut = await way.post(origin, path="/long")
        whole = await way.post(origin, path="/short")
    assert isinstance(cut, Response)
    assert cut.is_cut
    assert isinstance(whole, Response)
    assert whole.body == b"ok"


async def test_a_client_certificate_is_shown_to_the_target(way: Way, authority: Identity, tmp_path: Path) -> None:
    own = identity("grantwire", signed_by=authority)
    key_file = tmp_path / "key.pem"
    key_file.write_text(own.key_pem)

    async def who(request: web.Request) -> web.Response:
        assert request.transport is not None
        shown = request.transport.get_extra_info("peercert")
        return web.Response(text=dict(pair for (pair,) in shown["subject"])["commonName"])

    tls = server_context(identity("s", signed_by=authority), tmp_path, clients_of=authority)
    credential = ClientCertificate(own.certificate_pem, Secret(f"${{file:{key_file}}}"))
    async with http_server(who, tls=tls) as origin:
        known = await way.post(origin, credential=credential)
        again = await way.post(origin, credential=credential)
        unknown = await way.post(origin)
    assert isinstance(known, Response)
    assert known.body == b"grantwire"
    assert isinstance(again, Response)
    assert again.timings.connect_ms is None, "the context is cached, so the connection is kept"
    assert isinstance(unknown, NoResponse), "another identity never rides on the connection of this one"


@pytest.mark.parametrize(
    ("certificate", "key", "why"),
    [
        ("nonsense", "nonsense", "cannot be used"),
        ("nonsense", "${env:GRANTWIRE_TEST_NO_SUCH_KEY}", "GRANTWIRE_TEST_NO_SUCH_KEY"),
        ("nonsense", "${file:/no/such/key.pem}", "/no/such/key.pem"),
    ],
)
async def test_an_unusable_client_certificate_pauses_the_webhook(
    way: Way, certificate: str, key: str, why: str
) -> None:
    reply = await way.post("http://127.0.0.1:1", credential=ClientCertificate(certificate, Secret(key)))
    assert isinstance(reply, NotSent)
    assert reply.pauses_webhook
    assert why in reply.why
