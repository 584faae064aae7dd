"""Tunnel: the way to a target through the egress proxy.

In: a route with a proxy. Out: a `Connection` to the target, or to the proxy for plain HTTP; a `ProxyFault` for what the
proxy, or the way to it, did. Never: a fault of the proxy that reads as one of the target.

An `https` target is reached by CONNECT (RFC 9110 9.3.6): what happens inside the tunnel is the target's. A plain `http`
one is asked for in absolute form (RFC 9112 3.2.2).
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from ssl import SSLContext

from aiohappyeyeballs import start_connection

from grantwire.adapters.outbound.address import Resolver
from grantwire.adapters.outbound.connection import HEAD_CAP_BYTES, Connection
from grantwire.adapters.outbound.opening import NEXT_ADDRESS_SECONDS, SHUTDOWN_SECONDS, P, open_socket, speak
from grantwire.domain.egress import EgressProxy
from grantwire.domain.exchange import NotSent

_SETTING = "GRANTWIRE_EGRESS_PROXY"


class ProxyFault(Exception):
    """The proxy, or the way to it; the text says what happened and what helps."""

    def as_reply(self, proxy: "Proxy", *, again_seconds: float) -> NotSent:
        why = f"Not sent: the egress proxy {proxy.shown} {self}. The target is not to blame, so no attempt is used up."
        return NotSent(why, str(self), is_passing=True, retry_after_seconds=again_seconds, is_ours=True)


@dataclass(frozen=True, slots=True, eq=False)
class Proxy:
    """`authorization` is the value of the header `Proxy-Authorization`; empty where the proxy wants none."""

    host: str
    port: int
    tls: SSLContext | None
    authorization: str
    shown: str

    @classmethod
    def of(cls, proxy: EgressProxy, tls: SSLContext) -> "Proxy":
        secret = proxy.credentials
        authorization = "" if secret is None else f"Basic {b64encode(secret.reveal().encode()).decode()}"
        return cls(proxy.host, proxy.port, tls if proxy.scheme == "https" else None, authorization, str(proxy))


async def reach_proxy(proxy: Proxy, make: Callable[[], P], resolver: Resolver) -> tuple[asyncio.Transport, P]:
    """Raises `ProxyFault`."""
    try:
        found = await resolver.look_up(proxy.host, proxy.port)
        opened = await start_connection(
            found, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS, interleave=1, socket_factory=open_socket
        )
        return await speak(make, opened, tls=proxy.tls, host=proxy.host)
    except ssl.SSLCertVerificationError as error:
        raise ProxyFault(
            f"shows a certificate that is not trusted ({error.verify_message}); put its authority into"
            " GRANTWIRE_EXTRA_CA_FILE"
        ) from error
    except ssl.SSLError as error:
        raise ProxyFault(f"does not speak TLS as expected ({error.reason}); check {_SETTING}") from error
    except socket.gaierror as error:
        raise ProxyFault(f"has a name that does not resolve; check {_SETTING}") from error
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise ProxyFault(f"cannot be reached ({said}); check that it runs, and {_SETTING}") from error


async def open_tunnel(host: str, port: int, proxy: Proxy, *, resolver: Resolver) -> asyncio.Transport:
    """Until the proxy has said that the target is connected. Raises `ProxyFault`."""
    transport, asking = await reach_proxy(proxy, _Asking, resolver)
    try:
        transport.write(_connect_head(host, port, proxy))
        _check(*await asking.answered, target=f"{host}:{port}")
    except BaseException:
        transport.abort()
        raise
    return transport


async def secure(
    transport: asyncio.Transport, make: Callable[[], Connection], tls: SSLContext, host: str
) -> Connection:
    """TLS with the target inside the tunnel; raises what TLS raises."""
    connection = make()
    try:
        inner = await asyncio.get_running_loop().start_tls(
            transport, connection, tls, server_hostname=host, ssl_shutdown_timeout=SHUTDOWN_SECONDS
        )
    except BaseException:
        transport.abort()
        raise
    if inner is None:
        raise ConnectionAbortedError
    connection.connection_made(inner)
    return connection


def _check(status: int, reason: str, *, target: str) -> None:
    if not 200 <= status < 300:
        raise ProxyFault(_refused(status, reason, target))


def refusal_of(status: int, reason: str, target: str) -> ProxyFault | None:
    """What an answer to a request in absolute form says of the proxy: only a 407 is surely its own."""
    return ProxyFault(_refused(status, reason, target)) if status == 407 else None


def _refused(status: int, reason: str, target: str) -> str:
    said = f"{status} {reason}".strip()
    match status:
        case 407:
            return f"wants a user name and password, or others ({said}); put them into {_SETTING} as user:password@"
        case 403 | 405:
            return f"does not let {target} through ({said}); whoever runs it has to allow it"
        case 502 | 503 | 504:
            return f"cannot get to {target} ({said}); see its log, and whether the target is up"
        case _:
            return f"refuses CONNECT {target} ({said}); see its log"


def _connect_head(host: str, port: int, proxy: Proxy) -> bytes:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    identity = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    return f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nUser-Agent: Grantwire\r\n{identity}\r\n".encode()


class _Asking(asyncio.Protocol):
    """Waits for the head of the answer to CONNECT. A proxy says nothing more until the target has been greeted."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self.answered.add_done_callback(_looked_at)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self.answered.done():
            return
        if b"\r\n\r\n" in self._received:
            self._tell()
        elif len(self._received) > HEAD_CAP_BYTES:
            self.answered.set_exception(ProxyFault(f"answers something endless; check {_SETTING}"))

    def _tell(self) -> None:
        words = self._received.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1") or not words[1].isdigit():
            self.answered.set_exception(ProxyFault(f"does not speak HTTP; check {_SETTING}"))
        else:
            self.answered.set_result((int(words[1]), "".join(words[2:])[:100]))

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.answered.done():
            said = "closed the connection instead of answering CONNECT; see its log"
            self.answered.set_exception(
                ProxyFault(said) if fault is None else ProxyFault(f"broke off ({fault}); see its log")
            )


def _looked_at(future: "asyncio.Future[tuple[int, str]]") -> None:
    """Nobody may be waiting any more."""
    if not future.cancelled():
        future.exception()
