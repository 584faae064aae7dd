"""The egress proxy, with real proxies that work and that do not: its faults are never the target's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop
from aiohttp import web
from tests.adapters.outbound.proxy import proxy_server
from tests.adapters.outbound.servers import Identity, http_server, identity, server_context

from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ClientCertificate, Credential, NoCredential
from grantwire.domain.egress import Egress, EgressProxy
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response
from grantwire.domain.secret import Secret
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts

NOBODY = NoCredential()
BODY = b'{"a": 1}'
QUICK = Timeouts(total=timedelta(seconds=5), connect=timedelta(seconds=2))


class Office:
    """A sender behind a proxy, and what it sends."""

    def __init__(self, ca_file: Path) -> None:
        self._ca_file = ca_file
        self.sender: HttpSender | None = None

    async def post(
        self,
        origin: str,
        proxy: str,
        *,
        past: tuple[str, ...] = (),
        timeouts: Timeouts = QUICK,
        credential: Credential = NOBODY,
    ) -> Reply:
        if self.sender is None:
            egress = Egress(EgressProxy.of(proxy), past)
            self.sender = HttpSender(Allowance.of((origin,)), extra_ca_file=self._ca_file, egress=egress)
        request = Request(Method.POST, f"{origin}/in?a=b", (("X-A", "b"),), BODY, Origin.of(origin))
        return await self.sender.send(request, timeouts, credential)


@pytest.fixture
async def office(ca_file: Path) -> AsyncIterator[Office]:
    found = Office(ca_file)
    yield found
    if found.sender is not None:
        await found.sender.close()


class Target:
    def __init__(self) -> None:
        self.origin = ""
        self.seen: list[tuple[str, bytes, dict[str, str]]] = []

    async def serve(self, request: web.Request) -> web.Response:
        self.seen.append((request.raw_path, await request.read(), dict(request.headers)))
        return web.Response(text="ok")


@asynccontextmanager
async def target(authority: Identity, folder: Path, *, is_secure: bool = True) -> AsyncIterator[Target]:
    found = Target()
    tls = server_context(identity("target", signed_by=authority), folder) if is_secure else None
    async with http_server(found.serve, tls=tls) as found.origin:
        yield found


def told(reply: Reply) -> str:
    """Of a fault that is ours: not charged, tried again, never a pause."""
    assert isinstance(reply, NotSent)
    assert (reply.is_ours, reply.is_passing, reply.pauses_webhook) == (True, True, False)
    assert reply.retry_after_seconds is not None
    assert "no attempt is used up" in reply.why
    return reply.why


@pytest.mark.parametrize("is_secure_proxy", [False, True])
async def test_an_https_target_is_reached_through_a_tunnel(
    office: Office, authority: Identity, tmp_path: Path, is_secure_proxy: bool
) -> None:
    tls = server_context(identity("proxy", signed_by=authority), tmp_path) if is_secure_proxy else None
    async with target(authority, tmp_path) as there, proxy_server(tls=tls) as proxy:
        reply = await office.post(there.origin, proxy.url)
    assert isinstance(reply, Response)
    assert (reply.status, reply.body) == (200, b"ok")
    assert there.seen[0][:2] == ("/in?a=b", BODY)
    assert proxy.asked[0].startswith(f"CONNECT {Origin.of(there.origin).host}:{Origin.of(there.origin).port} HTTP/1.1")
    assert reply.timings.connect_ms is not None
    assert reply.timings.tls_ms is not None


@pytest.mark.parametrize("is_secure_proxy", [False, True])
def test_tls_inside_the_tunnel_works_on_the_loop_of_the_server(
    ca_file: Path, authority: Identity, tmp_path: Path, is_secure_proxy: bool
) -> None:
    """TLS over a connection that stands already is the loop's own business, and the server runs on uvloop."""

    async def posted() -> list[Reply]:
        office = Office(ca_file)
        tls = server_context(identity("proxy", signed_by=authority), tmp_path) if is_secure_proxy else None
        async with target(authority, tmp_path) as there, proxy_server(tls=tls) as proxy:
            replies = [await office.post(there.origin, proxy.url) for _ in range(3)]
            assert len(proxy.asked) == 1
            assert office.sender is not None
            await office.sender.close()
        return replies

    assert [reply.body for reply in uvloop.run(posted()) if isinstance(reply, Response)] == [b"ok"] * 3


async def test_the_tunnel_is_kept_for_the_next_request(office: Office, authority: Identity, tmp_path: Path) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        replies = [await office.post(there.origin, proxy.url) for _ in range(3)]
    assert all(isinstance(reply, Response) for reply in replies)
    assert len(proxy.asked) == 1
    assert len(there.seen) == 3


async def test_a_plain_target_is_asked_for_in_absolute_form(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with target(authority, tmp_path, is_secure=False) as there, proxy_server(credentials="ann:p:w") as proxy:
        reply = await office.post(there.origin, proxy.url.replace("//", "//ann:p%3Aw@"))
    assert isinstance(reply, Response)
    assert proxy.asked[0].startswith(f"POST {there.origin}/in?a=b HTTP/1.1\r\n")
    assert there.seen[0][:2] == ("/in?a=b", BODY)


async def test_the_proxy_gets_its_credentials_and_the_target_never_sees_them(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with target(authority, tmp_path) as there, proxy_server(credentials="ann:pässword") as proxy:
        reply = await office.post(there.origin, proxy.url.replace("//", "//ann:p%C3%A4ssword@"))
    assert isinstance(reply, Response)
    assert "Proxy-Authorization" not in there.seen[0][2]


@pytest.mark.parametrize("is_secure", [True, False])
async def test_a_407_names_the_setting_and_holds_no_password(
    office: Office, authority: Identity, tmp_path: Path, is_secure: bool
) -> None:
    async with target(authority, tmp_path, is_secure=is_secure) as there, proxy_server(credentials="a:b") as proxy:
        reply = await office.post(there.origin, proxy.url.replace("//", "//ann:wr0ng@"))
    assert "GRANTWIRE_EGRESS_PROXY" in told(reply)
    assert "407" in told(reply)
    assert "wr0ng" not in str(reply)
    assert there.seen == []


async def test_a_proxy_that_is_down_is_not_the_target_s_fault(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with proxy_server() as proxy:
        url = proxy.url
    async with target(authority, tmp_path) as there:
        reply = await office.post(there.origin, url)
        assert office.sender is not None
        asked, trouble = await office.sender.ask_proxy(), office.sender.proxy_trouble()
    assert f"{url} cannot be reached" in told(reply)
    assert asked is not None
    assert asked[0] == url
    assert "cannot be reached" in asked[1]
    assert trouble is not None


async def test_a_proxy_whose_name_does_not_resolve(office: Office) -> None:
    reply = await office.post("https://127.0.0.1:9", "http://no-such-proxy.invalid:3128")
    assert "does not resolve" in told(reply)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "cannot get to"),
        (b"HTTP/1.1 503 Service Unavailable\r\nX: y\r\n\r\n<html>", "cannot get to"),
        (b"HTTP/1.0 504 Gateway Timeout\r\n\r\n", "cannot get to"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not let"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "refuses CONNECT"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "does not speak HTTP"),
        (b"x" * 70_000, "endless"),
    ],
)
async def test_what_a_proxy_answers_to_connect_is_its_own(
    office: Office, authority: Identity, tmp_path: Path, answer: bytes, says: str
) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        proxy.answer = answer
        reply = await office.post(there.origin, proxy.url)
    assert says in told(reply)
    assert there.seen == []


async def test_a_proxy_that_closes_without_a_word(office: Office, authority: Identity, tmp_path: Path) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        proxy.closes_at = "greeting"
        reply = await office.post(there.origin, proxy.url)
    told(reply)


async def test_a_proxy_that_does_not_answer_is_told_from_a_target_that_does_not(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        proxy.is_mute = True
        hurried = Timeouts(total=timedelta(seconds=5), connect=timedelta(seconds=0.2))
        reply = await office.post(there.origin, proxy.url, timeouts=hurried)
    assert "did not get through" in told(reply)
    assert "0.2 s" in told(reply)


async def test_a_target_that_is_slow_behind_a_tunnel_is_the_target(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    released = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await released.wait()
        return web.Response(text="ok")

    tls = server_context(identity("target", signed_by=authority), tmp_path)
    async with http_server(slow, tls=tls) as origin, proxy_server() as proxy:
        hurried = Timeouts(total=timedelta(seconds=1), connect=timedelta(seconds=0.8))
        reply = await office.post(origin, proxy.url, timeouts=hurried)
        released.set()
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.TIMEOUT_TOTAL, True)


async def test_a_tunnel_that_closes_at_once_leaves_nothing_written(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    """Whether the target or the proxy hung up cannot be told from here."""
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        proxy.closes_at = "tunnel"
        reply = await office.post(there.origin, proxy.url)
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.TLS, False)


async def test_a_kept_tunnel_that_the_proxy_closed_is_not_used_again(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        await office.post(there.origin, proxy.url)
        proxy.opened[0][1].get_extra_info("socket").shutdown(1)  # at once, in the kernel
        reply = await office.post(there.origin, proxy.url)
    assert isinstance(reply, Response)
    assert len(proxy.asked) == 2


async def test_the_target_s_certificate_is_verified_inside_the_tunnel(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with target(identity("a stranger"), tmp_path) as there, proxy_server() as proxy:
        reply = await office.post(there.origin, proxy.url)
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.TLS
    assert there.seen == []


async def test_the_certificate_of_the_proxy_is_verified(office: Office, authority: Identity, tmp_path: Path) -> None:
    tls = server_context(identity("proxy", signed_by=identity("a stranger")), tmp_path)
    async with target(authority, tmp_path) as there, proxy_server(tls=tls) as proxy:
        reply = await office.post(there.origin, proxy.url)
    assert "is not trusted" in told(reply)
    assert proxy.asked == []


async def test_a_client_certificate_goes_through_the_tunnel_and_not_to_the_proxy(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    own = identity("grantwire", signed_by=authority)

    async def who(request: web.Request) -> web.Response:
        assert request.transport is not None
        shown = request.transport.get_extra_info("peercert")
        return web.Response(text=dict(pair for (pair,) in shown["subject"])["commonName"])

    tls = server_context(identity("target", signed_by=authority), tmp_path, clients_of=authority)
    async with http_server(who, tls=tls) as origin, proxy_server() as proxy:
        credential = ClientCertificate(own.certificate_pem, Secret(own.key_pem))
        reply = await office.post(origin, proxy.url, credential=credential)
    assert isinstance(reply, Response)
    assert reply.body == b"grantwire"


@pytest.mark.parametrize("past", ["127.0.0.1", "127.0.0.0/8", "*"])
async def test_what_needs_no_proxy_goes_past_it(office: Office, authority: Identity, tmp_path: Path, past: str) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        reply = await office.post(there.origin, proxy.url, past=(past,))
    assert isinstance(reply, Response)
    assert proxy.asked == []


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://[::1]/", "https://2130706433/", "http://example.com/"])
async def test_a_literal_address_that_is_closed_is_refused_before_the_proxy_is_asked(
    authority: Identity, ca_file: Path, url: str
) -> None:
    async with proxy_server() as proxy:
        sender = HttpSender(Allowance(), extra_ca_file=ca_file, egress=Egress(EgressProxy.of(proxy.url)))
        reply = await sender.send(Request(Method.POST, url, (), b"", Origin.of(url)), QUICK, NOBODY)
        await sender.close()
    assert isinstance(reply, NoResponse)
    assert reply.fault is Fault.ADDRESS
    assert proxy.asked == []


async def test_a_public_name_is_left_to_the_proxy_to_look_up(ca_file: Path) -> None:
    async with proxy_server() as proxy:
        proxy.answer = b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
        sender = HttpSender(Allowance(), extra_ca_file=ca_file, egress=Egress(EgressProxy.of(proxy.url)))
        url = "https://acme.invalid/"
        reply = await sender.send(Request(Method.POST, url, (), b"", Origin.of(url)), QUICK, NOBODY)
        await sender.close()
    assert "cannot get to acme.invalid:443" in told(reply)


async def test_trouble_ends_with_the_first_answer_that_came_through(
    office: Office, authority: Identity, tmp_path: Path
) -> None:
    async with target(authority, tmp_path) as there, proxy_server() as proxy:
        proxy.answer = b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
        told(await office.post(there.origin, proxy.url))
        assert office.sender is not None
        assert office.sender.proxy_trouble()
        proxy.answer = None
        assert isinstance(await office.post(there.origin, proxy.url), Response)
        assert office.sender.proxy_trouble() is None
        assert await office.sender.ask_proxy() == (proxy.url, "")
