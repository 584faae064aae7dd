"""Head: the first bytes of a request, written as HTTP/1.1.

In: a `Request`. Out: where it goes, and the bytes of its head. Never: a line that a value broke in two.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from yarl import URL

from grantwire.domain.exchange import Request
from grantwire.domain.target import Method, Origin

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110 5.6.2
_STANDING = (("User-Agent", "Grantwire"), ("Accept-Encoding", "gzip, deflate"))
_DEFAULT_PORTS = {"https": 443, "http": 80}
# RFC 9110 8.6: these announce a body even when it is empty.
_WITH_BODY = frozenset({Method.POST, Method.PUT, Method.PATCH})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: `host` as name look-up and TLS want it, `authority` for the Host line, `path` with query."""

    host: str
    port: int
    authority: str
    path: str

    def in_absolute_form(self) -> "Place":
        """For a proxy; only plain HTTP is asked for like this."""
        return replace(self, path=f"http://{self.authority}{self.path}")


@lru_cache(maxsize=1024)
def place_of(url: str, origin: Origin) -> Place:
    """Raises ValueError when the URL does not lead to the origin the request was checked for."""
    try:
        found = URL(url)
        host, port = found.raw_host, found.port
        own_host = origin.host if host == origin.host else URL.build(scheme="https", host=origin.host).raw_host
    except (ValueError, TypeError):
        raise ValueError("the URL is not valid") from None
    if not host or port is None or (found.scheme, host, port) != (origin.scheme, own_host, origin.port):
        raise ValueError(f"the URL does not lead to {origin}")
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == _DEFAULT_PORTS[found.scheme] else f"{shown}:{port}"
    return Place(host, port, authority, found.raw_path_qs or "/")


def write_head(request: Request, place: Place, *, proxy_authorization: str = "") -> bytes:
    """Raises ValueError for what cannot stand in a head."""
    headers = request.headers
    standing = _standing(tuple([name for name, _ in headers]))
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers) or "\0" in lines:
        raise ValueError(_broken(headers))
    length = ""
    if request.body or request.method in _WITH_BODY:
        length = f"Content-Length: {len(request.body)}\r\n"
    if proxy_authorization:
        length += f"Proxy-Authorization: {proxy_authorization}\r\n"
    start = f"{request.method} {place.path} HTTP/1.1\r\nHost: {place.authority}\r\n"
    return f"{start}{standing}{lines}{length}\r\n".encode()


@lru_cache(maxsize=1024)
def _standing(names: tuple[str, ...]) -> str:
    """The lines that go out unless the request has its own. Raises ValueError for a name that is none."""
    for name in names:
        if not _NAME.match(name):
            raise ValueError(f"{name!r} is no header name")
    given = {name.lower() for name in names}
    return "".join(f"{name}: {value}\r\n" for name, value in _STANDING if name.lower() not in given)


def _broken(headers: Iterable[tuple[str, str]]) -> str:
    """Names the first header whose value cannot be sent; never the value, which may be secret."""
    name = next((name for name, value in headers if any(one in value for one in "\r\n\0")), "")
    return f"the value of the header {name!r} holds a line break or a zero byte"
