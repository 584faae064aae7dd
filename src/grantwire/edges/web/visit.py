"""Visit: who looks at a page, from where, and with which tokens.

In: the head of a request. Out: a frozen value for the page and its forms. Never: a look at the store.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from litestar.connection import ASGIConnection

from grantwire.domain.person import Person

SESSION_COOKIE = "grantwire_session"
VISIT_COOKIE = "grantwire_visit"  # stands in for a session until there is one, so that the sign-in form is guarded too


@dataclass(frozen=True, slots=True)
class Visit:
    """`token` is the browser's own secret: of its session, or of its visit before that. `nonce` marks the styles of
    this answer as ours. `is_fragment`: htmx asks for a part of a page."""

    path: str
    token: str
    nonce: str
    person: Person | None
    is_https: bool
    is_fragment: bool

    @property
    def csrf(self) -> str:
        """Follows from the token, which another site cannot read; so it need not be stored."""
        return signature(self.token, "csrf")

    @property
    def signed_in(self) -> Person:
        """For pages that nobody sees without signing in."""
        if self.person is None:
            raise RuntimeError("a page behind the sign-in was reached without one")
        return self.person

    def is_ours(self, csrf: str) -> bool:
        return bool(self.token) and hmac.compare_digest(self.csrf.encode(), csrf.encode())


def signature(token: str, text: str) -> str:
    return hmac.new(token.encode(), text.encode(), sha256).hexdigest()


def is_https(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Directly, or before a proxy. Whoever lies here only makes the cookie stricter."""
    told = connection.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return (told or connection.scope["scheme"]) == "https"
