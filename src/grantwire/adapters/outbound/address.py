"""Address: which hosts the way out may reach, so that a webhook never becomes a door into the internal network.

In: a host as the URL says it, and the addresses it resolves to. Out: the addresses to connect to, or `AddressRefused`.
Never: an opinion about a name; only addresses are judged.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

# IANA special-purpose registries (RFC 6890 and successors), and what clouds put beside them. Reason, networks.
_CLOSED: dict[str, tuple[str, ...]] = {
    "this machine": ("127.0.0.0/8", "::1/128"),
    "no address at all": ("0.0.0.0/8", "::/128"),
    "a private network": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "shared carrier space": ("100.64.0.0/10",),
    "link-local, where clouds keep their metadata": ("169.254.0.0/16", "fe80::/10"),
    "the host agent of a cloud": ("168.63.129.16/32",),
    "reserved for protocols": ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "100::/64", "5f00::/16"),
    "reserved for tests and documents": (
        "192.0.2.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    ),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "reserved": ("240.0.0.0/4",),
    "an IPv4 address inside IPv6": ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"),
}
# What `getaddrinfo` answers: family, kind, protocol, canonical name, socket address.
AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NETWORKS: tuple[tuple[IPv4Network | IPv6Network, str], ...] = tuple(
    (ip_network(text), reason) for reason, texts in _CLOSED.items() for text in texts
)
_RESOLVER_THREADS = 16  # a hanging name server holds a thread for half a minute; it must not hold the others


class AddressRefused(OSError):
    """An address outside the public internet, for an origin that nobody allowed."""


@lru_cache(maxsize=4096)
def why_closed(address: str) -> str | None:
    """What kind of closed address this is; None for a public one. Raises ValueError for text that is no address."""
    found = ip_address(address)
    for network, reason in _NETWORKS:
        if found in network:
            return reason
    if found.version == 6 and found not in _GLOBAL_IPV6:
        return "outside the public part of IPv6"
    return None


def check_address(host: str, address: str) -> None:
    reason = why_closed(address)
    if reason is not None:
        shown = host if host == address else f"{host} ({address})"
        raise AddressRefused(f"{shown} is not a public address: {reason}")


@lru_cache(maxsize=4096)
def literal_address(host: str) -> str | None:
    """The address a URL names directly, read as the operating system would (`2130706433`, `0x7f.1` and `017700000001`
    are all 127.0.0.1); None for a name."""
    try:
        return str(ip_address(host.split("%", 1)[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


class Resolver:
    """Names to addresses, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolve")

    async def look_up(self, host: str, port: int) -> list[AddressInfo]:
        """Raises `socket.gaierror`."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port)
        except UnicodeError:  # a label longer than DNS allows
            raise socket.gaierror(socket.EAI_NONAME, "it is not a name that DNS could hold") from None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[AddressInfo]:
    return [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)]
