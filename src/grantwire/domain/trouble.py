"""Trouble: how often a webhook has failed in a row, and whether anybody was told.

In: attempts that failed or delivered, pauses, the time. Out: the next state, and whether to tell.
Never: the same trouble told twice, or two of a kind within an hour.

An episode begins with what is told (it fails, or it was paused) and ends with the next delivery, which is told too.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_IN_A_ROW = 5
REST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """`is_failing_told` and `is_paused_told` in this episode; `failing_at` and `paused_at` when that was told last,
    in this episode or before."""

    in_a_row: int = 0
    is_failing_told: bool = False
    is_paused_told: bool = False
    failing_at: datetime | None = None
    paused_at: datetime | None = None

    @property
    def is_told(self) -> bool:
        return self.is_failing_told or self.is_paused_told

    @property
    def is_over(self) -> bool:
        """A delivery would change nothing."""
        return self.in_a_row == 0 and not self.is_told

    def failed(self) -> "Trouble":
        return replace(self, in_a_row=self.in_a_row + 1)

    def is_failing_to_tell(self, now: datetime, *, is_target_open: bool = False) -> bool:
        """So many failures in a row; fewer, when its target is found down."""
        least = 1 if is_target_open else FAILURES_IN_A_ROW
        return self.in_a_row >= least and not self.is_failing_told and _has_rested(self.failing_at, now)

    def is_pause_to_tell(self, now: datetime) -> bool:
        return not self.is_paused_told and _has_rested(self.paused_at, now)

    def failing_told(self, now: datetime) -> "Trouble":
        return replace(self, is_failing_told=True, failing_at=now)

    def pause_told(self, now: datetime) -> "Trouble":
        return replace(self, is_paused_told=True, paused_at=now)

    def delivered(self) -> "Trouble":
        """The episode is over; when it was told last is remembered."""
        return Trouble(failing_at=self.failing_at, paused_at=self.paused_at)


def _has_rested(at: datetime | None, now: datetime) -> bool:
    return at is None or now - at >= REST
