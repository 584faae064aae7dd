"""Reconcile: how a target is asked whether it has what was sent, before it is sent again.

In: the part `reconcile` of a definition. Out: a frozen value. Never: an answer (see `steps/reconcile`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from grantwire.domain.target import Target

# ServiceNow cancels a transaction after five minutes at the latest (KB0564204), and its load balancer cuts then
# (KB0546187): what is not there by then will not come.
STANDARD_WAIT = timedelta(seconds=300)


@dataclass(frozen=True, slots=True)
class Reconcile:
    """`target` is asked; what `match` (RFC 9535) finds in the answer is compared, as text, with `equals`, a template.
    `captures` are for the receipt: each a path within the object that holds the match. `wait`: how long after a request
    without a proper answer the target may still be at work on it, so that "not there" does not count yet."""

    target: Target
    match: str
    equals: str
    body: str | None = None
    captures: Mapping[str, str] = field(default_factory=dict)
    wait: timedelta = STANDARD_WAIT


class Presence(StrEnum):
    """What a question came to. `unknown`: it was not answered, or not in a way that can be relied on."""

    FOUND = "found"
    ABSENT = "not_found"
    UNKNOWN = "unknown"
