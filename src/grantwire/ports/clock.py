"""What knows the time and waits.

In: seconds. Out: aware UTC times. Never: a time without its zone.
"""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps."""

    async def wait(self, seconds: float) -> None: ...
