"""Replays: jobs that send many deliveries again are planned, started, looked at and cancelled.

In: what somebody wants sent again, and who asks. Out: jobs as they stand; of a dry run, what would be sent.
Never: a delivery sent (see `run_replays`), or what ends without success after a job was asked for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from grantwire.domain.delivery import Delivery, State
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.replay import Bookmark, Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.replay_form import Asked, read_replay
from grantwire.domain.webhook import WebhookId
from grantwire.flow.roster import Roster
from grantwire.ports import Clock, Dice, Doorbell, Observer, Page, Store
from grantwire.steps.admit import why_held

COUNTED_AT_ONCE = 2_000  # rows looked at by one question: some 10 ms
PLANNED = 100_000  # deliveries that a dry run counts: what a person can wait for
SHOWN = 5


@dataclass(frozen=True, slots=True)
class PlanForWebhook:
    """`why_held`: they would wait there; `why_not`: none would be sent."""

    id: WebhookId
    name: str
    count: int
    why_held: str | None = None
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would send: how many, by state, webhook and type of event, of what time, the first few. `refused`
    are those that cannot be, by the reason. With `has_more` there are more than were counted."""

    by_state: Mapping[State, int]
    by_webhook: tuple[PlanForWebhook, ...]
    by_type: Mapping[str, int]
    oldest_at: datetime | None
    newest_at: datetime | None
    first: tuple[Delivery, ...]
    refused: Mapping[str, int] = field(default_factory=dict)
    has_more: bool = False

    @property
    def count(self) -> int:
        return sum(self.by_state.values())


class Replays:
    def __init__(
        self, *, store: Store, roster: Roster, bell: Doorbell, clock: Clock, dice: Dice, observer: Observer
    ) -> None:
        self._store = store
        self._roster = roster
        self._bell = bell
        self._clock = clock
        self._dice = dice
        self._observer = observer

    def read(self, raw: object) -> Asked:
        """Raises `Refused` with every problem."""
        return read_replay(raw, {ready.webhook.name: ready.webhook.id for ready in self._roster.all()})

    async def start(self, asked: Asked, *, by: str) -> Replay:
        """The same id with the same content gets the job of the first time. Raises `Refused` for an id that is
        another's."""
        now = self._clock.now()
        wished = Replay(
            id=asked.id or ReplayId(self._dice.new_id("rpl", now)),
            wanted=asked.wanted,
            state=ReplayState.PENDING,
            requested_by=by,
            requested_at=now,
            per_minute=asked.per_minute,
        )
        replay = await self._store.add_replay(wished)
        if (replay.wanted, replay.per_minute) != (wished.wanted, wished.per_minute):
            problem = Problem("id", f"{replay.id!r} is a replay of something else.", "Give another id, or none.")
            raise Refused("the id is taken", [problem], why=Refusal.CONFLICT)
        if replay is wished:
            self._observer.note("replay.requested", replay=replay.id, by=by, per_minute=replay.per_minute)
            self._bell.ring()
        return replay

    async def show(self, replay_id: ReplayId) -> Replay:
        """Raises `Refused` (not found)."""
        replay = await self._store.replay_job(replay_id)
        if replay is None:
            problem = Problem("id", f"no replay has the id {replay_id!r:.100}.", "Check the id, or list them.")
            raise Refused(f"there is no replay {replay_id!r:.100}", [problem], why=Refusal.NOT_FOUND)
        return replay

    async def all(self, *, limit: int, after: str | None = None) -> Page[Replay]:
        """Newest first."""
        return await self._store.replay_jobs(limit=limit, after=after)

    async def cancel(self, replay_id: ReplayId, *, by: str) -> Replay:
        """What was made so far stays. Raises `Refused` for one that has ended."""
        replay = await self.show(replay_id)
        cancelled = await self._store.turn_replay(
            replay_id, ReplayState.CANCELLED, now=self._clock.now(), why=f"by {by}"
        )
        if cancelled is None:
            problem = Problem(
                "", f"It is {(await self.show(replay_id)).state}.", "Only one that goes on can be cancelled."
            )
            raise Refused(f"replay {replay.id} cannot be cancelled", [problem], why=Refusal.CONFLICT)
        self._observer.note("replay.cancelled", replay=replay_id, by=by, made=cancelled.made)
        return cancelled

    # ── the dry run ──
    async def plan(self, wanted: Wanted) -> Plan:
        """What a job would send that is started now; sends nothing."""
        wanted = within(wanted, self._clock.now())
        tally, bookmark, is_at_end = _Tally(), None, False
        while not is_at_end and tally.count < PLANNED:
            piece = await self._store.count_to_replay(wanted, after=bookmark, limit=COUNTED_AT_ONCE)
            tally.add(piece.by_kind.items(), (piece.oldest_at, piece.newest_at), piece.refused)
            bookmark, is_at_end = piece.reached, piece.reached is None
        return self._plan(tally, await self._first(wanted), has_more=not is_at_end)

    def _plan(self, tally: "_Tally", first: tuple[Delivery, ...], *, has_more: bool) -> Plan:
        by_webhook = tuple(self._for_webhook(id_, name, count) for (id_, name), count in tally.by_webhook.items())
        refused = tally.refused + Counter({one.why_not: one.count for one in by_webhook if one.why_not})
        return Plan(
            by_state=dict(tally.by_state),
            by_webhook=by_webhook,
            by_type=dict(tally.by_type),
            oldest_at=min(tally.times, default=None),
            newest_at=max(tally.times, default=None),
            first=first,
            refused=dict(refused),
            has_more=has_more,
        )

    def _for_webhook(self, webhook_id: WebhookId, name: str, count: int) -> PlanForWebhook:
        ready = self._roster.get(webhook_id)
        why_not = why_not_sendable(self._roster, webhook_id)
        held = None if ready is None or why_not else why_held(ready.webhook)
        return PlanForWebhook(webhook_id, name if ready is None else ready.webhook.name, count, held, why_not)

    async def _first(self, wanted: Wanted) -> tuple[Delivery, ...]:
        found: list[Delivery] = []
        bookmark: Bookmark | None = None
        for _ in range(SHOWN):
            piece = await self._store.find_to_replay(wanted, after=bookmark, limit=SHOWN - len(found))
            found += piece.items
            bookmark = piece.reached
            if bookmark is None or len(found) >= SHOWN:
                break
        return tuple(found)


class _Tally:
    def __init__(self) -> None:
        self.by_state: Counter[State] = Counter()
        self.by_webhook: Counter[tuple[WebhookId, str]] = Counter()
        self.by_type: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.times: list[datetime] = []

    @property
    def count(self) -> int:
        return sum(self.by_state.values())

    def add(
        self,
        kinds: Iterable[tuple[tuple[WebhookId, str, State, str], int]],
        times: Iterable[datetime | None],
        refused: Mapping[str, int],
    ) -> None:
        for (webhook_id, name, state, type_), count in kinds:
            self.by_state[state] += count
            self.by_webhook[(webhook_id, name)] += count
            self.by_type[type_] += count
        self.times += [at for at in times if at is not None]
        self.refused += Counter(refused)


def within(wanted: Wanted, asked_at: datetime) -> Wanted:
    """Without what came after: the end of a job is fixed at its start, or it could go on for ever."""
    until = asked_at if wanted.until is None else min(wanted.until, asked_at)
    return replace(wanted, until=until, ended_by=asked_at)


def why_not_sendable(roster: Roster, webhook_id: WebhookId) -> str | None:
    """A paused webhook may get more to hold; to an inactive one, or one that is gone, nothing is sent."""
    ready = roster.get(webhook_id)
    if ready is None:
        return "its webhook was deleted"
    return None if ready.webhook.active else f"the webhook {ready.webhook.name} is inactive"
