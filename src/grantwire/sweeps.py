"""Sweeps: what goes on beside the trips for as long as the process lives.

In: what fills the ports, and the flows that hear of what changed. Out: the flows that sweep, connected.
Never: a decision about a delivery.
"""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Protocol

from grantwire.flow.configure import Configure
from grantwire.flow.expire import Expire
from grantwire.flow.lines import Lines
from grantwire.flow.release import Release
from grantwire.flow.roster import Roster
from grantwire.flow.run_replays import RunReplays
from grantwire.flow.work import Work
from grantwire.ports import Clock, Dice, Doorbell, Observer, Store


class Around(Protocol):
    """What fills the ports."""

    @property
    def store(self) -> Store: ...
    @property
    def replay_bell(self) -> Doorbell: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def dice(self) -> Dice: ...
    @property
    def observer(self) -> Observer: ...


@dataclass(frozen=True, slots=True)
class Sweeps:
    replays: RunReplays
    lines: Lines
    expire: Expire
    release: Release

    def runs(self) -> tuple[Coroutine[None, None, None], ...]:
        return self.replays.run(), self.lines.run(), self.expire.run(), self.release.run()


def sweeps_of(world: Around, *, roster: Roster, configure: Configure, work: Work) -> Sweeps:
    store, clock, observer = world.store, world.clock, world.observer
    return Sweeps(
        RunReplays(
            store=store,
            roster=roster,
            work=work,
            bell=world.replay_bell,
            clock=clock,
            dice=world.dice,
            observer=observer,
        ),
        Lines(store=store, expect=work.expect, clock=clock, observer=observer),
        Expire(store=store, roster=roster, clock=clock, observer=observer),
        Release(
            store=store,
            roster=roster,
            expect=work.expect,
            released=configure.released,
            clock=clock,
            observer=observer,
        ),
    )
