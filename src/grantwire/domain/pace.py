"""Pace: how many at a time, and when the next ones, so that no minute has more than it may.

In: a rate, the time. Out: the size of a helping and when the next is due. Never: a rush to make up for lost time.
"""

from datetime import datetime, timedelta

MINUTE_SECONDS = 60.0


def helping(per_minute: int | None, *, most: int) -> int:
    """How many at a time: about what a second allows, so that the rate is even."""
    return most if per_minute is None else max(1, min(most, per_minute // 60))


def next_helping_at(per_minute: int | None, *, sent: int, due_at: datetime | None, now: datetime) -> datetime | None:
    """When the next ones may go after `sent` went now; None is at once. `due_at` is when these were due: the next are
    never due earlier than a full interval after them, however late they went."""
    if per_minute is None or not sent:
        return due_at if per_minute is not None else None
    began = now if due_at is None else max(due_at, now)
    return began + timedelta(seconds=sent * MINUTE_SECONDS / per_minute)


def wait_seconds(per_minute: int | None, due_at: datetime | None, *, now: datetime, most: int) -> float:
    """Until the next helping; never longer than one interval, for a clock that was set back must not stop it."""
    if per_minute is None or due_at is None:
        return 0.0
    interval = helping(per_minute, most=most) * MINUTE_SECONDS / per_minute
    return min(interval, max(0.0, (due_at - now).total_seconds()))
