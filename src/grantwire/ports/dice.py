"""What makes ids, keys and chance.

In: a prefix or a count. Out: chance, ids, unguessable text and bytes. Never: the same id twice.
"""

from datetime import datetime
from typing import Protocol


class Dice(Protocol):
    def roll(self) -> float:
        """In [0, 1)."""

    def new_id(self, prefix: str, now: datetime) -> str:
        """Unique, sortable by time within this process: `evt_…`."""

    def token(self) -> str:
        """Unguessable text for a lease, 22 characters or more."""

    def octets(self, count: int) -> bytes:
        """Unguessable bytes, for a key."""
