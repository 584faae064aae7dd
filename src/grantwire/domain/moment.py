"""Moment: the ways people write when something happened.

In: epoch seconds (a number, or a decimal text `{seconds}.{nanos}`) or RFC 3339 text. Out: an aware UTC datetime.
Never: a guess at a time zone; a time without one is refused.
"""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_SECONDS = 253402300799  # 9999-12-31T23:59:59Z, the last second a datetime holds
DECIMAL = r"^[0-9]{1,12}(\.[0-9]{1,30})?$"
# RFC 3339 §5.6; a leap second (:60) is left out because a datetime cannot hold it.
RFC3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,30})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
_DECIMAL = re.compile(DECIMAL[:-1] + r"\Z")
_RFC3339 = re.compile(RFC3339[:-1] + r"\Z")


def read_moment(value: object) -> datetime | None:
    """None when it is no time; see `why_no_moment` for the words."""
    if type(value) is float or type(value) is int:
        if not 0 <= value <= LATEST_SECONDS:
            return None
        return EPOCH + timedelta(seconds=value)
    return _read_text(value) if type(value) is str else None


def _read_text(text: str) -> datetime | None:
    if _DECIMAL.match(text):
        seconds, _, fraction = text.partition(".")
        if int(seconds) > LATEST_SECONDS:
            return None
        return EPOCH + timedelta(seconds=int(seconds), microseconds=int(fraction[:6].ljust(6, "0")))
    if not _RFC3339.match(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of June; year 1 west of Greenwich
        return None


def why_no_moment(value: object) -> str:
    """What is wrong with a value that `read_moment` does not take."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > LATEST_SECONDS:
        return f"{value} is beyond the year 9999 in seconds; is it in milliseconds?"
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        return f"{_short(value)} is not an RFC 3339 time with its zone, like 2026-11-23T16:30:00Z"
    return f"{_short(value)} is not a time: give epoch seconds (1696263265.85) or RFC 3339 (2026-11-23T16:30:00Z)"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
