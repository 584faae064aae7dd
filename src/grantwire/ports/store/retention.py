"""What retention asks of the store.

In: kinds and times. Out: what is outdated, and what went. Never: the removal of what has to stay for now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from grantwire.domain.retention import FileSize, Kind, Outdated, Place, Removed, Sweep


class RetentionStore(Protocol):
    """Removal of what was kept long enough."""

    async def outdated(self, kind: Kind, *, before: datetime, after: Place | None) -> Outdated:
        """Looks at some events behind `after`, oldest first."""

    async def remove(self, kind: Kind, event_seqs: Sequence[int], *, before: datetime) -> Removed:
        """Removes the kind from those of the events that it may still go from, in one transaction."""

    async def outdated_events(self, *, before: datetime, after: Place | None, most: int) -> int: ...

    async def note_sweep(self, sweep: Sweep) -> None: ...

    async def last_sweep(self) -> Sweep | None: ...

    async def file_size(self) -> FileSize: ...
