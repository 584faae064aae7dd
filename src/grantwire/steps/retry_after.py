"""Retry-After: how long a target asked us to wait.

In: the headers of an answer and the time. Out: seconds, or None when it asked nothing.
Never: a cap (that is the retry policy's).
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from grantwire.domain.exchange import Response

_LEAST_UNIX_SECONDS = 1_000_000_000  # a smaller X-RateLimit-Reset is a span, as some targets write it


def asked_seconds(answer: Response, *, now: datetime) -> float | None:
    """`Retry-After` in seconds or as an HTTP date (RFC 9110 10.2.3); without it `X-RateLimit-Reset`
    (ServiceNow's documentation of inbound rate limits: Unix seconds)."""
    written = answer.header("retry-after")
    found = None if written is None else _span_or_date(written.strip(), now)
    if found is None and (reset := answer.header("x-ratelimit-reset")) is not None:
        found = _reset(reset.strip(), now)
    return found


def _span_or_date(text: str, now: datetime) -> float | None:
    number = _number(text)
    if number is not None:
        return number
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)  # "-0000" means UTC of unknown origin (RFC 5322 3.3)
    return max(0.0, (at - now).total_seconds())


def _reset(text: str, now: datetime) -> float | None:
    number = _number(text)
    if number is None or number < _LEAST_UNIX_SECONDS:
        return number
    return max(0.0, number - now.timestamp())


def _number(text: str) -> float | None:
    whole, _, part = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= 12 and (part.isdigit() or not part)):
        return None
    return float(text)
