"""Opinion: what an answer says by itself, before the retry policy and the clock are asked.

In: nothing; the rules of `judge_generic` and `judge_servicenow` make them. Out: a closed union.
Never: a time of day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grantwire.domain.exchange import Response
from grantwire.domain.value import value


@value(frozen=True, slots=True)
class Done:
    """Delivered; `captures` are the values for the receipt."""

    why: str
    captures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """Not delivered now; another attempt may succeed. `asked_seconds` is the least wait. `is_free`: the target only
    asked us to wait, so no attempt is used up. `pauses_after`: with so many attempts made, the webhook pauses."""

    why: str
    asked_seconds: float | None = None
    is_ambiguous: bool = False
    is_free: bool = False
    pauses_after: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing will get through until a person changes something; the delivery is kept. `is_ambiguous`: the target may
    have acted in spite of its answer."""

    why: str
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """This delivery will not succeed, whatever we do. `is_ambiguous`: it may have succeeded in spite of the answer."""

    why: str
    pauses_webhook: bool = False
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """401: the target does not accept who we say we are."""

    why: str


Opinion = Done | Again | Pause | Never | Token

_QUOTED_CHARACTERS = 300


def named(answer: Response) -> str:
    """`503 Service Unavailable`, for a sentence."""
    return f"{answer.status} {quoted(answer.reason)}".strip()


def quoted(text: str) -> str:
    """A target's own words, on one line, without control characters, and short enough for a sentence."""
    if not text.isprintable():
        text = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return text if len(text) <= _QUOTED_CHARACTERS else text[:_QUOTED_CHARACTERS] + "…"
