"""Count: what the sandbox holds against what was promised.

In: what the load remembers, what the kills left, what the sandbox saw. Out: figures, and every finding in words.
Never: a tolerance. The excuses for a double are counted one by one:

* a request of this event was struck by a fault that does the work and says otherwise: one more incident each;
* a kill found this event's delivery under way in the store: one more incident each.

With a webhook that asks before it repeats there is no excuse.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.crash.aftermath import Aftermath, Kept
from tests.e2e.crash.load import STEPS, Remembered

from grantwire.sandbox.faults.modes import MODES

DONE_ALL_THE_SAME = {name for name, mode in MODES.items() if mode.is_work_done}
GIVEN_UP = {"dead", "skipped"}  # skipped: it was dead and held its line until the operator skipped it
ENDED = {"delivered", *GIVEN_UP}


@dataclass(frozen=True, slots=True)
class Seen:
    """By event: the numbers of its incidents, oldest first, and how many of its requests a fault struck that does the
    work and says otherwise. `wrong`: what may not be there at all."""

    incidents: Mapping[str, Sequence[str]]
    struck: Mapping[str, int]
    requests: int
    wrong: Sequence[str] = ()


@dataclass
class Counted:
    kills: int = 0
    acknowledged: int = 0
    refusals: int = 0
    sent_again: int = 0
    lost: int = 0
    dead: int = 0
    doubles: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, other: "Counted") -> None:
        for name in ("kills", "acknowledged", "refusals", "sent_again", "lost", "dead", "doubles"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.findings += other.findings

    def line(self) -> str:
        return (
            f"{self.kills} kills, {self.acknowledged} events acknowledged, {self.sent_again} sent again,"
            f" {self.refusals} refused, {self.lost} lost, {self.dead} visibly dead, {self.doubles} doubles in doubt,"
            f" {len(self.findings)} findings"
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """`may_die`: a fault of this round ends deliveries for good. `never_doubles`: the webhook asks before it
    repeats."""

    may_die: bool = False
    never_doubles: bool = False
    in_order: bool = False


def seen(by_correlation_id: Mapping[str, Sequence[str]], requests: Sequence[Mapping[str, Any]]) -> Seen:
    """`requests` as the sandbox shows them; each names its event in a header."""
    struck: Counter[str] = Counter()
    for one in requests:
        event = {name.lower(): value for name, value in one["headers"].items()}.get("grantwire-event", "")
        if one["method"] == "POST" and DONE_ALL_THE_SAME & set(one["faults"]):
            struck[event] += 1
    incidents = {event: sorted(numbers) for event, numbers in by_correlation_id.items()}
    return Seen(incidents, struck, len(requests))


def count(load: Remembered, kills: Sequence[Aftermath], last: Aftermath, found: Seen, rules: Rules) -> Counted:
    counted = Counted(
        kills=len(kills),
        acknowledged=len(load.acknowledged),
        refusals=load.refusals,
        sent_again=len(load.sent_again),
        findings=[*load.wrong, *found.wrong],
    )
    _count_lost(counted, load, last, found, rules)
    _count_doubles(counted, kills, found, rules)
    if rules.in_order:
        counted.findings += out_of_order(last.events, found.incidents)
    return counted


def _count_lost(counted: Counted, load: Remembered, last: Aftermath, found: Seen, rules: Rules) -> None:
    by_event: dict[str, list[str]] = defaultdict(list)
    for one in last.deliveries:
        by_event[one.event].append(one.state)
        counted.findings += _wrong_with(one, found)
    counted.findings += [f"{event} has {len(all_)} deliveries: {all_}" for event, all_ in by_event.items() if all_[1:]]
    counted.findings += [f"{event} has an incident, no record" for event in found.incidents if event not in by_event]
    counted.dead = sum(not GIVEN_UP.isdisjoint(states) for states in by_event.values())
    if counted.dead and not rules.may_die:
        died = [f"{one.event}: {one.why}" for one in last.deliveries if one.state in GIVEN_UP]
        counted.findings.append(f"{counted.dead} died of a fault that passes: {died[:5]}")
    for event in load.acknowledged:
        if event not in found.incidents and GIVEN_UP.isdisjoint(by_event.get(event, ())):
            counted.lost += 1
            counted.findings.append(f"{event} was acknowledged and is lost: {by_event.get(event, 'not on record')}")


def _wrong_with(one: Kept, found: Seen) -> list[str]:
    if one.state not in ENDED:
        return [f"{one.event} has not ended: {one.state} {one.why}"]
    if one.state in GIVEN_UP and not one.why:
        return [f"{one.event} is dead and nobody says why"]
    if one.state == "delivered" and one.event not in found.incidents:
        return [f"{one.event} is said to be delivered, and there is no incident"]
    return []


def _count_doubles(counted: Counted, kills: Sequence[Aftermath], found: Seen, rules: Rules) -> None:
    under_way: Counter[str] = Counter()
    for one in kills:
        under_way.update(one.under_way())
    for event, numbers in found.incidents.items():
        more = len(numbers) - 1
        excused = 0 if rules.never_doubles else found.struck.get(event, 0) + under_way[event]
        counted.doubles += more
        if more > excused:
            counted.findings.append(
                f"{event} has {len(numbers)} incidents {list(numbers)}; {excused} doubles are excused"
                f" ({found.struck.get(event, 0)} struck, {under_way[event]} under way at a kill)"
            )


def out_of_order(accepted: Sequence[str], incidents: Mapping[str, Sequence[str]]) -> list[str]:
    """Of each access request the first incidents must have come in the order in which its events were accepted."""
    by_request: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for event in accepted:
        name, _, number = event.rpartition("-")
        if event in incidents:
            by_request[name, int(number) // len(STEPS)].append((incidents[event][0], event))
    return [f"out of order: {came}" for came in by_request.values() if came != sorted(came)]
