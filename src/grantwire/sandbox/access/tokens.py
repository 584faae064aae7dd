"""Access and refresh tokens: asking again during a token's life gives the same token with less time left.

In: a client, a user, a scope. Out: the token answer. Must never: check a password or parse a request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.properties import Properties


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for; only some grants come with a refresh token."""

    client_id: str
    user: str
    scope: str
    is_refreshable: bool


@dataclass(frozen=True, slots=True)
class Issued:
    text: str
    grant: Grant
    expires_at: float


class Tokens:
    def __init__(self, clock: SandboxClock, properties: Properties, new_text: Callable[[], str]) -> None:
        self._clock = clock
        self._properties = properties
        self._new_text = new_text
        self._access: dict[str, Issued] = {}
        self._refresh: dict[str, Issued] = {}
        self._current: dict[Grant, tuple[str, str]] = {}

    def issue(self, grant: Grant) -> dict[str, Any]:
        access_text, refresh_text = self._current.get(grant, ("", ""))
        access = self._living(self._access, access_text) or self._new(
            self._access, grant, self._properties.token_lifetime_seconds
        )
        answer: dict[str, Any] = {"access_token": access.text}
        refresh = None
        if grant.is_refreshable:
            refresh = self._living(self._refresh, refresh_text) or self._new(
                self._refresh, grant, self._properties.refresh_token_lifetime_seconds
            )
            answer["refresh_token"] = refresh.text
        self._current[grant] = (access.text, refresh.text if refresh else "")
        # 1799 for a fresh token of 1800 s (recorded): the part of a second already gone is rounded off
        left = max(int(access.expires_at - self._clock.now() - 0.001), 0)
        return {**answer, "scope": grant.scope, "token_type": "Bearer", "expires_in": left}

    def user_of(self, access_text: str) -> str | None:
        found = self._living(self._access, access_text)
        return found.grant.user if found else None

    def scope_of(self, access_text: str) -> str:
        found = self._living(self._access, access_text)
        return found.grant.scope if found else ""

    def refreshed(self, refresh_text: str, client_id: str) -> Grant | None:
        found = self._living(self._refresh, refresh_text)
        return found.grant if found and found.grant.client_id == client_id else None

    def revoke(self, text: str) -> None:
        self._access.pop(text, None)
        self._refresh.pop(text, None)

    def revoke_all(self) -> None:
        self._access.clear()
        self._refresh.clear()
        self._current.clear()

    def _living(self, issued: dict[str, Issued], text: str) -> Issued | None:
        found = issued.get(text)
        if found is not None and found.expires_at <= self._clock.now():
            del issued[text]
            return None
        return found

    def _new(self, issued: dict[str, Issued], grant: Grant, lifetime_seconds: int) -> Issued:
        token = Issued(self._new_text(), grant, self._clock.now() + lifetime_seconds)
        issued[token.text] = token
        return token
