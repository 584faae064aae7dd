"""Headline: an event in a few words, as a list names it.

In: an event. Out: who it is about, and what for. Never: a word that is not in the event.
"""

from dataclasses import dataclass

from grantwire.domain.event import Event, Family
from grantwire.domain.event_facts import facts_on
from grantwire.domain.filter import Dimension

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Headline:
    """`who` asked, or acted; `what` are the integrations, or the thing that was changed; `friendly_id` is how people
    call the access request. Each is empty where the event does not say."""

    type: str
    who: str
    what: str
    friendly_id: str


def headline_of(event: Event) -> Headline:
    people, things = (
        (Dimension.ACTOR, Dimension.TARGET)
        if event.family is Family.AUDIT
        else (Dimension.REQUESTER, Dimension.INTEGRATION)
    )
    who, what = facts_on(people, event).shown, facts_on(things, event).shown
    friendly_id = event.envelope["data"].get("friendly_id")
    return Headline(
        event.type,
        who[0][:LONGEST] if who else "",
        ", ".join(what)[:LONGEST],
        friendly_id[:LONGEST] if isinstance(friendly_id, str) else "",
    )
