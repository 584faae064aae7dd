"""Watch: ends exchanges whose time is over.

In: exchanges with their deadlines. Out: a call to each that is late, at most a tick late itself.
Never: a timer for each exchange (setting and cancelling one costs more than reading the answer).
"""

import asyncio
from collections.abc import Callable

TICK_SECONDS = 0.02

Late = Callable[[], None]


class Watch:
    """Belongs to the loop it is made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()  # asked once: Python 3.11 makes a system call of the question
        self._deadlines: dict[Late, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, late: Late, seconds: float) -> None:
        """`late` is called after so many seconds, unless `end` is called before. Once at a time for the same `late`."""
        self._deadlines[late] = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def end(self, late: Late) -> None:
        self._deadlines.pop(late, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        now = self._loop.time()
        for late in [late for late, at in self._deadlines.items() if at <= now]:
            self.end(late)
            late()
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick) if self._deadlines else None
