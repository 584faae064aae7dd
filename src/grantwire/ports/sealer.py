"""What seals text for this installation.

In: text. Out: sealed text, and back. Never: one thing's text opened as another's.
"""

from typing import Protocol


class Sealer(Protocol):
    """Text that only this installation opens. Sealed for one thing (`bound_to`), it does not open as another."""

    def seal(self, text: str, bound_to: str) -> str: ...

    def open(self, sealed: str, bound_to: str) -> str:
        """Raises `Broken` for text that was not sealed here, or for something else."""
