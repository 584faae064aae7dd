"""What a store of deliveries must do, said the plain way: the oracle of the state machine.

In: the same calls that the store gets. Out: where each delivery must stand then. Never: a look at the store.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from grantwire.domain.delivery import ENDED, MOVES, DeliveryId, State
from grantwire.domain.webhook import WebhookId

IN_TURN = frozenset({State.PENDING, State.SENDING, State.WAITING, State.HELD})
Line = tuple[WebhookId, str]
Place = tuple[int, str]


@dataclass
class Record:
    """A delivery as it must be. `line` is set while it stands in one; `place` is where."""

    id: DeliveryId
    webhook_id: WebhookId
    place: Place
    state: State
    line: Line | None
    made_at: datetime
    token: str | None = None
    attempts: int = 0
    tries: int = 0
    holds_until: datetime | None = None
    is_late: bool = False

    @property
    def is_again(self) -> bool:
        """The next attempt is another one, not the first."""
        return self.state is State.WAITING or (self.state is State.SENDING and self.attempts > 0)

    def move(self, state: State) -> None:
        assert state in MOVES[self.state], f"{self.id}: {self.state} → {state} is no move"
        self.state = state
        if state is not State.SENDING:
            self.token = None


@dataclass
class Oracle:
    records: dict[DeliveryId, Record] = field(default_factory=dict)
    delivered: dict[Line, list[int]] = field(default_factory=dict)

    def states(self) -> dict[DeliveryId, State]:
        return {one.id: one.state for one in self.records.values()}

    def members(self, line: Line) -> list[Record]:
        return sorted((one for one in self.records.values() if one.line == line), key=lambda one: one.place)

    def lines(self) -> Iterator[list[Record]]:
        for line in {one.line for one in self.records.values() if one.line is not None}:
            yield self.members(line)

    # ── what is asked of the store ───────────────────────────────────────────────────────────────────────
    def accept(self, record: Record) -> None:
        if record.line is not None and self.members(record.line):
            record.state, record.token = State.BLOCKED, None
        self.records[record.id] = record

    def settle(self, record: Record, state: State, *, uses_attempt: bool, now: datetime, until: datetime) -> None:
        if state is State.DELIVERED and record.line is not None and not record.is_late:
            self.delivered.setdefault(record.line, []).append(record.place[0])
        record.move(state)
        record.attempts += uses_attempt
        if state is State.DEAD and record.line is not None and until > now:
            record.holds_until = until
        elif state in ENDED:
            self.leave(record)

    def end(self, record: Record, state: State) -> None:
        record.move(state)
        self.leave(record)

    def leave(self, record: Record) -> None:
        line, record.line, record.holds_until = record.line, None, None
        if line is not None:
            self.go_on(line)

    def go_on(self, line: Line) -> None:
        members = self.members(line)
        if members and members[0].state is State.BLOCKED and not any(one.state in IN_TURN for one in members):
            members[0].move(State.PENDING)

    def replay(self, new: Record, old: Record) -> None:
        """It has the place of its event; whoever is in turn goes first, and so does who stands before it."""
        new.line = old.line or new.line
        new.is_late = old.line is None or old.is_late
        wish, new.state = new.state, State.BLOCKED
        self.records[new.id] = new
        old.line, old.holds_until = None, None
        if new.line is None:
            new.state = wish
            return
        members = self.members(new.line)
        if members[0] is new and not any(one.state in IN_TURN for one in members):
            new.state = wish
        else:
            self.go_on(new.line)

    def expire(self, webhook_id: WebhookId, before: datetime, limit: int) -> int:
        """State by state, oldest first; whoever's turn comes by it may be too old as well."""
        moved = 0
        for state in (State.HELD, State.WAITING, State.PENDING):
            old = [one for one in self.records.values() if one.webhook_id == webhook_id and one.made_at < before]
            old = sorted((one for one in old if one.state is state), key=lambda one: (one.made_at, one.id))
            for one in old[: limit - moved]:
                self.end(one, State.DEAD)
                moved += 1
        return moved

    def let_go(self, now: datetime, limit: int) -> int:
        due = sorted(
            (one for one in self.records.values() if one.holds_until is not None and one.holds_until <= now),
            key=lambda one: one.holds_until or now,
        )
        for one in due[:limit]:
            self.leave(one)
        return min(len(due), limit)

    # ── what must hold, whatever was asked ───────────────────────────────────────────────────────────────
    def check(self) -> None:
        for members in self.lines():
            in_turn = [one for one in members if one.state in IN_TURN]
            assert len(in_turn) <= 1, f"two of a line at once: {in_turn}"
            for place, one in enumerate(members):
                assert one.state in {*IN_TURN, State.BLOCKED, State.DEAD}, f"it has ended and stands in line: {one}"
                assert (one.state is State.DEAD) == (one.holds_until is not None)
                if one.state is State.BLOCKED:
                    front = members[:place]
                    assert in_turn or any(each.state is State.DEAD for each in front), f"nobody holds it: {one}"
        for seqs in self.delivered.values():
            assert seqs == sorted(seqs), f"delivered in another order than accepted: {seqs}"

    def alive(self) -> Iterable[Record]:
        return [one for one in self.records.values() if one.state not in ENDED]
