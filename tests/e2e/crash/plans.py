"""Plans: what goes wrong in a round, besides the kills.

In: the modes of the sandbox. Out: a plan for each of them, and mixtures for those who have two minutes. Never: a mode
that is left out: a new one of the sandbox is in no list here and gets its own plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.crash.count import Rules
from tests.e2e.crash.troubles import TROUBLES
from tests.e2e.crash.webhooks import RECONCILE

from grantwire.sandbox.faults.modes import MODES, Ending, Wait

WEBHOOK_TIMEOUT_SECONDS = 2
# A rule of the instance that refuses one record for good: its delivery is dead, and a person sees why.
REFUSING = {"data_policy_403", "business_rule_403", "unique_key_403", "oversized_400"}
SHARE = 0.3  # of the requests are struck


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` to the usual webhook; `settings` of the server; `trouble` of the machine, by name; `is_hostile`: the
    target is not the sandbox; `has_tickets`: the webhook is the preset that keeps one incident per access request."""

    name: str
    faults: Sequence[Mapping[str, Any]] = ()
    kills: int = 6
    events_a_life: int = 150
    changes: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=lambda: {"breaker_faults": "0"})
    rules: Rules = Rules()
    trouble: str = ""
    is_hostile: bool = False
    has_tickets: bool = False
    filler_bytes: int = 0


def fault(mode: str, probability: float = SHARE) -> dict[str, Any]:
    """With times that fit the time-out of the webhooks: half of the waits are longer than it."""
    made: dict[str, Any] = {"mode": mode, "probability": probability, "retry_after_seconds": 1}
    if MODES[mode].wait is not Wait.NONE or MODES[mode].ending is Ending.DRIPPING:
        made["delay_seconds"] = WEBHOOK_TIMEOUT_SECONDS + 0.5 if mode != "slow" else WEBHOOK_TIMEOUT_SECONDS / 4
        made["probability"] = probability / 3
    if mode == "query_403":
        made["match"] = {"method": ["GET", "POST"]}  # it strikes reads, and the usual webhook has none
    return made


def of_mode(mode: str) -> Plan:
    return Plan(mode, [fault(mode)], rules=Rules(may_die=mode in REFUSING))


def mixture(name: str, modes: Sequence[str], **changes: Any) -> Plan:
    share = SHARE / max(1, len(modes) / 2)
    changes.setdefault("rules", Rules(may_die=bool(REFUSING & set(modes))))
    return Plan(name, [fault(mode, share) for mode in modes], **changes)


PLAIN = Plan("nothing but kills")
EACH_MODE = tuple(of_mode(mode) for mode in MODES)
_DONE = [mode.name for mode in MODES.values() if mode.is_work_done]
_NOT_DONE = [name for name in MODES if name not in _DONE and name not in REFUSING]
MIXTURES = (
    mixture("done, and said otherwise", _DONE),
    mixture("refused for now", _NOT_DONE),
    mixture("refused for good", sorted(REFUSING)),
    mixture("everything at once, with a breaker", list(MODES), settings={}),
)
EXHAUSTED = Plan(
    "attempts run out",
    [fault("created_but_500", 0.2), fault("bad_gateway_502", 0.5)],
    changes={"retry": {"attempts": 3, "max_age_hours": 1, "schedule_seconds": [0.1]}},
    rules=Rules(may_die=True),
)
IN_ORDER = Plan(
    "in the order of each access request",
    [fault("created_but_500", 0.1), fault("reset", 0.1), fault("created_after_timeout", 0.02)],
    changes={"order": "per_request"},
    rules=Rules(in_order=True),
)
_ASKS = {"reconcile": RECONCILE}
_AT_ONCE = [name for name in _DONE if not name.startswith("slow")]
ASKING = (
    Plan("asks first: nothing but kills", changes=_ASKS, rules=Rules(never_doubles=True)),
    mixture(
        "asks first: done, and said otherwise",
        _AT_ONCE,
        changes=_ASKS,
        rules=Rules(never_doubles=True),
    ),
    mixture(
        "asks first: everything at once",
        list(MODES),
        changes=_ASKS,
        rules=Rules(may_die=True, never_doubles=True),
    ),
)
TICKETS = (
    Plan("one ticket per request: nothing but kills", has_tickets=True, rules=Rules(never_doubles=True)),
    mixture(
        "one ticket per request: done, and said otherwise",
        _AT_ONCE,
        has_tickets=True,
        rules=Rules(never_doubles=True),
    ),
    mixture(
        "one ticket per request: everything at once",
        list(MODES),
        has_tickets=True,
        rules=Rules(may_die=True, never_doubles=True),
    ),
)
_IN_BULK = {**_ASKS, "batch": {"size": 10}, "limits": {"concurrency": 2}}
IN_BULK = (
    Plan("in bulk: nothing but kills", changes=_IN_BULK, rules=Rules(never_doubles=True)),
    mixture("in bulk: done, and said otherwise", _AT_ONCE, changes=_IN_BULK, rules=Rules(never_doubles=True)),
    mixture(
        "in bulk: everything at once", list(MODES), changes=_IN_BULK, rules=Rules(may_die=True, never_doubles=True)
    ),
)
HOSTILE = Plan("hostile target", is_hostile=True)
IN_TROUBLE = {
    name: Plan(name, [fault("created_but_500", 0.05)], kills=4, events_a_life=100, trouble=name, filler_bytes=2000)
    for name in TROUBLES
}
EVERY = (PLAIN, *MIXTURES, *ASKING, *TICKETS, *IN_BULK, HOSTILE, *IN_TROUBLE.values(), EXHAUSTED, IN_ORDER, *EACH_MODE)
