"""Breaker: whether a target may be sent to, or is left alone for a while because it does not answer.

In: what came of its attempts, seconds on a clock that never jumps, a die. Out: the next state, a frozen value.
Never: a clock, or a delivery that fails because of it (what waits for an open breaker uses no attempt).

closed → open after so many faults in a row, or when nearly all of a minute's attempts were faults;
open → half open when its wait is over and one delivery goes out as a probe;
half open → closed when the target answers, else open again, for longer.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

FAULTS_IN_A_ROW = 5  # four requests at once are all that a ServiceNow target gets: two rounds of time-outs
COUNTED_SECONDS = 60.0
LEAST_COUNTED = 20  # fewer say nothing about a share
FAULT_SHARE = 0.8  # a target that takes every second request is sent to: its retries get through
FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 120.0  # how much later than the target itself its deliveries may be back
JITTER_SHARE = 0.2


class Phase(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """`faults` in `counted` attempts since `counted_from`, which is the first fault of the minute: while all goes well
    nothing is counted. `probes` went out since it opened; `probe_at` is when the next one may."""

    phase: Phase = Phase.CLOSED
    in_a_row: int = 0
    faults: int = 0
    counted: int = 0
    counted_from: float = 0.0
    probes: int = 0
    probe_at: float = 0.0

    @property
    def is_calm(self) -> bool:
        """An answer would change nothing."""
        return self.phase is Phase.CLOSED and self.counted == 0

    def may_probe(self, now: float) -> bool:
        return self.phase is Phase.OPEN and now >= self.probe_at

    def answered(self, now: float) -> "Breaker":
        """While closed: the target was there."""
        if self.is_calm or self.phase is not Phase.CLOSED:
            return self
        if now - self.counted_from >= COUNTED_SECONDS:
            return Breaker()
        return replace(self, in_a_row=0, counted=self.counted + 1)

    def failed(self, now: float, *, dice: float, most_in_a_row: int = FAULTS_IN_A_ROW) -> "Breaker":
        """While closed: no answer, or one that says that the target is down."""
        if self.phase is not Phase.CLOSED:
            return self
        is_new = self.counted == 0 or now - self.counted_from >= COUNTED_SECONDS
        after = Breaker(
            in_a_row=self.in_a_row + 1,
            faults=1 if is_new else self.faults + 1,
            counted=1 if is_new else self.counted + 1,
            counted_from=now if is_new else self.counted_from,
        )
        is_down = after.in_a_row >= most_in_a_row or (
            after.counted >= LEAST_COUNTED and after.faults >= FAULT_SHARE * after.counted
        )
        return _open(now, probes=0, dice=dice) if is_down else after

    def probing(self) -> "Breaker":
        """A delivery goes out to see whether the target is back."""
        return replace(self, phase=Phase.HALF_OPEN, probes=self.probes + 1)

    def probe_answered(self) -> "Breaker":
        return Breaker()

    def probe_failed(self, now: float, *, dice: float) -> "Breaker":
        return _open(now, probes=self.probes, dice=dice)

    def probe_without_result(self) -> "Breaker":
        """It never left the house, so the target was not asked: another may go at once."""
        return replace(self, phase=Phase.OPEN, probes=self.probes - 1)


def _open(now: float, *, probes: int, dice: float) -> Breaker:
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(probes, 10))
    return Breaker(phase=Phase.OPEN, probes=probes, probe_at=now + wait * (1 + JITTER_SHARE * dice))
