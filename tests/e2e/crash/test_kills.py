"""A server that is killed again and again loses nothing that it acknowledged, and doubles only what was in doubt.

A short part of the soak, in which every mode of the sandbox strikes: with a seed that is always the same, and with one
that never is. `make soak` plays the long part.
"""

import dataclasses
import random
from pathlib import Path

import pytest
from tests.e2e.crash.plans import EVERY, HOSTILE, IN_ORDER, IN_TROUBLE, MIXTURES, TICKETS, Plan
from tests.e2e.crash.round import play
from tests.e2e.crash.troubles import CannotBeTriedError

FIXED_SEED = "20261125"
EVERYTHING = MIXTURES[-1]


def played(plan: Plan, seed: str, folder: Path) -> None:
    print(f"seed {seed} plan {plan.name}")  # noqa: T201 - pytest shows it with a failure
    try:
        found = play(plan, seed, folder)
    except CannotBeTriedError as why:
        pytest.skip(f"NOT TRIED: {why}")
    assert not found.findings, f"seed {seed!r}, plan {plan.name!r}: {found.findings[:20]}"
    assert found.lost == 0
    assert found.kills == plan.kills


def short(plan: Plan, kills: int) -> Plan:
    return dataclasses.replace(plan, kills=kills, events_a_life=40)


@pytest.mark.parametrize("plan", [EVERYTHING, IN_ORDER, TICKETS[1]], ids=lambda plan: plan.name)
def test_nothing_acknowledged_is_lost_and_only_what_was_in_doubt_doubles(plan: Plan, tmp_path: Path) -> None:
    played(short(plan, kills=2), FIXED_SEED, tmp_path)


@pytest.mark.parametrize("plan", [HOSTILE, *IN_TROUBLE.values()], ids=lambda plan: plan.name)
def test_nor_in_trouble(plan: Plan, tmp_path: Path) -> None:
    played(short(plan, kills=1), FIXED_SEED, tmp_path)


def test_nor_with_any_other_seed_and_plan(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**9)
    played(short(random.Random(seed).choice(EVERY), kills=2), str(seed), tmp_path)
