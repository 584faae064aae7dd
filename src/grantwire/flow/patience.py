"""Patience: the more often a sign-in fails, the longer the next one has to wait.

In: who tries (address and where from), when. Out: nothing, or a refusal with the seconds to wait.
Never: a wait shared by others: who fails from elsewhere locks nobody out.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

from grantwire.domain.errors import Problem, Refusal, Refused

Who = tuple[str, str]

FREE_FAILURES = 3  # people mistype
LONGEST_SECONDS = 300.0
MOST = 10_000  # remembered at once; the oldest go first


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    wait_until: float


class Patience:
    """In memory: a restart forgets, which a person who can restart the server may know."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Who, _Failures] = OrderedDict()

    def check(self, who: Who, elapsed: float) -> None:
        """Raises `Refused`."""
        failures = self._failures.get(who)
        seconds = 0 if failures is None else math.ceil(failures.wait_until - elapsed)
        if seconds > 0:
            unit = "second" if seconds == 1 else "seconds"
            problem = Problem("password", f"Too many sign-ins failed; try again in {seconds} {unit}.")
            raise Refused("not so fast", [problem], why=Refusal.UNAUTHENTICATED)

    def note_failure(self, who: Who, elapsed: float) -> None:
        known = self._failures.pop(who, None)
        count = 1 if known is None else known.count + 1
        beyond = count - FREE_FAILURES
        wait = 0.0 if beyond < 0 else min(LONGEST_SECONDS, 2.0 ** min(beyond, 20))
        self._failures[who] = _Failures(count, elapsed + wait)
        while len(self._failures) > MOST:
            self._failures.popitem(last=False)

    def forget(self, who: Who) -> None:
        self._failures.pop(who, None)
