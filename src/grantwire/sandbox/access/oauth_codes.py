"""`/oauth_auth.do`: a person signs in and allows; a code goes back to the application, good once for 60 seconds.

In: a Call from a browser. Out: a sign-in page, or a redirect with `code` and `state`. Must never: issue a token.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from grantwire.sandbox.access.accounts import Accounts, equal
from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.exchange import HTML, Answer, Call
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.pages.filling import filled

CODE_SECONDS = 60
CARRIED = ("client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "response_type")


@dataclass(frozen=True, slots=True)
class Code:
    user: str
    redirect_uri: str
    challenge: str
    method: str
    expires_at: float
    is_proven: bool = False


class AuthorizationCodes:
    def __init__(self, options: SandboxOptions, clock: SandboxClock, new_text: Callable[[], str]) -> None:
        self._options = options
        self._clock = clock
        self._new_text = new_text
        self._codes: dict[str, Code] = {}

    def authorize(self, call: Call, form: Mapping[str, str], accounts: Accounts) -> Answer:
        asked = {name: {**call.query, **form}.get(name, "") for name in CARRIED}
        problem = self._problem(asked)
        if problem:
            return page(400, asked, problem)
        if call.method != "POST":
            return page(200, asked, "")
        user = accounts.with_password(form.get("user_name", ""), form.get("user_password", ""))
        if user is None:
            return page(200, asked, "User name or password invalid")
        code = self._new_text()
        self._codes[code] = Code(
            user.sys_id,
            asked["redirect_uri"],
            asked["code_challenge"],
            asked["code_challenge_method"] or "plain",
            self._clock.now() + CODE_SECONDS,
        )
        separator = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        answer = urlencode({"code": code, "state": asked["state"]})
        return Answer(302, headers=(("Location", f"{asked['redirect_uri']}{separator}{answer}"),))

    def redeem(self, text: str, redirect_uri: str, verifier: str) -> Code | None:
        """A code works once. With a challenge the verifier must fit; without one there is nothing to prove."""
        code = self._codes.pop(text, None)
        if code is None or code.expires_at <= self._clock.now() or code.redirect_uri != redirect_uri:
            return None
        if not code.challenge:
            return code
        if not equal(challenge_of(verifier, code.method), code.challenge):
            return None
        return Code(code.user, code.redirect_uri, code.challenge, code.method, code.expires_at, is_proven=True)

    def clear(self) -> None:
        self._codes.clear()

    def _problem(self, asked: Mapping[str, str]) -> str:
        target = urlsplit(asked["redirect_uri"])
        if asked["client_id"] != self._options.client_id:
            return "Invalid client_id"
        if asked["response_type"] != "code":
            return "Unsupported response_type"
        if target.scheme not in {"http", "https"} or not target.netloc:
            return "Invalid redirect_uri"
        if not asked["state"]:
            return "The state parameter is required"
        return ""


def challenge_of(verifier: str, method: str) -> str:
    if method != "S256":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def page(status: int, asked: Mapping[str, str], problem: str) -> Answer:
    return Answer(status, filled("sign_in", problem=problem, carried=asked).encode(), HTML)
