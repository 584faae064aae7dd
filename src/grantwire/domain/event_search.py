"""Event search: what people look events up by.

In: an event. Out: the values it has on each searched dimension. Never: a value that the event does not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import combining, normalize

from grantwire.domain.event import Event
from grantwire.domain.event_facts import Facts, facts_on
from grantwire.domain.filter import Dimension

LONGEST = 200  # characters of a value; a longer one is found by its beginning
MOST = 200  # values of one event; a request for a thousand resources names few integrations


class Searched(StrEnum):
    """The dimensions of the index."""

    TYPE = "type"
    REQUESTER = "requester"
    INTEGRATION = "integration"


@dataclass(frozen=True, slots=True)
class Said:
    """`folded` is what is compared. Ids are found too, but not offered for choosing."""

    dimension: Searched
    folded: str
    shown: str
    is_id: bool


def said_by(event: Event) -> tuple[Said, ...]:
    """Each once."""
    said: dict[tuple[Searched, str], Said] = {}
    for dimension, facts in _facts(event):
        for text, is_id in (*((name, False) for name in facts.names), *((id_, True) for id_ in facts.ids)):
            shown = text.strip()[:LONGEST]
            said.setdefault((dimension, fold(shown)), Said(dimension, fold(shown), shown, is_id))
    return tuple(said.values())[:MOST]


def _facts(event: Event) -> Iterator[tuple[Searched, Facts]]:
    yield Searched.TYPE, Facts(names=(event.type,))
    yield Searched.REQUESTER, facts_on(Dimension.REQUESTER, event)
    yield Searched.INTEGRATION, facts_on(Dimension.INTEGRATION, event)


def fold(text: str) -> str:
    """Without case and accents: who looks for Zoë may not have that key."""
    if not text.isascii():
        text = "".join(one for one in normalize("NFKD", text) if not combining(one))
    return text.strip().casefold()[:LONGEST]
