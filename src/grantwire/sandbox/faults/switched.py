"""The faults switched on: which of them strike a request, and how often each already has.

In: Faults to keep, Calls. Out: a Plan for each Call. Must never: send or wait.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from grantwire.sandbox.exchange import Call
from grantwire.sandbox.faults.definition import Fault
from grantwire.sandbox.faults.modes import On, Wait


@dataclass(slots=True)
class Switched:
    """A fault with its history. It ends by itself when `count` is used up, and stays listed."""

    id: str
    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def is_spent(self) -> bool:
        return self.fault.count is not None and self.struck >= self.fault.count

    def shown(self) -> dict[str, Any]:
        history = {"id": self.id, "seen": self.seen, "struck": self.struck, "is_spent": self.is_spent}
        return {**history, **self.fault.shown()}


@dataclass(slots=True)
class Plan:
    """What befalls one request: waits add up; of the faults that answer, the one switched on first does."""

    before_seconds: float = 0.0
    after_seconds: float = 0.0
    answering: Fault | None = None
    names: list[str] = field(default_factory=list)


class Faults:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._switched: dict[str, Switched] = {}
        self._made = 0

    def add(self, fault: Fault) -> Switched:
        self._made += 1
        switched = Switched(f"f{self._made}", fault)
        self._switched[switched.id] = switched
        return switched

    def remove(self, identity: str) -> bool:
        return self._switched.pop(identity, None) is not None

    def clear(self) -> None:
        self._switched.clear()

    def listed(self) -> list[Switched]:
        return list(self._switched.values())

    def plan(self, call: Call) -> Plan:
        plan = Plan()
        for switched in self._switched.values():
            waits = switched.fault.mode.wait is not Wait.NONE
            if (waits or plan.answering is None) and self._strikes(switched, call):
                _take(plan, switched.fault)
        return plan

    def _strikes(self, switched: Switched, call: Call) -> bool:
        fault = switched.fault
        if switched.is_spent or not aims_at(fault.on, call.path) or not fault.match.fits(call):
            return False
        switched.seen += 1
        if switched.seen <= fault.skip or self._chance.random() >= fault.probability:
            return False
        switched.struck += 1
        return True


def _take(plan: Plan, fault: Fault) -> None:
    plan.names.append(fault.mode.name)
    match fault.mode.wait:
        case Wait.BEFORE:
            plan.before_seconds += fault.delay_seconds
        case Wait.AFTER:
            plan.after_seconds += fault.delay_seconds
        case _:
            plan.answering = fault


def aims_at(on: On, path: str) -> bool:
    match on:
        case On.TOKEN:
            return path == "/oauth_token.do"
        case On.TABLE:
            return path.startswith("/api/now/") and "/table/" in path
        case On.API:
            return path.startswith("/api/")
        case On.ANY:
            return True
