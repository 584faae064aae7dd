"""A world for the flow: real SQLite, a still clock, a sender that answers as told, facts that one can wait for."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grantwire.adapters.dice import SystemDice
from grantwire.adapters.ed25519 import LibraryEd25519
from grantwire.adapters.store.open import open_store
from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import Credential, OAuth2
from grantwire.domain.decode_event import read_event
from grantwire.domain.event import Event
from grantwire.domain.event_types import event_types
from grantwire.domain.exchange import NotSent, Reply, Request, Response, Timings
from grantwire.domain.replay import Replay as ReplayJob
from grantwire.domain.replay import ReplayId
from grantwire.domain.secret import Secret
from grantwire.domain.target import USUAL_TRUST, Trust
from grantwire.domain.target_limits import TargetLimits
from grantwire.domain.webhook import Timeouts, Webhook
from grantwire.flow.announce import Announce
from grantwire.flow.configure import Configure
from grantwire.flow.deliver import Deliver
from grantwire.flow.exchange import Exchange
from grantwire.flow.expire import Expire
from grantwire.flow.ingest import HandOff, Ingest
from grantwire.flow.lines import Lines
from grantwire.flow.look import Look
from grantwire.flow.rehearse import Rehearse
from grantwire.flow.release import Release
from grantwire.flow.replay import Replay
from grantwire.flow.replays import Replays
from grantwire.flow.roster import Roster
from grantwire.flow.run_replays import RunReplays
from grantwire.flow.sign import Sign
from grantwire.flow.targets import Targets
from grantwire.flow.together import DeliverTogether, Trips
from grantwire.flow.work import Reactions, Work, WorkOptions
from grantwire.ports import Authorisation, Store

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PATIENCE_SECONDS = 20.0


class StillClock:
    """Moves only by `advance`; whoever waits wakes when the time has come."""

    def __init__(self) -> None:
        self._now = START
        self._set_by = timedelta()
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now + self._set_by

    def set_by(self, seconds: float) -> None:
        """Somebody sets the clock; what it measures does not change."""
        self._set_by += timedelta(seconds=seconds)

    def elapsed(self) -> float:
        return (self._now - START).total_seconds()

    def wait(self, seconds: float) -> "Awaitable[None]":
        """Counts from this call, not from when its awaiting begins: the clock may be moved in between."""
        if seconds <= 0:
            return asyncio.sleep(0)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), future))
        return future

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        for due, future in self._sleepers:
            if due <= self._now and not future.done():
                future.set_result(None)
        self._sleepers = [(due, future) for due, future in self._sleepers if not future.done()]


class Bell:
    """A doorbell on the still clock."""

    def __init__(self, clock: StillClock) -> None:
        self._clock = clock
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        waits = {asyncio.ensure_future(self._rung.wait()), asyncio.ensure_future(self._clock.wait(seconds))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._rung.clear()


class Facts:
    """Remembers every fact; a test waits for the n-th of a name."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, dict[str, Any]]] = []
        self._changed = asyncio.Event()

    def note(self, fact: str, **facts: object) -> None:
        self.noted.append((fact, facts))
        self._changed.set()

    def named(self, name: str) -> list[dict[str, Any]]:
        return [facts for fact, facts in self.noted if fact == name]

    async def until(self, name: str, count: int = 1) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.named(name)) < count:
                self._changed.clear()
                await self._changed.wait()


Answer = Callable[[Request], Reply]


def answer(status: int = 201, body: Any = None, **headers: str) -> Response:
    content = json.dumps({"result": {"sys_id": "a" * 32, "number": "INC0010001"}} if body is None else body)
    shown = (("Content-Type", "application/json"), *((k.replace("_", "-"), v) for k, v in headers.items()))
    return Response(status, "", shown, content.encode(), is_cut=False, timings=Timings(1.0))


class ScriptedSender:
    """Answers from a list, the last one for ever; remembers what was sent. `gate` holds every answer back until it is
    set, or those of the requests that `is_gated` says; `meanwhile` is awaited between the request and the answer."""

    def __init__(self) -> None:
        self.replies: list[Reply | Answer] = [answer()]
        self.sent: list[Request] = []
        self.gate: asyncio.Event | None = None
        self.is_gated: Callable[[Request], bool] = lambda _: True
        self.meanwhile: Callable[[Request], Awaitable[None]] | None = None

    async def send(
        self, request: Request, timeouts: Timeouts, credential: Credential, trust: Trust = USUAL_TRUST
    ) -> Reply:
        self.sent.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if self.gate is not None and self.is_gated(request):
            await self.gate.wait()
        if self.meanwhile is not None:
            await self.meanwhile(request)
        return reply(request) if callable(reply) else reply

    async def close(self) -> None:
        """Nothing is open."""


class ScriptedCredentials:
    """Tokens count up; `renewed` how often a refused one was replaced."""

    def __init__(self) -> None:
        self.renewed = 0
        self.refusal: NotSent | None = None

    async def authorise(self, credential: Credential) -> Authorisation | NotSent:
        if self.refusal is not None:
            return self.refusal
        if isinstance(credential, OAuth2):
            return Authorisation((("Authorization", f"Bearer token-{self.renewed}"),), can_refresh=True)
        return Authorisation(())

    async def renew(self, credential: Credential, *, refused: Authorisation) -> Authorisation | NotSent:
        self.renewed += 1
        return await self.authorise(credential)

    def for_a_person(self) -> "ScriptedCredentials":
        return self

    def resolve(self, secret: Secret) -> str | NotSent:
        return secret.reveal()


@dataclass
class World:
    store: Store
    clock: StillClock
    sender: ScriptedSender
    credentials: ScriptedCredentials
    facts: Facts
    ingest: Ingest
    configure: Configure
    look: Look
    rehearse: Rehearse
    replay: Replay
    replays: Replays
    run_replays: RunReplays
    work: Work
    targets: Targets
    announce: Announce
    expire: Expire
    release: Release
    lines: Lines
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _counter: int = 0

    async def add(self, name: str = "tickets", **changes: Any) -> Webhook:
        return await self.configure.create(definition(name, **changes))

    def event(self, type_: str = "RequestCreated", *, id_: str | None = None, **data: Any) -> Event:
        self._counter += 1
        raw = event_types()[type_].sample()
        raw["data"] |= data
        return read_event(
            raw,
            body=json.dumps(raw).encode(),
            accepted_at=self.clock.now(),
            new_id=lambda: f"evt-{self._counter}",
            given_id=id_,
        )

    async def replayed(self, job_id: ReplayId) -> ReplayJob:
        """The job once it has ended; whoever waits for room or for the pace waits on the still clock."""
        for _ in range(1000):
            if not (job := await self.replays.show(job_id)).is_open:
                return job
            self.clock.advance(await self.run_replays.turn())
        raise AssertionError("it did not end")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker runs meanwhile, and stops as a process does."""
        stop = asyncio.Event()
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            tasks.create_task(self.work.run(stop))
            moving = tasks.create_task(self.configure.run())
            await asyncio.sleep(0)
            try:
                yield
            finally:
                stop.set()
                moving.cancel()


def definition(name: str = "tickets", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "active": True,
        "kind": "request",
        "method": "POST",
        "url": "https://acme.example.com/hook",
        "body": '{"type": "{{ event_type }}", "who": "{{ data.requester.name }}"}',
        "triggers": ["RequestCreated"],
    } | changes


@asynccontextmanager
async def open_world(folder: Path, *, limits: TargetLimits = TargetLimits()) -> AsyncIterator[World]:  # noqa: B008
    """The same folder opened again is the same installation after a restart."""
    clock, dice, facts = StillClock(), SystemDice(), Facts()
    sender, credentials = ScriptedSender(), ScriptedCredentials()
    store = await open_store(
        folder / "grantwire.db", vault=open_vault(folder / "grantwire.key"), clock=clock, dice=dice
    )
    roster = Roster()
    sign = Sign(credentials=credentials, ed25519=LibraryEd25519(), clock=clock, dice=dice)
    deliver = Deliver(sender=sender, credentials=credentials, sign=sign, receipts=store, clock=clock, dice=dice)
    configure = Configure(store=store, roster=roster, allowance=Allowance(), clock=clock, dice=dice, observer=facts)
    options = WorkOptions(lease=timedelta(seconds=400), stop_within=timedelta(seconds=0.2))
    targets = Targets(said=limits, clock=clock, dice=dice)
    announce = Announce(store=store, roster=roster, clock=clock, dice=dice, observer=facts)
    work = Work(
        store=store,
        roster=roster,
        trips=Trips(
            deliver,
            DeliverTogether(
                exchange=Exchange(sender=sender, credentials=credentials, sign=sign),
                alone=deliver,
                clock=clock,
                dice=dice,
                answer_cap_bytes=65536,
            ),
        ),
        react=Reactions(configure.pause, announce.note_settled, announce.note_opened, facts),
        targets=targets,
        bell=Bell(clock),
        clock=clock,
        options=options,
    )
    hand_off = HandOff(work.room, work.reserve, work.cancel, work.take, work.expect, options.lease)
    await configure.load()
    replay_bell = Bell(clock)
    try:
        yield World(
            store=store,
            clock=clock,
            sender=sender,
            credentials=credentials,
            facts=facts,
            ingest=Ingest(store=store, roster=roster, hand_off=hand_off, clock=clock, dice=dice, observer=facts),
            configure=configure,
            look=Look(store=store, clock=clock),
            rehearse=Rehearse(deliver=deliver, clock=clock, dice=dice),
            replay=Replay(store=store, roster=roster, work=work, clock=clock, dice=dice, observer=facts),
            replays=Replays(store=store, roster=roster, bell=replay_bell, clock=clock, dice=dice, observer=facts),
            run_replays=RunReplays(
                store=store, roster=roster, work=work, bell=replay_bell, clock=clock, dice=dice, observer=facts
            ),
            work=work,
            targets=targets,
            announce=announce,
            expire=Expire(store=store, roster=roster, clock=clock, observer=facts),
            release=Release(
                store=store,
                roster=roster,
                expect=work.expect,
                released=configure.released,
                clock=clock,
                observer=facts,
            ),
            lines=Lines(store=store, expect=work.expect, clock=clock, observer=facts),
        )
    finally:
        await store.close()


def states(deliveries: Iterable[Any]) -> list[str]:
    return [str(delivery.state) for delivery in deliveries]
