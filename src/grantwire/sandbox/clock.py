"""The sandbox's clock: the machine's, plus what a test has advanced it by.

In: seconds to advance. Out: Unix seconds, and ServiceNow's UTC text. Must never: go backwards.
"""

import time
from datetime import UTC, datetime

FORMAT = "%Y-%m-%d %H:%M:%S"  # UTC; KB0534905


class SandboxClock:
    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def now(self) -> float:
        return time.time() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        self._ahead_seconds += max(seconds, 0.0)

    def set_back_to_real_time(self) -> None:
        self._ahead_seconds = 0.0

    def text(self) -> str:
        return time.strftime(FORMAT, time.gmtime(self.now()))


def instant(text: str) -> datetime | None:
    """The moment a ServiceNow text (UTC) or an ISO 8601 text without zone names; None when it names none."""
    for form in (FORMAT, "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
