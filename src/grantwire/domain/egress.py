"""Egress: by which proxy requests leave the house, and which do not need one.

In: `GRANTWIRE_EGRESS_PROXY` and `GRANTWIRE_EGRESS_NO_PROXY`. Out: a frozen value that knows what goes
through the proxy. Never: the proxy's password in a text.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import unquote, urlsplit

from grantwire.domain.secret import Secret

_DEFAULT_PORTS = {"http": 80, "https": 443}
FORM = "expected http://host:port or https://host:port, with user:password@ before the host if the proxy wants it"


@dataclass(frozen=True, slots=True)
class EgressProxy:
    """`credentials` are `user:password`, percent-encoding undone."""

    scheme: str
    host: str
    port: int
    credentials: Secret | None = None

    @classmethod
    def of(cls, url: str) -> "EgressProxy":
        """Raises ValueError without the text, which may hold a password."""
        try:
            parts = urlsplit(url.strip())
            usual_port = _DEFAULT_PORTS[parts.scheme.lower()]
            port = parts.port or usual_port
        except (ValueError, KeyError):
            raise ValueError(FORM) from None
        if not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError(FORM)
        credentials = None
        if parts.username is not None:
            credentials = Secret(f"{unquote(parts.username)}:{unquote(parts.password or '')}")
        return cls(parts.scheme.lower(), parts.hostname.lower(), port, credentials)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Egress:
    """`past` are the hosts that go past the proxy: a name (and all names below it), an address, or a network; `*` is
    all."""

    proxy: EgressProxy
    past: tuple[str, ...] = ()

    def serves(self, host: str) -> bool:
        """Whether what goes to this host goes through the proxy."""
        name = host.lower().rstrip(".")
        return not any(_is_meant(name, entry) for entry in self.past)


def past_proxy(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The entries of `GRANTWIRE_EGRESS_NO_PROXY`, checked. Raises ValueError."""
    for text in texts:
        if _network(text) is None and ("/" in text or ":" in text or not text.strip(".*")) and text != "*":
            raise ValueError(f"expected a host, a domain, an address or a network like 10.0.0.0/8, found {text!r}")
    return tuple(text.lower() for text in texts)


def _is_meant(name: str, entry: str) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is not None:
        try:
            return ip_address(name) in network
        except ValueError:
            return False
    domain = entry.removeprefix("*").strip(".")
    return name == domain or name.endswith(f".{domain}")


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None
