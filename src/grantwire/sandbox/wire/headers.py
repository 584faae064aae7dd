"""The response headers of a real instance, as recorded: cookies, cache, transaction id.

In: whether the caller was known, which session, the time. Out: headers. Must never: decide an answer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from grantwire.sandbox.exchange import Headers

LONG_AGO = "Thu, 01-Jan-1970 00:00:10 GMT"
STEADY: Headers = (
    ("Server-Timing", "sem_wait;dur=0, sesh_wait;dur=0"),
    ("X-Content-Type-Options", "nosniff"),
    ("Pragma", "no-store,no-cache"),
    ("Cache-Control", "no-cache,no-store,must-revalidate,max-age=-1"),
    ("Expires", "0"),
    ("Server", "ServiceNow"),
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("Keep-Alive", "timeout=70"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """`is_secure` puts `Secure` on cookies: over plain HTTP a client would never send them back."""

    is_known: bool
    has_session: bool
    is_secure: bool
    now: float


class ServiceNowHeaders:
    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._node = new_id()

    def of(self, visit: Visit) -> Headers:
        one, two = self._new_id(), self._new_id()
        known = ("X-Is-Logged-In", "true" if visit.is_known else "false")
        return (*self._cookies(visit, one, two), known, ("X-Transaction-ID", one[:12]), *STEADY)

    def _cookies(self, visit: Visit, one: str, two: str) -> Headers:
        tail = "; Path=/; HttpOnly; SameSite=None; Secure" if visit.is_secure else "; Path=/; HttpOnly"
        session = "" if visit.has_session else f"JSESSIONID={two.upper()}{tail}"
        until = time.strftime("%a, %d-%b-%Y %H:%M:%S GMT", time.gmtime(visit.now + 1800))
        texts = (
            session,
            f"glide_user=; Max-Age=0; Expires={LONG_AGO}{tail}",
            f"glide_user_session=; Max-Age=0; Expires={LONG_AGO}{tail}",
            f"glide_user_route=glide.{self._node}; Max-Age=2147483647; Expires=Thu, 23-Nov-2090 19:38:10 GMT{tail}",
            f"glide_node_id_for_js={self._node}{tail}",
            f"glide_session_store={one.upper()}; Max-Age=1800; Expires={until}{tail}",
            f"BIGipServerpool_sandbox=999184138.46398.0000{tail}",
        )
        return tuple(("Set-Cookie", text) for text in texts if text)
