"""Opening: a socket becomes a connection, with TLS or without.

In: addresses, a connected socket. Out: sockets; a transport with its protocol. Never: a socket left open by a failure.
"""

import asyncio
import socket
from collections.abc import Callable
from ssl import SSLContext
from typing import TypeVar

from grantwire.adapters.outbound.address import AddressInfo, check_address

P = TypeVar("P", bound=asyncio.BaseProtocol)

NEXT_ADDRESS_SECONDS = 0.25  # RFC 8305 5: the time one address has before the next is tried beside it
SHUTDOWN_SECONDS = 1.0  # a peer that does not say goodbye is not waited for


def open_socket(info: AddressInfo) -> socket.socket:
    family, kind, protocol, _, _ = info
    return socket.socket(family=family, type=kind, proto=protocol)


def open_guarded_socket(info: AddressInfo) -> socket.socket:
    """The last word: whatever led here, a closed address is not connected to."""
    address = str(info[4][0])
    check_address(address, address)
    return open_socket(info)


async def speak(
    make: Callable[[], P], opened: socket.socket, *, tls: SSLContext | None, host: str
) -> tuple[asyncio.Transport, P]:
    """Raises what TLS raises; then the socket is closed."""
    loop = asyncio.get_running_loop()
    try:
        if tls is None:
            return await loop.create_connection(make, sock=opened)
        return await loop.create_connection(
            make, sock=opened, ssl=tls, server_hostname=host, ssl_shutdown_timeout=SHUTDOWN_SECONDS
        )
    except BaseException:
        opened.close()
        raise
