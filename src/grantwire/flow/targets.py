"""Targets: what the lanes of all webhooks that send to one origin share: slots, a rate, a breaker.

In: starts and ends of attempts, what they say of the target. Out: whether one more may start, and whose turn it is.
Never: a task of its own, or a pool that all targets share (one could fill it).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grantwire.domain.breaker import FAULTS_IN_A_ROW, Breaker, Phase
from grantwire.domain.delivery import Claim, DeliveryId
from grantwire.domain.target import Origin
from grantwire.domain.target_limits import TargetLimits
from grantwire.domain.webhook import Limits, Webhook
from grantwire.domain.window import Window
from grantwire.ports import Clock, Dice
from grantwire.steps.blame import Blame

if TYPE_CHECKING:
    from grantwire.flow.lanes import Lane


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """As people see it. `since` and `why` tell of a breaker that is not closed; `next_probe_at` of one that waits."""

    origin: Origin
    phase: Phase
    since: datetime | None
    why: str
    next_probe_at: datetime | None
    probes: int
    limits: Limits
    running: int
    webhooks: tuple[str, ...] = ()


class Targets:
    """The targets of all webhooks, by origin."""

    def __init__(self, *, said: TargetLimits, clock: Clock, dice: Dice, faults_in_a_row: int = FAULTS_IN_A_ROW) -> None:
        self._said = said
        self._clock = clock
        self._dice = dice
        self._faults_in_a_row = faults_in_a_row
        self._by_origin: dict[Origin, Target] = {}
        self._names: dict[Origin, tuple[str, ...]] = {}

    def follow(self, webhooks: Iterable[Webhook]) -> None:
        """Makes new ones, takes over changed limits; one that nobody sends to is forgotten with its breaker."""
        found: dict[Origin, list[Webhook]] = {}
        for webhook in webhooks:
            found.setdefault(origin_of(webhook), []).append(webhook)
        for origin, its in found.items():
            if origin not in self._by_origin:
                self._by_origin[origin] = self._made(origin)
            self._by_origin[origin].follow(self._said.limits_for(origin, its))
        self._names = {origin: tuple(one.name for one in its) for origin, its in found.items()}
        self._by_origin = {origin: target for origin, target in self._by_origin.items() if origin in found}

    def _made(self, origin: Origin) -> "Target":
        return Target(origin, clock=self._clock, dice=self._dice, faults_in_a_row=self._faults_in_a_row)

    def of(self, webhook: Webhook) -> "Target":
        """Raises KeyError for a webhook that `follow` was not told of."""
        return self._by_origin[origin_of(webhook)]

    def statuses(self) -> tuple[TargetStatus, ...]:
        """All, by origin."""
        found = (replace(one.status(), webhooks=self._names[origin]) for origin, one in self._by_origin.items())
        return tuple(sorted(found, key=lambda one: str(one.origin)))

    def status_of(self, webhook: Webhook) -> TargetStatus:
        """Of a webhook that is just being made: a target that nobody has sent to."""
        known = self._by_origin.get(origin_of(webhook))
        return (known or self._made(origin_of(webhook))).status()


def origin_of(webhook: Webhook) -> Origin:
    return Origin.of(webhook.target.url)


class Target:
    """`is_gated`: somebody has to be asked before a start. `faults_in_a_row` opens the breaker; 0: it never opens."""

    def __init__(self, origin: Origin, *, clock: Clock, dice: Dice, faults_in_a_row: int = FAULTS_IN_A_ROW) -> None:
        self.origin = origin
        self.limits = Limits()
        self.lanes: deque[Lane] = deque()
        self.breaker = Breaker()
        self.is_gated = False
        self.running = 0
        self.running_again = 0
        self._clock = clock
        self._dice = dice
        self._faults_in_a_row = faults_in_a_row
        self._window = Window(None)
        self._probe: DeliveryId | None = None
        self._since: datetime | None = None
        self._why = ""

    def follow(self, limits: Limits) -> None:
        """Takes over changed limits; the past starts still count."""
        if limits.per_minute != self._window.limit:
            self._window = self._window.resized(limits.per_minute)
        self.limits = limits
        self._set_gate()

    # ── may one start? ──
    @property
    def is_closed(self) -> bool:
        return self.breaker.phase is Phase.CLOSED

    @property
    def may_claim(self) -> bool:
        """While it is open, and while a probe is under way, what waits stays in the store."""
        return self.is_closed or self.breaker.may_probe(self._clock.elapsed())

    def lets(self, now: float, *, is_again: bool) -> bool:
        """Whether a first attempt, or one that comes again, may start now. Asked only while `is_gated`."""
        if not (self.is_closed or self.breaker.may_probe(now)):
            return False
        slots, starts = self.limits.concurrency, self._window.room(now)
        if slots is not None and self.running >= slots:
            return False
        if is_again and slots is not None and self.running_again >= slots - kept_for_first(slots):
            return False
        kept = kept_for_first(self.limits.per_minute or 0) if is_again else 0
        return starts is None or starts > kept

    def room(self, now: float) -> int | None:
        """Starts its rate allows at once; None without a rate."""
        return self._window.room(now)

    def wait_seconds(self, now: float) -> float:
        """Until its rate allows another start and its breaker a probe; 0 when it is now."""
        probe = self.breaker.probe_at - now if self.breaker.phase is Phase.OPEN else 0.0
        return max(probe, self._window.wait_seconds(now))

    def start(self, claim: Claim, now: float) -> None:
        self.running += 1
        self.running_again += claim.is_again
        if self.is_gated:
            self._window.start(now)
            if not self.is_closed:
                self._probe = claim.delivery_id
                self.breaker = self.breaker.probing()

    def start_along(self, now: float) -> None:
        """One more in a call that has started."""
        if self.is_gated:
            self._window.start(now)

    def end(self, claim: Claim) -> None:
        self.running -= 1
        self.running_again -= claim.is_again

    # ── what an attempt says of it ──
    def hear(self, claim: Claim, said: Blame, why: str) -> Phase | None:
        """The phase that its breaker came into by it, if any. What was on its way when it opened says nothing new."""
        before, now = self.breaker, self._clock.elapsed()
        if before.phase is Phase.CLOSED:
            self.breaker = self._counted(before, said, now)
        elif claim.delivery_id == self._probe:
            self._probe = None
            self.breaker = self._probed(before, said, now)
        if self.breaker.phase is before.phase:
            return None
        if before.phase is Phase.CLOSED:
            self._since = self._clock.now()
        if said is Blame.AT_FAULT:
            self._why = why
        self._set_gate()
        return self.breaker.phase

    def _counted(self, breaker: Breaker, said: Blame, now: float) -> Breaker:
        if said is Blame.ANSWERED:
            return breaker.answered(now)
        if said is Blame.AT_FAULT and self._faults_in_a_row:
            return breaker.failed(now, dice=self._dice.roll(), most_in_a_row=self._faults_in_a_row)
        return breaker

    def _probed(self, breaker: Breaker, said: Blame, now: float) -> Breaker:
        match said:
            case Blame.ANSWERED:
                return breaker.probe_answered()
            case Blame.AT_FAULT:
                return breaker.probe_failed(now, dice=self._dice.roll())
            case Blame.NOTHING:
                return breaker.probe_without_result()

    def _set_gate(self) -> None:
        self.is_gated = not self.is_closed or self.limits != Limits()

    def status(self) -> TargetStatus:
        waits = self.breaker.phase is Phase.OPEN
        wait = max(0.0, self.breaker.probe_at - self._clock.elapsed())
        return TargetStatus(
            origin=self.origin,
            phase=self.breaker.phase,
            since=None if self.is_closed else self._since,
            why="" if self.is_closed else self._why,
            next_probe_at=self._clock.now() + timedelta(seconds=wait) if waits else None,
            probes=self.breaker.probes,
            limits=self.limits,
            running=self.running,
        )


def kept_for_first(slots: int) -> int:
    """Of so many slots (or starts), those that only first attempts get; none of a single one, where they go first."""
    return max(1, slots // 4) if slots > 1 else 0
