"""Tickets: what the sandbox holds of webhooks that keep one incident per access request.

In: its incidents and their work notes. Out: the traces that each event left there, for the count.
Never: a trace of an event that nobody accepted; its ticket may have been made for a later one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.e2e.crash.load import STEPS

RESOLVED = "6"
_CREATED, _EXPIRED = 0, len(STEPS) - 1


@dataclass(frozen=True, slots=True)
class Ticket:
    """`notes` are the first words of its work notes, each with its place among all notes."""

    request: str
    number: str
    state: str
    notes: Sequence[tuple[str, int]] = ()


def traces(tickets: Sequence[Ticket], accepted: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """By event: the numbers of its incidents, the places of its notes, or that its ticket is resolved."""
    by_request = _by_request(tickets)
    found = {event: list(_left_by(event, by_request)) for event in accepted}
    return {event: left for event, left in found.items() if left}


def tickets_found(tickets: Sequence[Ticket], accepted: Sequence[str]) -> list[str]:
    """What is wrong with the tickets themselves: two of one access request, notes in another order than their
    events."""
    by_request = _by_request(tickets)
    twice = [
        f"{name} has {len(all_)} tickets: {[one.number for one in all_]}"
        for name, all_ in by_request.items()
        if all_[1:]
    ]
    noted: dict[str, list[int]] = defaultdict(list)
    for event in accepted:
        name, step = place_of(event)
        if step not in (_CREATED, _EXPIRED):
            noted[name] += [int(place) for place in _left_by(event, by_request)][:1]
    turned = [
        f"{name} has its notes in another order than its events" for name, all_ in noted.items() if all_ != sorted(all_)
    ]
    return twice + turned


def place_of(event: str) -> tuple[str, int]:
    """The access request of an event, and which step of its life it is."""
    name, _, number = event.rpartition("-")
    request, step = divmod(int(number), len(STEPS))
    return f"{name}-r{request}", step


def _by_request(tickets: Sequence[Ticket]) -> dict[str, list[Ticket]]:
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        found[ticket.request].append(ticket)
    return found


def _left_by(event: str, by_request: Mapping[str, Sequence[Ticket]]) -> Iterator[str]:
    request, step = place_of(event)
    for ticket in by_request.get(request, ()):
        if step == _CREATED:
            yield ticket.number
        elif step == _EXPIRED:
            if ticket.state == RESOLVED:
                yield "resolved"
        else:
            yield from (f"{place:09}" for word, place in ticket.notes if word == STEPS[step])
