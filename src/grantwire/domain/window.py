"""Window: how many starts are allowed in any 60 seconds, exactly.

In: the times of past starts, in seconds on a clock that never jumps. Out: room now, and when there is room again.
Never: an average over buckets (two full buckets side by side would allow twice the rate).
"""

from collections import deque

SPAN_SECONDS = 60.0


class Window:
    """Remembers the starts of the last `SPAN_SECONDS`; without a limit it remembers nothing."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._starts: deque[float] = deque()

    def resized(self, limit: int | None) -> "Window":
        """The same past under another limit."""
        other = Window(limit)
        other._starts.extend(self._starts)
        return other

    def room(self, now: float) -> int | None:
        """Starts allowed at once; None when there is no limit."""
        if self.limit is None:
            return None
        while self._starts and now - self._starts[0] >= SPAN_SECONDS:
            self._starts.popleft()
        return max(0, self.limit - len(self._starts))

    def wait_seconds(self, now: float, *, keep: int = 0) -> float:
        """Until one more start is allowed, with `keep` (fewer than the limit) left over; 0 when it is now."""
        room = self.room(now)
        if room is None or self.limit is None or room > keep:
            return 0.0
        blocking = self._starts[len(self._starts) - self.limit + keep]
        return max(0.0, SPAN_SECONDS - (now - blocking))

    def start(self, now: float) -> None:
        if self.limit is not None:
            self._starts.append(now)
