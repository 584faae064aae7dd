"""Connect: a new connection to where a route leads: name, address check, TCP, TLS.

In: a route, and the trip that needs the connection. Out: a `Connection`. Never: a second name look-up between the
check and the connect (what was checked is what is connected to), or more time than the connect timeout.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from aiohappyeyeballs import start_connection

from grantwire.adapters.outbound.address import Resolver, check_address
from grantwire.adapters.outbound.connection import Connection
from grantwire.adapters.outbound.faults import NoAnswerInTime
from grantwire.adapters.outbound.opening import NEXT_ADDRESS_SECONDS, open_guarded_socket, open_socket, speak
from grantwire.adapters.outbound.trip import Trip
from grantwire.adapters.outbound.tunnel import Proxy, ProxyFault, open_tunnel, reach_proxy, secure
from grantwire.domain.exchange import Fault
from grantwire.domain.webhook import Timeouts


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """What connections are kept apart by; each is made once, so it is told from others by identity. `is_guarded`: only
    public addresses are connected to. `tls` is None for plain HTTP. With a `proxy` it is the proxy that looks the name
    up: only literal addresses can be judged, and were (decision 0022)."""

    host: str
    port: int
    is_guarded: bool
    tls: ssl.SSLContext | None
    proxy: Proxy | None = None


async def connect(
    route: Route, trip: Trip, timeouts: Timeouts, *, resolver: Resolver, make: Callable[[], Connection]
) -> Connection:
    """Raises what the network raises, `AddressRefused`, or `NoAnswerInTime`."""
    total = trip.seconds_left(timeouts)
    seconds = min(timeouts.connect.total_seconds(), total)
    try:
        async with asyncio.timeout(seconds):
            return await _connected(route, trip, resolver=resolver, make=make)
    except TimeoutError:
        if route.proxy is not None and trip.tcp_connected is None:
            raise ProxyFault(f"did not get through to {route.host}:{route.port} within {seconds:g} s") from None
        stage = Fault.TIMEOUT_CONNECT if seconds < total else Fault.TIMEOUT_TOTAL
        raise NoAnswerInTime(stage) from None


async def _connected(route: Route, trip: Trip, *, resolver: Resolver, make: Callable[[], Connection]) -> Connection:
    if route.proxy is not None:
        return await _through(route.proxy, route, trip, resolver=resolver, make=make)
    found = await resolver.look_up(route.host, route.port)
    if route.is_guarded:  # a name that points both inside and outside is an attack or a mistake
        for *_, address in found:
            check_address(route.host, str(address[0]))
    trip.resolved = perf_counter()
    opened = await start_connection(
        found,
        happy_eyeballs_delay=NEXT_ADDRESS_SECONDS,
        interleave=1,
        socket_factory=open_guarded_socket if route.is_guarded else open_socket,
    )
    trip.tcp_connected = perf_counter()
    _, connection = await speak(make, opened, tls=route.tls, host=route.host)
    if route.tls is not None:
        trip.tls_connected = perf_counter()
    return connection


async def _through(
    proxy: Proxy, route: Route, trip: Trip, *, resolver: Resolver, make: Callable[[], Connection]
) -> Connection:
    if route.tls is None:
        _, connection = await reach_proxy(proxy, make, resolver)
        trip.resolved = trip.tcp_connected = perf_counter()
        return connection
    transport = await open_tunnel(route.host, route.port, proxy, resolver=resolver)
    trip.resolved = trip.tcp_connected = perf_counter()
    connection = await secure(transport, make, route.tls, route.host)
    trip.tls_connected = perf_counter()
    return connection
