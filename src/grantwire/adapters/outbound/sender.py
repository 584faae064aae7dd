"""Sender: one HTTP exchange over kept-alive connections.

In: a `Request` ready to send. Out: a `Reply`, always. Never: an exception for what the network or the target does, a
followed redirect, a kept cookie, a connection shared by two identities, or one to an address that is not public and not
allowed.
"""

import asyncio
from functools import partial
from pathlib import Path
from ssl import SSLContext

from grantwire.adapters.outbound.address import AddressRefused, Resolver, check_address, literal_address
from grantwire.adapters.outbound.answer import read_answer
from grantwire.adapters.outbound.certificates import CertificateRefused, TlsContexts
from grantwire.adapters.outbound.connect import Route, connect
from grantwire.adapters.outbound.connection import Answer, Connection
from grantwire.adapters.outbound.faults import NETWORK_ERRORS, cannot_be_written, no_response
from grantwire.adapters.outbound.head import Place, place_of, write_head
from grantwire.adapters.outbound.pool import Pool
from grantwire.adapters.outbound.references import References, SecretMissing
from grantwire.adapters.outbound.trip import Trip
from grantwire.adapters.outbound.tunnel import Proxy, ProxyFault, reach_proxy, refusal_of
from grantwire.adapters.outbound.watch import Watch
from grantwire.adapters.outbound.way_out import WayOut
from grantwire.adapters.outbox import Outbox
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ClientCertificate, Credential
from grantwire.domain.egress import Egress
from grantwire.domain.exchange import NotSent, Reply, Request
from grantwire.domain.target import USUAL_TRUST, Origin, Trust
from grantwire.domain.webhook import Timeouts

BODY_CAP_BYTES = 64 * 1024
_ROUTES_KEPT = 4096  # those of certificates that were replaced would stay for ever
_ASK_PROXY_SECONDS = 5.0


class HttpSender:
    """Fills the port `Sender`."""

    def __init__(
        self,
        allowance: Allowance,
        *,
        body_cap_bytes: int = BODY_CAP_BYTES,
        extra_ca_file: Path | None = None,
        references: References | None = None,
        egress: Egress | None = None,
    ) -> None:
        self._allowance = allowance
        self._cap_bytes = body_cap_bytes
        self._make = partial(Connection, body_cap_bytes, Outbox().write)
        self._tls = TlsContexts(extra_ca_file, references)
        self._way_out = None if egress is None else WayOut(egress, Proxy.of(egress.proxy, self._tls.plain))
        self._resolver = Resolver()
        self._pool = Pool()
        self._watch = Watch()
        self._routes: dict[tuple[str, int, bool, SSLContext | None], Route] = {}

    async def send(
        self, request: Request, timeouts: Timeouts, credential: Credential, trust: Trust = USUAL_TRUST
    ) -> Reply:
        trip = Trip()
        try:
            place = place_of(request.url, request.origin)
            route = self._route(request.origin, place, self._context(credential, trust))
            if route.proxy is not None and self._way_out is not None:
                return await self._by_proxy(request, trip, timeouts, route=route, way_out=self._way_out)
            answer = await self._exchange(route, write_head(request, place) + request.body, trip, timeouts)
        except (SecretMissing, CertificateRefused) as error:
            return NotSent(str(error), type(credential).__name__, pauses_webhook=True)
        except NETWORK_ERRORS as error:
            return no_response(error, trip, origin=request.origin, timeouts=timeouts)
        except ValueError as error:
            return cannot_be_written(error)
        return read_answer(answer, trip, cap_bytes=self._cap_bytes)

    async def ask_proxy(self) -> tuple[str, str] | None:
        """The egress proxy and what is wrong with it (empty: it can be reached); None when there is none."""
        if self._way_out is None:
            return None
        proxy = self._way_out.proxy
        try:
            async with asyncio.timeout(_ASK_PROXY_SECONDS):
                transport, _ = await reach_proxy(proxy, asyncio.Protocol, self._resolver)
            transport.abort()
        except TimeoutError:
            return proxy.shown, f"did not let itself be connected to within {_ASK_PROXY_SECONDS:g} s"
        except ProxyFault as fault:
            return proxy.shown, str(fault)
        return proxy.shown, ""

    def proxy_trouble(self) -> str | None:
        """What the last request through the egress proxy met of its faults; None: none."""
        return None if self._way_out is None else self._way_out.trouble()

    async def close(self) -> None:
        self._watch.close()
        await self._pool.close()
        self._resolver.close()

    async def _by_proxy(
        self, request: Request, trip: Trip, timeouts: Timeouts, *, route: Route, way_out: WayOut
    ) -> Reply:
        """Inside a tunnel nothing is different; a plain one is asked of the proxy in absolute form (RFC 9112 3.2.2)."""
        place = place_of(request.url, request.origin)
        if route.tls is None:
            head = write_head(request, place.in_absolute_form(), proxy_authorization=way_out.proxy.authorization)
        else:
            head = write_head(request, place)
        try:
            answer = await self._exchange(route, head + request.body, trip, timeouts)
            refusal = refusal_of(answer.status, answer.reason.decode("latin-1"), place.authority)
            if route.tls is None and refusal is not None:
                raise refusal
        except ProxyFault as fault:
            return way_out.failed(fault)
        way_out.worked()
        return read_answer(answer, trip, cap_bytes=self._cap_bytes)

    async def _exchange(self, route: Route, written: bytes, trip: Trip, timeouts: Timeouts) -> Answer:
        """Nothing that was written is written again: a connection is asked whether it is alive right before."""
        connection = self._pool.take(route)
        if connection is None:
            connection = await connect(route, trip, timeouts, resolver=self._resolver, make=self._make)
        trip.note_connected()
        try:
            answer = await self._answered(connection, written, trip, timeouts)
        except BaseException:
            connection.abort()
            raise
        if connection.is_reusable:
            self._pool.put(route, connection)
        else:
            connection.abort()
        return answer

    async def _answered(self, connection: Connection, written: bytes, trip: Trip, timeouts: Timeouts) -> Answer:
        total, first_byte = connection.run_out, connection.miss_first_byte
        self._watch.begin(total, trip.seconds_left(timeouts))
        if timeouts.first_byte is not None:
            self._watch.begin(first_byte, timeouts.first_byte.total_seconds())
        try:
            return await connection.ask(written, trip)
        finally:
            self._watch.end(total)
            if timeouts.first_byte is not None:
                self._watch.end(first_byte)

    def _route(self, origin: Origin, place: Place, context: SSLContext) -> Route:
        is_allowed = self._allowance.has(origin)
        if not is_allowed:
            _check_origin(origin, place)
        key = (place.host, place.port, is_allowed, context if origin.scheme == "https" else None)
        route = self._routes.get(key)
        if route is None:
            if len(self._routes) >= _ROUTES_KEPT:
                self._routes.clear()
            proxy = None if self._way_out is None else self._way_out.proxy_for(place.host)
            route = self._routes[key] = Route(place.host, place.port, not is_allowed, key[3], proxy)
        return route

    def _context(self, credential: Credential, trust: Trust) -> SSLContext:
        if trust.ca is None and not isinstance(credential, ClientCertificate):
            return self._tls.plain
        return self._tls.context(credential, trust)


def _check_origin(origin: Origin, place: Place) -> None:
    """Raises `AddressRefused` for anything but HTTPS on 443, and for a literal address that is closed."""
    if origin.scheme != "https":
        raise AddressRefused(f"{origin} is not HTTPS")
    if origin.port != 443:
        raise AddressRefused(f"{origin} has a custom port")
    literal = literal_address(place.host)
    if literal is not None:
        check_address(literal, literal)
