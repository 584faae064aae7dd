"""Token endpoint: one question to an OAuth 2.0 token URL, and what its answer means.

In: an OAuth credential with its secrets resolved. Out: a `Fetched` token, or a `Refusal` with the reason and a wait.
Never: a second try (that is `tokens`'s decision), or a secret in a reason, even where the endpoint repeats one.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import isnan
from typing import Any, assert_never
from urllib.parse import quote_plus, urlencode

from grantwire.domain.credential import ClientAuthentication, Grant, NoCredential, OAuth2
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Request, Response
from grantwire.domain.secret import MASK
from grantwire.domain.target import Method, Origin, Trust
from grantwire.domain.webhook import Timeouts
from grantwire.ports import Sender

TIMEOUTS = Timeouts(total=timedelta(seconds=30), connect=timedelta(seconds=10))
ASSUMED_SECONDS = 600.0  # RFC 6749 5.1 lets a server leave `expires_in` out
_SHORTEST_SECONDS = 1.0
_LONGEST_SECONDS = 365 * 86400.0
_QUOTED_CHARACTERS = 200


class Kind(StrEnum):
    """What a failure calls for: patience, a person with the instance, a person with the settings, or with our own way
    out (the egress proxy)."""

    PASSING = "passing"
    ASLEEP = "asleep"
    NOT_AN_API = "not_an_api"
    CONFIGURATION = "configuration"
    WAY_OUT = "way_out"


@dataclass(frozen=True, slots=True)
class Refusal:
    kind: Kind
    why: str
    detail: str
    asked_seconds: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Fetched:
    """`refresh_token` is None unless the endpoint gave a new one."""

    token: str
    lifetime_seconds: float
    refresh_token: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """The secrets of a credential as plain text, for the one question they are used in."""

    client_secret: str
    password: str
    refresh_token: str

    def hide(self, text: str) -> str:
        for secret in (self.client_secret, self.password, self.refresh_token):
            if len(secret) >= 4:  # a shorter one would blank every sentence, and is no secret
                text = text.replace(secret, MASK)
        return text


async def ask(sender: Sender, credential: OAuth2, known: Known) -> Fetched | Refusal:
    try:
        request = _request(credential, known)
    except ValueError:
        return _misconfigured("The token URL is not a URL: correct it, then resume the webhook.", "")
    reply = await sender.send(request, TIMEOUTS, NoCredential(), Trust(credential.ca, is_only=False))
    place = f"The token endpoint of {request.origin.host}"
    match reply:
        case Response():
            return _answered(reply, place, known)
        case NoResponse(fault=Fault.ADDRESS):
            return _misconfigured(f"{place} may not be reached: {reply.detail}.", reply.fault)
        case NoResponse():
            return Refusal(Kind.PASSING, f"{place} did not answer: {reply.detail}; it is tried again.", reply.fault)
        case NotSent(is_ours=True):
            return Refusal(Kind.WAY_OUT, reply.why, reply.detail, reply.retry_after_seconds)
        case NotSent():
            return _misconfigured(f"{place} cannot be asked: {reply.why} {reply.detail}", "")
        case _:
            assert_never(reply)


def _request(credential: OAuth2, known: Known) -> Request:
    fields = {"grant_type": credential.grant.value}
    match credential.grant:
        case Grant.PASSWORD:
            fields |= {"username": credential.username or "", "password": known.password}
        case Grant.REFRESH_TOKEN:
            fields |= {"refresh_token": known.refresh_token}
        case Grant.CLIENT_CREDENTIALS:
            pass
        case _:
            assert_never(credential.grant)
    if credential.scopes:
        fields["scope"] = " ".join(credential.scopes)
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
    if credential.client_authentication is ClientAuthentication.BASIC:
        headers.append(("Authorization", _basic(credential.client_id, known.client_secret)))
    else:
        fields |= {"client_id": credential.client_id, "client_secret": known.client_secret}
    return Request(
        method=Method.POST,
        url=credential.token_url,
        headers=tuple(headers),
        body=urlencode(fields).encode(),
        origin=Origin.of(credential.token_url),
        secret_headers=frozenset({"authorization"}),
    )


def _basic(client_id: str, client_secret: str) -> str:
    """Both form-encoded before they are joined (RFC 6749 2.3.1)."""
    return "Basic " + b64encode(f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()).decode()


def _answered(answer: Response, place: str, known: Known) -> Fetched | Refusal:
    said = f"{place} answered {answer.status} {answer.reason}".rstrip()
    document = _document(answer.body)
    if answer.status == 200:
        if document is None:
            return _page(answer, said)
        return _token(document, said, known)
    words = _words(document, known)
    detail = words or f"HTTP {answer.status}"
    if answer.status in {408, 425, 429} or answer.status >= 500:
        return Refusal(Kind.PASSING, f"{said}; it is tried again.", detail, _asked(answer))
    if answer.status in {400, 401, 403}:
        return _misconfigured(
            f"{said}{f' ({words})' if words else ''}: check the client id and secret, the user and its password or the"
            " refresh token, and that the user is not locked; then resume the webhook.",
            detail,
        )
    return _misconfigured(f"{said}: check the token URL, then resume the webhook.", detail)


def _token(document: dict[str, Any], said: str, known: Known) -> Fetched | Refusal:
    token = document.get("access_token")
    if not isinstance(token, str) or not token or not (token.isascii() and token.isprintable()) or " " in token:
        words = _words(document, known) or "no usable access_token"
        return _misconfigured(f"{said} without a token ({words}): check the token URL and the grant.", words)
    refresh_token = document.get("refresh_token")
    return Fetched(
        token=token,
        lifetime_seconds=_lifetime(document.get("expires_in")),
        refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
    )


def _lifetime(written: object) -> float:
    """Some servers write the number as a string."""
    try:
        seconds = float(written)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return ASSUMED_SECONDS
    return ASSUMED_SECONDS if isnan(seconds) else min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)


def _page(answer: Response, said: str) -> Refusal:
    """A 200 that is not JSON: a sleeping developer instance, a sign-in page, a maintenance page."""
    if answer.is_cut:
        return Refusal(Kind.PASSING, f"{said}, but {answer.cut_why}; it is tried again.", answer.cut_why)
    if b"instance hibernating" in answer.body.lower():
        return Refusal(
            Kind.ASLEEP,
            "The ServiceNow developer instance is asleep; sign in at developer.servicenow.com to wake it, and this"
            " is sent by itself.",
            "Instance Hibernating page",
        )
    kind = answer.header("content-type") or "no content type"
    return Refusal(
        Kind.NOT_AN_API,
        f"{said} with a page instead of a token: check the token URL, or open it in a browser and look.",
        kind,
    )


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _words(document: dict[str, Any] | None, known: Known) -> str:
    """`error: error_description`, opaque: ServiceNow says `server_error: access_denied` for six causes, and the
    real one only in its log."""
    parts = [document.get("error"), document.get("error_description")] if document else []
    text = known.hide(": ".join(part for part in parts if isinstance(part, str)))
    return "".join(each if each.isprintable() else " " for each in text)[:_QUOTED_CHARACTERS]


def _asked(answer: Response) -> float | None:
    written = answer.header("retry-after") or ""
    return float(written) if written.isascii() and written.isdigit() and len(written) < 9 else None


def _misconfigured(why: str, detail: str) -> Refusal:
    return Refusal(Kind.CONFIGURATION, why, detail)
