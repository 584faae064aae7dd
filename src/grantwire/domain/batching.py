"""Batching: several deliveries in one call of ServiceNow's Batch API.

In: the `batch` of a webhook; what came of a call. Out: frozen values. Never: the call itself.
"""

from dataclasses import dataclass
from datetime import timedelta

LARGEST = 100
LONGEST_WAIT_MILLISECONDS = 10_000


@dataclass(frozen=True, slots=True)
class Batching:
    """At most `size` requests in one call. `wait` is how long the first one waits for others; without it a call takes
    what is there."""

    size: int
    wait: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where in which call an attempt was. `deliveries` are the ids of all of the call, in its order; `called` says how
    the call as a whole ended, `headers` are those of its answer."""

    batch_id: str
    number: int
    deliveries: tuple[str, ...]
    called: str
    headers: tuple[tuple[str, str], ...] = ()
