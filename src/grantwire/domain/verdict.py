"""Verdict: what a reply means for its delivery.

In: nothing; `steps/judge` makes them. Out: a closed union. Never: a time of day (the flow adds the clock).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from grantwire.domain.value import value


@value(frozen=True, slots=True)
class Delivered:
    why: str


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again at `at`. `is_ambiguous`: the target may have acted, so ask before repeating. `pauses_webhook`: hold it,
    and the webhook, until a person resumes it. `uses_attempt` is false when the target only asked us to wait.
    `doubt_since`: from when on the target may still be at work on what it was sent; None when its answer ended that."""

    at: datetime
    why: str
    is_ambiguous: bool = False
    pauses_webhook: bool = False
    uses_attempt: bool = True
    doubt_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    why: str
    pauses_webhook: bool = False


@dataclass(frozen=True, slots=True)
class Postponed:
    """Waiting is not failing: goes back without using up an attempt."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """Stays until a person or a probe releases the webhook; uses no attempt."""

    why: str


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """401 although the token was renewed once during this attempt: hold the delivery and pause the webhook."""

    why: str


Verdict = Delivered | RetryAt | GivenUp | Postponed | Held | TokenRefused


class VerdictKind(StrEnum):
    """The word for a verdict in the store, in metrics and on pages."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GIVEN_UP = "given_up"
    POSTPONED = "postponed"
    HELD = "held"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a word, not a token
