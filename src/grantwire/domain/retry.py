"""Retry: when a delivery that failed is tried again.

In: how many attempts were made, what the target asked, a die. Out: a wait, or the reason to give up.
Never: a clock (ages and times are handed in).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h, 12 h: ten attempts within about a day.
DEFAULT_STEPS_SECONDS: tuple[float, ...] = (5, 30, 120, 600, 1800, 3600, 10800, 21600, 43200)
RETRY_AFTER_CAP_SECONDS = 10 * 3600.0  # an hourly rate rule may ask for an hour; ten hours is the longest we obey
JITTER_SHARE = 0.1  # added, never taken away: a retry is never earlier than its step
JITTER_CAP_SECONDS = 300.0  # five minutes spread any herd; a tenth of twelve hours would outgrow `max_age`


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` counts the first one; `max_age` ends a delivery that is older, whatever it waits for."""

    attempts: int = 10
    max_age: timedelta = timedelta(hours=24)
    steps_seconds: tuple[float, ...] = DEFAULT_STEPS_SECONDS

    def wait_seconds(self, attempts_made: int, *, asked_seconds: float | None, dice: float) -> float:
        """Seconds until the next attempt; `dice` in [0, 1) spreads it. What the target asked (`Retry-After`)
        is honoured as written: never earlier, at most `RETRY_AFTER_CAP_SECONDS`."""
        step = self.steps_seconds[min(attempts_made, len(self.steps_seconds)) - 1]
        jittered = step + min(step * JITTER_SHARE, JITTER_CAP_SECONDS) * dice
        if asked_seconds is None:
            return jittered
        return max(jittered, min(asked_seconds, RETRY_AFTER_CAP_SECONDS))

    def reason_to_stop(self, attempts_made: int, *, accepted_at: datetime, next_at: datetime) -> str | None:
        """Why there is no next attempt; None while there is one."""
        if attempts_made >= self.attempts:
            return f"gave up after {attempts_made} attempts"
        if next_at - accepted_at > self.max_age:
            hours = self.max_age.total_seconds() / 3600
            return f"too old: the next attempt would come after max_age_hours ({hours:g})"
        return None
