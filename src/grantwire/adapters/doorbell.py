"""A bell within one process.

In: rings. Out: an end of waiting. Never: a promise (a ring may be lost or come double; the store is the truth).
"""

import asyncio


class LocalDoorbell:
    """Fills the Doorbell port. A ring while nobody waits ends the next wait at once."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
