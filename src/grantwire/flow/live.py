"""Live: what happens at a webhook, for whoever looks at its page.

In: a question that is asked again and again while somebody looks. Out: its answer whenever it differs from the one
before. Never: anything asked while nobody looks, or a stop of the process that waits for a reader.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from grantwire.ports import Clock

T = TypeVar("T")

PAUSE_SECONDS = 1.0
LONGEST = timedelta(minutes=5)  # then a browser asks anew, with the session it has by then


class Live:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Every reader is let go."""
        self._closed.set()

    async def follow(self, ask: Callable[[], Awaitable[T]]) -> AsyncIterator[T]:
        """The first answer at once."""
        ends_at = self._clock.now() + LONGEST
        before: T | None = None
        while not self._closed.is_set() and self._clock.now() < ends_at:
            answer = await ask()
            if answer != before:
                yield answer
                before = answer
            await self._pause()

    async def _pause(self) -> None:
        closed = asyncio.ensure_future(self._closed.wait())
        passed = asyncio.ensure_future(self._clock.wait(PAUSE_SECONDS))
        try:
            await asyncio.wait({closed, passed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closed.cancel()
            passed.cancel()
