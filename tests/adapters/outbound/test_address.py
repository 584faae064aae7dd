import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.adapters.outbound.address import (
    AddressRefused,
    Resolver,
    check_address,
    literal_address,
    why_closed,
)
from grantwire.adapters.outbound.connect import Route, connect
from grantwire.adapters.outbound.connection import Connection
from grantwire.adapters.outbound.opening import open_guarded_socket
from grantwire.adapters.outbound.trip import Trip
from grantwire.domain.webhook import Timeouts

CLOSED = [
    "127.0.0.1", "127.255.255.254", "0.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:db8::1", "3fff::1",
    "100::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "149.96.1.1", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", CLOSED)
def test_a_closed_address_is_refused_with_its_reason(address: str) -> None:
    with pytest.raises(AddressRefused, match="is not a public address: "):
        check_address("target.example", address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    check_address("target.example", address)


@given(st.ip_addresses(v=4))
def test_every_ipv4_address_that_python_calls_private_is_closed(address: ipaddress.IPv4Address) -> None:
    if not address.is_global:
        assert why_closed(str(address)) is not None


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "::", "64:ff9b::", "2002::"]))
def test_an_ipv4_address_inside_ipv6_is_closed_whatever_it_is(address: ipaddress.IPv4Address, prefix: str) -> None:
    shift = 80 if prefix == "2002::" else 0
    inside = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + (int(address) << shift))
    assert why_closed(str(inside)) is not None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("1", "0.0.0.1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("8.8.8.8", "8.8.8.8"),
        ("acme.service-now.com", None),
        ("1.2.3.4.example", None),
    ],
)
def test_a_literal_address_is_read_as_the_operating_system_reads_it(host: str, address: str | None) -> None:
    assert literal_address(host) == address


async def test_a_name_with_one_closed_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: object, **__: object) -> list[object]:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, ("8.8.8.8", 443)), (*stream, ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    resolver, trip = Resolver(), Trip()
    route = Route("both.example", 443, True, None)
    with pytest.raises(AddressRefused, match=r"both\.example \(10\.0\.0\.1\)"):
        await connect(route, trip, Timeouts(), resolver=resolver, make=lambda: Connection(1))
    assert trip.resolved is None
    resolver.close()


def test_the_socket_itself_refuses_a_closed_address() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))
    with pytest.raises(AddressRefused, match="metadata"):
        open_guarded_socket(info)
