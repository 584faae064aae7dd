"""Past: what events of the past say about a webhook that is being written.

In: a kind, or a definition that is not saved. Out: the values its filters may choose from; how many events it would
have taken. Never: an event accepted or changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grantwire.domain.event import Event, Family
from grantwire.domain.event_facts import facts_on
from grantwire.domain.event_types import names_of
from grantwire.domain.filter import CHOICES, DURATIONS, FAMILIES, Dimension
from grantwire.domain.webhook import Webhook
from grantwire.ports import EventQuery, LookStore
from grantwire.steps.match import compile_match

LOOKED_AT = 100  # past events that a question is about
MOST_VALUES = 50  # of one dimension, most frequent first
_NO_NAMES = DURATIONS | {Dimension.WEEKDAY, Dimension.HOUR}


@dataclass(frozen=True, slots=True)
class Matched:
    """`matched` of `looked_at` past events of the webhook's kind; `why_not` says why the newest other one was not."""

    matched: int
    looked_at: int
    why_not: str


class Past:
    def __init__(self, store: LookStore) -> None:
        self._store = store

    async def events(self, family: Family, *, limit: int = LOOKED_AT) -> Sequence[Event]:
        """Newest first."""
        found: list[Event] = []
        for name in names_of(family):
            page = await self._store.events(EventQuery(type=name), limit=limit, after=None)
            found += [event for event in page.items if not event.is_payload_removed]
        return sorted(found, key=_accepted_at, reverse=True)[:limit]

    async def values(self, family: Family) -> Mapping[Dimension, tuple[str, ...]]:
        """By dimension: those seen in past events, most frequent first; all there are where they are a few words."""
        events = await self.events(family)
        return {
            dimension: CHOICES.get(dimension) or _values_of(dimension, events)
            for dimension in Dimension
            if family in FAMILIES[dimension] and dimension not in _NO_NAMES - set(CHOICES)
        }

    async def matched(self, webhook: Webhook) -> Matched:
        """Whether the webhook is switched on is not asked."""
        events = await self.events(webhook.kind)
        matcher = compile_match(replace(webhook, active=True))
        reasons = [matcher.why_not(event) for event in events]
        missed = [reason for reason in reasons if reason is not None]
        return Matched(len(reasons) - len(missed), len(reasons), missed[0] if missed else "")


def _accepted_at(event: Event) -> datetime:
    return event.accepted_at


def _values_of(dimension: Dimension, events: Sequence[Event]) -> tuple[str, ...]:
    counted: dict[str, int] = {}
    for event in events:
        for value in facts_on(dimension, event).shown:
            counted[value] = counted.get(value, 0) + 1
    return tuple(sorted(counted, key=lambda value: (-counted[value], value.casefold()))[:MOST_VALUES])
