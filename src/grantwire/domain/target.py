"""Target: where and how to send.

In: method, URL template, header templates. Out: a frozen value; `Origin` is its scheme, host and port; `Trust` says
whose word on a target's identity counts.
Never: a credential (see `credential`), a connection.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from grantwire.domain.secret import Secret


class Method(StrEnum):
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    GET = "GET"


@dataclass(frozen=True, slots=True)
class Header:
    """A header row; the value is a template, or a secret that is sent as it is."""

    name: str
    value: str | Secret


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (lower case) and port: what an operator allows and what limits are counted by."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """Raises ValueError when the URL has no host or its port is no number."""
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError(f"no host in {url!r}")
        return cls(parts.scheme.lower(), parts.hostname.lower(), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Trust:
    """`ca` holds PEM certificates of authorities, or a reference to such; None: the system's, and those of the operator
    (`GRANTWIRE_EXTRA_CA_FILE`). `is_only`: no other authority counts beside `ca`."""

    ca: str | None = None
    is_only: bool = True


USUAL_TRUST = Trust()


@dataclass(frozen=True, slots=True)
class Target:
    """`url` and header values are templates; scheme, host and port of the URL are always literal."""

    method: Method
    url: str
    headers: tuple[Header, ...] = ()
