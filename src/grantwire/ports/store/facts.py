"""What the search by what events say asks of the store.

In: dimensions. Out: what events said on them. Never: a question that reads all events.
"""

from collections.abc import Sequence
from typing import Protocol

from grantwire.domain.event_search import Searched


class FactStore(Protocol):
    """What events say on the dimensions that people search by, kept beside the events by a sweep."""

    async def index_events(self, *, limit: int) -> int:
        """Adds what up to `limit` events say that are not in the index yet, and remembers how far it came, in one
        transaction. How many were added."""

    async def said(self, dimension: Searched, *, limit: int) -> Sequence[str]:
        """Values that events gave so far, in the order of the alphabet; names and addresses, no ids."""

    async def unindexed_events(self) -> int:
        """How many events the index is behind."""
