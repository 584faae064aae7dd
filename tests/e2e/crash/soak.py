"""Soak: `make soak ARGS="--minutes 60 --seed any"`: rounds until the time is up, or one finds something.

In: minutes, a seed, words that a plan's name must have. Out: a line for each round, one for each plan, a summary, and
an exit status of 1 with the evidence kept. Never: a seed that is not printed, a plan that was not met and is not named.
"""

import argparse
import dataclasses
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import count as numbers
from pathlib import Path

from tests.e2e.crash.count import Counted
from tests.e2e.crash.plans import EVERY, Plan
from tests.e2e.crash.round import play
from tests.e2e.crash.troubles import CannotBeTriedError


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description="Kills a server again and again, and counts.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", default="any", help="a seed that was printed; any: a new one")
    parser.add_argument("--only", default="", help="play only plans with these words in their name")
    parser.add_argument("--kills", type=int, help="kills in each round, instead of the plan's own number")
    parser.add_argument("--rounds", type=int, help="end after so many rounds")
    parser.add_argument("--list", action="store_true", help="name the plans and play none")
    given = parser.parse_args()
    seed = str(random.SystemRandom().randrange(10**9)) if given.seed == "any" else given.seed
    plans = [plan for plan in EVERY if given.only in plan.name]
    if given.list or not plans:
        say("\n".join(plan.name for plan in plans or EVERY))
        return 0 if plans else 2
    say(f"seed {seed}")
    if given.kills is not None:
        plans = [dataclasses.replace(plan, kills=given.kills) for plan in plans]
    return played(plans, seed, minutes=given.minutes, rounds=given.rounds)


def played(plans: Sequence[Plan], seed: str, *, minutes: float, rounds: int | None) -> int:
    """The exit status."""
    by_plan: dict[str, Counted] = {}
    total, began_at = Counted(), time.monotonic()
    for number in numbers():
        spent = time.monotonic() - began_at
        if spent > minutes * 60 or number == rounds:
            break
        plan = plans[number % len(plans)]
        found = one_round(number, plan, seed)
        by_plan.setdefault(plan.name, Counted()).add(found)
        total.add(found)
        if total.findings:
            break
    for name, counted in by_plan.items():
        say(f"{name}: {counted.line()}")
    not_met = [plan.name for plan in plans if plan.name not in by_plan]
    if not_met:
        say(f"not met in this time: {', '.join(not_met)}")
    say(f"seed {seed}: {time.monotonic() - began_at:.0f} s, {total.line()}")
    return 1 if total.findings else 0


def one_round(number: int, plan: Plan, seed: str) -> Counted:
    """Its folder stays when something was found."""
    folder = Path(tempfile.mkdtemp(prefix="grantwire-soak-"))
    began_at = time.monotonic()
    try:
        found = play(plan, f"{seed}/{plan.name}/{number}", folder)
    except CannotBeTriedError as why:
        say(f"{number:4} {plan.name}: NOT TRIED, {why}")
        found = Counted()
    except Exception as fault:  # noqa: BLE001 - whatever it was, it is a finding with its seed
        found = Counted(findings=[f"the round broke: {fault!r}"])
    say(f"{number:4} {plan.name}: {time.monotonic() - began_at:.0f} s, {found.line()}")
    if not found.findings:
        shutil.rmtree(folder)
        return found
    evidence = {"seed": seed, "round": number, "plan": plan.name, "findings": found.findings}
    (folder / "findings.json").write_text(json.dumps(evidence, indent=1))
    for finding in found.findings[:20]:
        say(f"     {finding}")
    say(f"     evidence: {folder}; again: make soak ARGS='--seed {seed} --only \"{plan.name}\"'")
    return found


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
