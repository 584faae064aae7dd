"""Times as the store writes them: whole microseconds since 1970, UTC.

In: aware datetimes. Out: integers, and back without loss. Never: a naive time.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_stamp(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def to_stamp_or_none(at: datetime | None) -> int | None:
    return None if at is None else to_stamp(at)


def of_stamp(stamp: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stamp)


def of_stamp_or_none(stamp: int | None) -> datetime | None:
    return None if stamp is None else of_stamp(stamp)
