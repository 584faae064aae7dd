"""Sender: one HTTP exchange over kept-alive connections.

In: a `Request` ready to send. Out: a `Reply`, always. Never: an exception for what the network or the target does, a
followed redirect, a kept cookie, or a connection to an address that is not public and not allowed.
"""

import asyncio
from contextlib import nullcontext
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from ssl import SSLContext

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from grantwire.adapters.outbound.address import (
    AddressRefused,
    GuardedResolver,
    Resolver,
    check_address,
    literal_address,
)
from grantwire.adapters.outbound.answer import read_answer
from grantwire.adapters.outbound.certificates import ClientCertificateRefused, TlsContexts
from grantwire.adapters.outbound.faults import NETWORK_ERRORS, no_response
from grantwire.adapters.outbound.references import References, SecretMissing
from grantwire.adapters.outbound.trip import (
    TRIP,
    MeteredConnector,
    MeteredRequest,
    Trip,
    open_guarded_socket,
    open_socket,
)
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ClientCertificate, Credential
from grantwire.domain.exchange import NotSent, Reply, Request
from grantwire.domain.target import Origin
from grantwire.domain.webhook import Timeouts

BODY_CAP_BYTES = 64 * 1024
# Shorter than what ServiceNow announces (`Keep-Alive: timeout=20`), so that we rarely write to a connection that the
# target is about to close.
IDLE_SECONDS = 15.0
_HEAD_BYTES = 32 * 1024  # one header line; long Link and Set-Cookie lines occur
_LARGE_BYTES = 2**20
_EXACT = 1e9  # aiohttp rounds timeouts above this many seconds up to whole seconds
_HEADERS = {"User-Agent": "Grantwire", "Accept-Encoding": "gzip, deflate"}


class HttpSender:
    """Fills the port `Sender`. Two pools: one for allowed origins, one that connects to public addresses only."""

    def __init__(
        self,
        allowance: Allowance,
        *,
        body_cap_bytes: int = BODY_CAP_BYTES,
        extra_ca_file: Path | None = None,
        references: References | None = None,
    ) -> None:
        self._allowance = allowance
        self._cap_bytes = body_cap_bytes
        self._tls = TlsContexts(extra_ca_file)
        self._references = references or References()
        self._sessions: dict[bool, ClientSession] = {}
        self._resolvers: list[Resolver] = []

    async def send(self, request: Request, timeouts: Timeouts, credential: Credential) -> Reply:
        trip = Trip(is_tls=request.origin.scheme == "https", has_body=bool(request.body))
        TRIP.set(trip)
        try:
            session, url, tls = self._prepare(request, credential)
            answer = await self._exchange(session, request, url=url, timeouts=timeouts, tls=tls, trip=trip)
        except (SecretMissing, ClientCertificateRefused) as error:
            return NotSent(str(error), type(credential).__name__, pauses_webhook=True)
        except NETWORK_ERRORS as error:
            return no_response(error, trip, origin=request.origin, timeouts=timeouts)
        return await read_answer(answer, trip, cap_bytes=self._cap_bytes)

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        for resolver in self._resolvers:
            await resolver.close()

    def _prepare(self, request: Request, credential: Credential) -> tuple[ClientSession, URL, SSLContext]:
        is_allowed = self._allowance.has(request.origin)
        url = _url(request)
        if not is_allowed:
            _check_origin(request.origin, url)
        return self._session(is_allowed=is_allowed), url, self._context(credential)

    async def _exchange(
        self, session: ClientSession, request: Request, *, url: URL, timeouts: Timeouts, tls: SSLContext, trip: Trip
    ) -> ClientResponse:
        """The head of an answer. Nothing that was written is written again: only a connection that turned out closed
        before a byte of the request went out gives way to another."""
        while True:
            try:
                async with _first_byte_guard(trip, timeouts):
                    answer = await session.request(
                        request.method,
                        url,
                        headers=request.headers,
                        data=_data(request.body),
                        allow_redirects=False,
                        timeout=_client_timeout(timeouts),
                        ssl=tls,
                    )
            except NETWORK_ERRORS:
                if not trip.found_a_closed_connection:
                    raise
            else:
                trip.note_first_byte()
                return answer

    def _context(self, credential: Credential) -> SSLContext:
        if not isinstance(credential, ClientCertificate):
            return self._tls.plain
        return self._tls.with_certificate(credential.certificate, self._references.resolve(credential.private_key))

    def _session(self, *, is_allowed: bool) -> ClientSession:
        session = self._sessions.get(is_allowed)
        if session is None:
            session = self._sessions[is_allowed] = self._opened(is_allowed=is_allowed)
        return session

    def _opened(self, *, is_allowed: bool) -> ClientSession:
        resolver = Resolver() if is_allowed else GuardedResolver()
        self._resolvers.append(resolver)
        connector = MeteredConnector(
            resolver=resolver,
            socket_factory=open_socket if is_allowed else open_guarded_socket,
            keepalive_timeout=IDLE_SECONDS,
            limit=0,  # how many requests run at once is the flow's decision
        )
        return ClientSession(
            connector=connector,
            request_class=MeteredRequest,
            cookie_jar=DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
            max_line_size=_HEAD_BYTES,
            max_field_size=_HEAD_BYTES,
        )


def _url(request: Request) -> URL:
    """Raises ValueError when the URL does not lead to the origin the request was checked for."""
    url = URL(request.url)
    origin = request.origin
    if (url.scheme, url.port) != (origin.scheme, origin.port) or (
        url.raw_host != origin.host and url.raw_host != URL.build(scheme="https", host=origin.host).raw_host
    ):
        raise ValueError(f"the URL does not lead to {origin}")
    return url


def _data(body: bytes) -> bytes | BytesIO | None:
    """A large body in pieces, as aiohttp asks for: one write of megabytes would hold the loop."""
    if len(body) > _LARGE_BYTES:
        return BytesIO(body)
    return body or None


def _check_origin(origin: Origin, url: URL) -> None:
    """Raises `AddressRefused` for anything but HTTPS on 443, and for a literal address that is closed."""
    if origin.scheme != "https":
        raise AddressRefused(f"{origin} is not HTTPS")
    if origin.port != 443:
        raise AddressRefused(f"{origin} has a custom port")
    literal = literal_address(url.raw_host or "")
    if literal is not None:
        check_address(literal, literal)


def _first_byte_guard(trip: Trip, timeouts: Timeouts) -> "asyncio.Timeout | nullcontext[None]":
    """Its time starts to run when the trip has a connection."""
    if timeouts.first_byte is None:
        return nullcontext()
    guard = asyncio.timeout(None)
    trip.guard = (guard, timeouts.first_byte.total_seconds())
    return guard


@lru_cache(maxsize=512)
def _client_timeout(timeouts: Timeouts) -> ClientTimeout:
    return ClientTimeout(
        total=timeouts.total.total_seconds(), connect=timeouts.connect.total_seconds(), ceil_threshold=_EXACT
    )
