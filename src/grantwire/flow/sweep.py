"""Sweep: a small step of upkeep, again and again, for as long as the process lives.

In: a step, and how long to rest after it. Out: nothing; it ends only when its task does. Never: an end because the
store is away for a while.
"""

from collections.abc import Awaitable, Callable

from grantwire.domain.errors import NotNow
from grantwire.ports import Clock, Observer


async def sweep_forever(
    step: Callable[[], Awaitable[object]], *, rest_seconds: float, clock: Clock, observer: Observer
) -> None:
    while True:
        try:
            await step()
        except NotNow as reason:
            observer.note("store.unavailable", why=reason.title)
        await clock.wait(rest_seconds)
