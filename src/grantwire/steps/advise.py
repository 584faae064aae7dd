"""Advise: which tips help with an invocation that failed.

In: an attempt. Out: the causes, the most telling first; none for one that was delivered. Never: a guess from the words
of our own sentences where the reply itself tells.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from grantwire.domain.attempt import Attempt
from grantwire.domain.cause import Cause
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Response
from grantwire.domain.verdict import VerdictKind

_OF_FAULT: Mapping[Fault, Cause] = {
    Fault.DNS: Cause.DNS,
    Fault.ADDRESS: Cause.ADDRESS,
    Fault.CONNECT: Cause.CONNECT,
    Fault.TLS: Cause.TLS,
    Fault.CLIENT_CERTIFICATE: Cause.CLIENT_CERTIFICATE,
    Fault.SEND: Cause.RESET,
    Fault.TIMEOUT_CONNECT: Cause.CONNECT,
    Fault.TIMEOUT_FIRST_BYTE: Cause.TIMEOUT,
    Fault.TIMEOUT_TOTAL: Cause.TIMEOUT,
    Fault.RESET: Cause.RESET,
    Fault.PROTOCOL: Cause.NO_HTTP,
}
_OF_STATUS: Mapping[int, Cause] = {
    202: Cause.NOT_PROCESSED,
    400: Cause.BAD_BODY,
    401: Cause.CREDENTIAL,
    403: Cause.FORBIDDEN,
    404: Cause.NOT_FOUND,
    405: Cause.METHOD,
    406: Cause.MEDIA_TYPE,
    408: Cause.REQUEST_TIMEOUT,
    409: Cause.DUPLICATE,
    410: Cause.GONE,
    413: Cause.TOO_LARGE,
    415: Cause.MEDIA_TYPE,
    422: Cause.BAD_BODY,
    429: Cause.BUSY,
    502: Cause.GATEWAY,
    503: Cause.MAINTENANCE,
    504: Cause.GATEWAY,
}
# What ServiceNow says inside an error; the first that is found counts.
_OF_WORDS: tuple[tuple[int, str, Cause], ...] = (
    (400, "Rejected large REST payload", Cause.TOO_LARGE),
    (403, "Access to unscoped api", Cause.UNSCOPED),
    (403, "Missing required api access scope", Cause.SCOPE),
    (403, "Failed API level ACL Validation", Cause.API_ACL),
    (403, "Insufficient rights to query", Cause.QUERY),
    (403, "Data Policy Exception", Cause.DATA_POLICY),
    (403, "aborted by Business Rule", Cause.BUSINESS_RULE),
    (403, "Unique Key violation", Cause.UNIQUE_KEY),
    (403, "ACL Exception", Cause.ACL),
    (500, "maximum execution time exceeded", Cause.CANCELLED),
    (500, "java.", Cause.SCRIPT_ERROR),
    (500, "com.glide", Cause.SCRIPT_ERROR),
)


def advise(attempt: Attempt) -> tuple[Cause, ...]:
    if attempt.verdict is VerdictKind.DELIVERED:
        return ()
    match attempt.reply:
        case NotSent():
            return (_unsent(attempt.reply),)
        case NoResponse(fault=fault, may_have_arrived=may_have_arrived):
            return (_OF_FAULT[fault], *((Cause.MAY_EXIST,) if may_have_arrived and _may_create(attempt) else ()))
        case Response():
            return tuple(dict.fromkeys(_answered(attempt, attempt.reply)))
        case _:
            assert_never(attempt.reply)


def _may_create(attempt: Attempt) -> bool:
    return attempt.request is not None and attempt.request.method in {"POST", "PATCH"}


def _unsent(reply: NotSent) -> Cause:
    if reply.is_ours:
        return Cause.PROXY
    if reply.problems:
        return Cause.TEMPLATE
    return Cause.TOKEN_ENDPOINT if "token" in reply.why.lower() else Cause.SECRET_MISSING


def _answered(attempt: Attempt, answer: Response) -> Iterator[Cause]:
    if any(not result.passed for result in attempt.validators):
        yield Cause.VALIDATOR
        return
    if 200 <= answer.status < 300:
        yield _good_status(answer)
    elif 300 <= answer.status < 400:
        yield Cause.REDIRECT
    else:
        yield _bad_status(answer)
    is_doubtful = answer.status < 300 or answer.status in {403, 408} or answer.status >= 500
    if is_doubtful and answer.status != 202 and not _is_page(answer) and _may_create(attempt):
        yield Cause.MAY_EXIST


def _good_status(answer: Response) -> Cause:
    """A 2xx that proves nothing."""
    if answer.status == 202:
        return Cause.NOT_PROCESSED
    if _is_page(answer):
        return Cause.ASLEEP if b"instance hibernating" in answer.body.lower() else Cause.LOGIN_PAGE
    document = _document(answer.body)
    if document is None:
        return _cut(answer) if answer.is_cut else Cause.BROKEN_JSON
    return Cause.ERROR_INSIDE if document.get("error") else Cause.NO_RECORD


def _cut(answer: Response) -> Cause:
    return Cause.SLOW_BODY if "timeout" in answer.cut_why else Cause.CUT


def _bad_status(answer: Response) -> Cause:
    status, text = answer.status, answer.body.decode(errors="replace")
    if answer.is_cut and not text:
        return _cut(answer)
    if status == 403 and _is_page(answer):
        return Cause.ADDRESS_LIST
    if status == 429 and answer.header("retry-after") is not None:
        return Cause.RATE_LIMIT
    for of_status, words, cause in _OF_WORDS:
        if status == of_status and words in text:
            return cause
    return _OF_STATUS.get(status, Cause.SERVER_ERROR if status >= 500 else Cause.OTHER)


def _is_page(answer: Response) -> bool:
    start = answer.body[:64].lstrip().lower()
    return "html" in (answer.header("content-type") or "").lower() or start.startswith((b"<!doctype html", b"<html"))


def _document(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
