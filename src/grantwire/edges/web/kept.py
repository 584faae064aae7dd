"""Kept: how long records are kept, in the words of the overview.

In: what the sweep knows. Out: pairs of words. Never: a question to the store.
"""

from grantwire.domain.retention import Kind
from grantwire.edges.web.words import many, moment
from grantwire.flow.retain import MOST_COUNTED, Kept

_NAMES = {
    Kind.EVENTS: "Events",
    Kind.DELIVERIES: "Deliveries",
    Kind.ATTEMPTS: "Invocations",
    Kind.PAYLOADS: "Payloads",
}


def facts_of(kept: Kept) -> list[tuple[str, str]]:
    """A `moment` among them is marked up."""
    times = [(name, _days(kept.retention.days(kind), kind)) for kind, name in _NAMES.items()]
    return [
        *times,
        ("Last sweep", "none yet" if kept.last is None else moment(kept.last.ended_at)),
        ("Old events to look at", _waiting(kept)),
        ("Database file", kept.size.words),
    ]


def _days(days: int, kind: Kind) -> str:
    if days:
        return many(days, "day")
    return "as long as the record" if kind is Kind.PAYLOADS else "for ever"


def _waiting(kept: Kept) -> str:
    """One event may wait to lose several things; it is counted once."""
    count = max(kept.waiting.values(), default=0)
    return f"{count:,}{'+' if count >= MOST_COUNTED else ''}" if kept.waiting else "nothing goes"
