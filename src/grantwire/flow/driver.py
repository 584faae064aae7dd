"""Driver: one task of the work, and what it has under way.

In: a lane. Out: the claims that it drives, one after the other. Never: a decision about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grantwire.domain.delivery import Claim
from grantwire.flow.lanes import Lane
from grantwire.flow.targets import Target


@dataclass(slots=True)
class Driver:
    """A task that drives one claim after the other; `claim` is the one under way, to `target`: a lane whose webhook
    gets another URL goes on to another one. `along` are those that go in the same call."""

    lane: Lane
    target: Target
    claim: Claim
    along: Sequence[Claim] = ()
