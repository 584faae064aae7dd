"""Judge, generic: what an HTTP status means for a target that we know nothing about.

In: an answer. Out: an `Opinion`. Never: a look at the body (validators do that).

Sources: Standard Webhooks 1.0 (2xx delivered, 3xx failed, 410 disables), RFC 9110, RFC 6585.
"""

from datetime import datetime

from grantwire.domain.exchange import Response
from grantwire.domain.target import Method
from grantwire.steps.opinion import Again, Done, Never, Opinion, Pause, Token, named, quoted
from grantwire.steps.retry_after import asked_seconds

IDEMPOTENT = frozenset({Method.GET, Method.PUT, Method.DELETE})  # RFC 9110 9.2.2
_PASSING = frozenset({408, 425, 429, 499})
_REFUSED_OR_THERE = frozenset({400, 403, 409, 422})  # also what a target says of what it has already
_UNTOUCHED = frozenset({425, 429})  # refused before anything was done (RFC 8470 5.2, RFC 6585 4)

_CURES = {
    400: ": it does not understand the body; check the webhook's body template, then replay.",
    403: ": the credential may not do this; check its rights at the target, then replay.",
    404: ": nothing is there; check the webhook's URL, then replay.",
    405: ": it does not take this method; check the webhook's method, then replay.",
    413: ": the body is too large for it; shorten the webhook's body template, then replay.",
    415: ": it does not take this content type; check the webhook's headers, then replay.",
    422: ": it does not understand the body; check the webhook's body template, then replay.",
}
_NO_CURE = "; repeating the same request would not help."


def generic(answer: Response, method: Method, *, now: datetime) -> Opinion:
    status = answer.status
    if 200 <= status < 300:
        return Done(f"Delivered: the target answered {named(answer)}.", _location(answer))
    if status in _PASSING or status >= 500:
        return passing(answer, method, now=now)
    if 300 <= status < 400:
        return redirected(answer)
    return _refused(answer, method)


def passing(answer: Response, method: Method, *, now: datetime) -> Again:
    """A failure that another attempt may not meet. A 429 that names a time only asks us to wait."""
    asked = asked_seconds(answer, now=now)
    is_free = answer.status == 429 and asked is not None
    when = "when it asked for" if asked is not None else "later"
    return Again(
        f"The target answered {named(answer)}; it is tried again {when}.",
        asked_seconds=asked,
        is_ambiguous=method not in IDEMPOTENT and answer.status not in _UNTOUCHED,
        is_free=is_free,
    )


def redirected(answer: Response) -> Never:
    place = answer.header("location") or "nowhere"
    return Never(
        f"The target answered {named(answer)} and points to {quoted(place.split('?')[0])};"
        " redirects are not followed: put the final address into the webhook's URL."
    )


def _refused(answer: Response, method: Method) -> Opinion:
    said = f"The target answered {named(answer)}"
    match answer.status:
        case 401:
            return Token(f"{said}: it does not accept the credential; check the webhook's authentication.")
        case 410:
            return Never(f"{said}: it says the address is gone for good; the webhook is paused.", pauses_webhook=True)
        case 407 | 511:
            return Pause(f"{said}: something between us and the target wants a sign-in; check the network.")
        case status:
            is_ambiguous = status in _REFUSED_OR_THERE and method not in IDEMPOTENT
            return Never(f"{said}{_CURES.get(status, _NO_CURE)}", is_ambiguous=is_ambiguous)


def _location(answer: Response) -> dict[str, str]:
    place = answer.header("location") if answer.status == 201 else None
    return {} if place is None else {"location": place}
