"""What wakes a worker.

In: a ring. Out: a worker that looks. Never: a promise: the store is the truth.
"""

from typing import Protocol


class Doorbell(Protocol):
    """Wakes a worker; may lose or double a ring."""

    def ring(self) -> None: ...

    async def wait(self, seconds: float) -> None:
        """Returns at a ring or after so many seconds."""
