"""Round: a server is killed again and again under load, then everything may end, then it is counted.

In: a plan, a seed, a target, a folder. Out: what was counted. Never: a kill at the same moment twice: most come after
a random number of acknowledgements and a random part of a second, some while the server is still starting.
"""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.crash import operator
from tests.e2e.crash.aftermath import Aftermath, look
from tests.e2e.crash.count import Counted, count
from tests.e2e.crash.hostile import hostile
from tests.e2e.crash.launch import PATIENCE_SECONDS, Servers, pause, sandbox, servers
from tests.e2e.crash.load import Load
from tests.e2e.crash.plans import Plan
from tests.e2e.crash.targets import HostileTarget, SandboxTarget, Target
from tests.e2e.crash.troubles import NoTrouble, Trouble, trouble
from tests.e2e.crash.webhooks import an_incident_for_each_event, an_incident_for_each_request

KILLED_EARLY = 0.15  # of the kills meet a server that is still starting
KILLED_IN_TROUBLE = 0.3  # of the kills come while the trouble lasts, where there is one
LIFE_SECONDS = 4.0  # the longest that is waited for acknowledgements before a kill
TRY_AGAIN = 75  # the exit status of a start that must wait for the trouble to pass


def play(plan: Plan, seed: str, folder: Path) -> Counted:
    """`seed` decides all that this program decides; the moments between the processes are as they come. Raises
    `CannotBeTriedError` where the machine does not let the plan's trouble happen."""
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    with _target(plan, folder, dice) as target, trouble(plan.trouble, folder / "data") as befalls:
        load = Load(f"e{dice.randrange(10**6)}", dice, filler_bytes=plan.filler_bytes)
        try:
            with servers(folder, [target.origin], {**target.settings, **plan.settings}, befalls.entry) as house:
                return _Round(plan, dice, target, befalls, house, load).play()
        finally:
            load.rest()
            load.end()


@contextmanager
def _target(plan: Plan, folder: Path, dice: random.Random) -> Iterator[Target]:
    if plan.is_hostile:
        with hostile(folder, random.Random(dice.random())) as (server, authority):
            yield HostileTarget(server, authority)
    else:
        with sandbox(folder, dice.randrange(10**6)) as program:
            yield SandboxTarget(program, has_tickets=plan.has_tickets)


class _Round:
    def __init__(
        self, plan: Plan, dice: random.Random, target: Target, befalls: Trouble, house: Servers, load: Load
    ) -> None:
        self._plan = plan
        self._dice = dice
        self._target = target
        self._trouble = befalls
        self._house = house
        self._load = load

    def play(self) -> Counted:
        self._kill_at_once()
        self._set_up()
        kills = [self._life() for _ in range(self._plan.kills)]
        return self._end(kills)

    def _wrong(self, what: str) -> None:
        self._load.known.wrong.append(what)

    def _kill_at_once(self) -> None:
        """While it makes its database, or before."""
        self._house.start()
        pause(self._dice.uniform(0.3, 2.0))
        self._house.end()

    def _set_up(self) -> None:
        make = an_incident_for_each_request if self._plan.has_tickets else an_incident_for_each_event
        definition = make(self._target.origin, auth=self._target.auth, **self._plan.changes)
        self._house.start().api.call("PUT", f"/v1/webhooks/{operator.WEBHOOK}", definition)
        self._target.misbehave(self._plan.faults)

    def _life(self) -> Aftermath:
        """From a start to a kill."""
        dice, plan = self._dice, self._plan
        program = self._house.lives or self._house.start()
        if dice.random() < KILLED_EARLY:
            pause(dice.uniform(0.2, 1.5))
            return self._killed()
        operator.resume(program.api)
        self._load.aim(program.url, quota=plan.events_a_life)
        self._load.wait_for(dice.randint(0, plan.events_a_life), within=LIFE_SECONDS)
        if isinstance(self._trouble, NoTrouble):
            pause(dice.uniform(0, 0.05))
            return self._killed()
        self._strike()
        return self._killed()

    def _strike(self) -> None:
        """The trouble comes under load; it passes by itself, or a kill comes first."""
        program = self._house.lives
        assert program is not None
        self._load.aim(program.url, quota=self._plan.events_a_life)
        early = threading.Timer(self._dice.uniform(0, 1.0), program.kill)
        kills_early = self._dice.random() < KILLED_IN_TROUBLE
        if kills_early:
            early.start()
        self._trouble.strike(program, self._dice)
        if kills_early:
            early.join()
            return
        if program.popen.poll() is not None:
            self._wrong(f"the server ended in trouble with {program.popen.returncode}: {program.said()[-2000:]}")
            return
        if not self._load.wait_until_sent():
            self._wrong("the load is not taken after the trouble")

    def _killed(self) -> Aftermath:
        self._house.end()
        self._load.rest()
        self._trouble.over()
        found = look(self._house.data)
        missing = set(self._load.known.acknowledged) - set(found.events)
        if missing:
            self._wrong(f"not on record after a kill, though acknowledged: {sorted(missing)[:10]}")
        if not found.is_sound:
            self._wrong("the database is damaged after a kill")
        return found

    def _end(self, kills: Sequence[Aftermath]) -> Counted:
        """No faults, no trouble, no kills: whatever was promised must end now."""
        self._target.behave()
        program = self._house.start()
        operator.resume(program.api)
        self._load.aim(program.url, quota=0)
        if not self._load.wait_until_sent(within=PATIENCE_SECONDS):
            self._wrong("events cannot be sent again")
        try:
            operator.until_all_ended(program.api)
        except operator.StillOpenError as fault:
            self._wrong(str(fault))
        status = program.stop()
        if status != 0:
            self._wrong(f"a stop ended with status {status}: {program.said()[-2000:]}")
        last = look(self._house.data)
        return count(self._load.known, kills, last, self._target.seen(last.events), self._plan.rules)
