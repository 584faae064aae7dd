"""Shield: the headers that keep a page to itself.

In: the nonce of an answer. Out: its security headers. Never: `unsafe-inline`, or anything from elsewhere.
"""

from collections.abc import Iterator
from secrets import token_urlsafe
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from grantwire.edges.web.visit import is_https

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_YEAR_SECONDS = 365 * 86400


def security_headers(nonce: str, *, is_https: bool) -> Iterator[tuple[str, str]]:
    """CodeMirror makes its style elements itself and gives them the nonce; nothing else needs one."""
    yield "content-security-policy", _POLICY.format(nonce=nonce)
    yield "x-content-type-options", "nosniff"
    yield "x-frame-options", "DENY"
    yield "referrer-policy", "same-origin"
    yield "cross-origin-opener-policy", "same-origin"
    yield "cross-origin-resource-policy", "same-origin"
    yield "permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if is_https:
        yield "strict-transport-security", f"max-age={_YEAR_SECONDS}"


def shield(app: ASGIApp) -> ASGIApp:
    """Middleware: every answer of the console, its mistakes included, has the headers."""

    async def shielded(scope: Scope, receive: Receive, send: Send) -> None:
        nonce = nonce_of(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_ours(message["headers"], nonce, is_https=_is_https(scope))
            await send(message)

        await app(scope, receive, send_with_headers)

    return shielded


def nonce_of(scope: Scope) -> str:
    """One for each request, made when it is first asked for."""
    state: dict[str, Any] = scope["state"]
    nonce: str = state.setdefault("nonce", token_urlsafe(16))
    return nonce


def _is_https(scope: Scope) -> bool:
    return is_https(ASGIConnection(scope))


def _with_ours(headers: Any, nonce: str, *, is_https: bool) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    ours = [(name.encode(), value.encode()) for name, value in security_headers(nonce, is_https=is_https)]
    kept = [] if b"cache-control" in present else [(b"cache-control", b"no-store")]
    return [*headers, *ours, *kept]
