"""URL rules: which addresses a webhook may be sent to.

In: a URL (template) and the operator's allowance. Out: every reason against it. Never: a look-up of a name; the
address behind a name is checked when it is used.
"""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from grantwire.domain.allowance import Allowance
from grantwire.domain.errors import Problem
from grantwire.domain.secret_reading import PLACEHOLDER
from grantwire.domain.target import Origin

FALLBACK_URL = "https://fallback.example.com/"  # stands in for a URL that could not be read
LONGEST = 2048
_START = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)")
_HOST = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?\Z"
)
# What some resolvers take for an IPv4 address: 127.1, 0x7f000001, 2130706433 (WHATWG URL, "ends in a number").
_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal")


def url_problems(url: str, allowance: Allowance, path: str) -> Iterator[Problem]:
    """For a URL whose path and query may hold template tags; its scheme, host and port may not."""
    placeholders = [found[0] for found in PLACEHOLDER.finditer(url)]
    if placeholders:
        yield from (Problem(path, f"still holds the placeholder {name}") for name in dict.fromkeys(placeholders))
        return
    if "${" in url:
        yield Problem(path, "must not hold a reference", "Put secrets into auth or headers; ${…} works only there.")
    if len(url) > LONGEST:
        yield Problem(path, f"is {len(url)} characters long, at most {LONGEST} are allowed")
    start = _START.match(url)
    if start is None:
        yield Problem(path, f"{url[:80]!r} is no URL.", "It starts with https:// and a host name.")
        return
    if not has_literal_host(url):
        yield Problem(path, "its host must be written out.", "Template tags may stand after the host only.")
        return
    yield from _literal_problems(url, allowance, path)


def has_literal_host(url: str) -> bool:
    """Whether scheme, host and port stand in front of the first template tag."""
    start = _START.match(url)
    return start is not None and "{{" not in start[2] and "}}" not in start[2]


def _literal_problems(url: str, allowance: Allowance, path: str) -> Iterator[Problem]:
    literal = re.sub(r"\{\{.*?\}\}", "", url, flags=re.DOTALL)
    if _UNPRINTABLE.search(literal) or "\\" in literal:
        yield Problem(path, "must not hold spaces, line breaks or backslashes")
    try:
        parts = urlsplit(url.split("{{", maxsplit=1)[0])
        origin = Origin.of(url.split("{{", maxsplit=1)[0])
    except ValueError as error:
        yield Problem(path, f"is no valid URL: {error}")
        return
    if "#" in literal:
        yield Problem(path, "must not have a fragment (#…); it would never be sent")
    if parts.username is not None or parts.password is not None:
        yield Problem(path, "must not hold a user name or password.", "Use auth: {type: basic, …}.")
    yield from _origin_problems(parts, origin, allowance, path)


def _origin_problems(parts: SplitResult, origin: Origin, allowance: Allowance, path: str) -> Iterator[Problem]:
    address = _address_of(origin.host)
    if origin.scheme not in {"https", "http"}:
        yield Problem(path, f"must use HTTPS, found {origin.scheme}")
        return
    if address is None and not _HOST.match(origin.host):
        yield Problem(path, f"{origin.host[:80]!r} is no host name.", _ascii_hint(origin.host))
        return
    if address is None and _ENDS_IN_A_NUMBER.search(origin.host):
        yield Problem(path, f"{origin.host} reads as an address.", "Write an address in four parts, like 192.0.2.1.")
        return
    if allowance.has(origin):
        return
    allow = f"An operator may allow this origin: GRANTWIRE_ALLOWED_ORIGINS={origin}"
    if origin.scheme != "https":
        yield Problem(path, "must use HTTPS.", allow)
    if parts.port not in {None, 443 if origin.scheme == "https" else 80}:
        yield Problem(path, f"must not name a port of its own, found {parts.port}.", allow)
    if (address is not None and not address.is_global) or _is_local(origin.host):
        yield Problem(path, f"{origin.host} is no public address.", allow)


def _address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv4 address in an IPv6 one counts as what it is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_local(host: str) -> bool:
    name = "." + host.rstrip(".")
    return name.endswith(_LOCAL_NAMES) or name == ".localhost"


def _ascii_hint(host: str) -> str:
    try:
        name = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return f"Write it as {name}." if _HOST.match(name) else ""
