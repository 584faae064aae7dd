"""The machine's clock.

In: nothing. Out: the time. Never: a time zone but UTC.
"""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Fills the Clock port."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place

    def elapsed(self) -> float:
        return time.monotonic()  # noqa: TID251 - the one place

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - the one place
