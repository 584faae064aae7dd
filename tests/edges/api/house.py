"""A whole house for tests: the real flow over a real SQLite store, with a target that answers as a script says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from tests.edges.api.documented import check_answer

from grantwire.adapters.clock import SystemClock
from grantwire.adapters.dice import SystemDice
from grantwire.adapters.doorbell import LocalDoorbell
from grantwire.adapters.ed25519 import LibraryEd25519
from grantwire.adapters.outbound.credentials import HttpCredentials
from grantwire.adapters.store.open import open_store
from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import Credential
from grantwire.domain.exchange import Reply, Request, Response, Timings
from grantwire.domain.retention import Kind
from grantwire.domain.target import USUAL_TRUST, Trust
from grantwire.domain.target_limits import TargetLimits
from grantwire.domain.webhook import Timeouts
from grantwire.edges.api.app import build_app
from grantwire.edges.api.events import FrontDoor
from grantwire.edges.api.flows import ApiOptions, Flows
from grantwire.flow.announce import Announce
from grantwire.flow.configure import Configure
from grantwire.flow.deliver import Deliver
from grantwire.flow.exchange import Exchange
from grantwire.flow.ingest import HandOff, Ingest
from grantwire.flow.keep_catalogue import KeepCatalogue
from grantwire.flow.look import Look
from grantwire.flow.rehearse import Rehearse
from grantwire.flow.replay import Replay
from grantwire.flow.replays import Replays
from grantwire.flow.roster import Roster
from grantwire.flow.run_replays import RunReplays
from grantwire.flow.sign import Sign
from grantwire.flow.targets import Targets
from grantwire.flow.together import DeliverTogether, Trips
from grantwire.flow.work import Reactions, Work, WorkOptions
from grantwire.ports import Store

KEY = "a-key-of-at-least-24-characters"
ALLOWANCE = Allowance.of(("http://127.0.0.1:8081",))
Script = Callable[[Request], Reply]


def created(request: Request) -> Reply:
    body = b'{"result": {"sys_id": "9d385017c611228701d22104cc95c371", "number": "INC0010001"}}'
    return Response(201, "Created", (("Content-Type", "application/json"),), body, is_cut=False, timings=Timings(12.5))


@dataclass
class ScriptedSender:
    """Fills the Sender port; remembers what was sent."""

    script: Script = created
    sent: list[Request] = field(default_factory=list)

    async def send(
        self, request: Request, timeouts: Timeouts, credential: Credential, trust: Trust = USUAL_TRUST
    ) -> Reply:
        self.sent.append(request)
        return self.script(request)

    async def close(self) -> None: ...


@dataclass
class Facts:
    """Fills the Observer port."""

    noted: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def note(self, fact: str, **facts: object) -> None:
        self.noted.append((fact, facts))

    def named(self, fact: str) -> list[Mapping[str, object]]:
        return [facts for name, facts in self.noted if name == fact]


@dataclass
class House:
    app: FrontDoor
    flows: Flows
    store: Store
    work: Work
    sender: ScriptedSender
    facts: Facts
    client: httpx.AsyncClient

    async def webhook(self, name: str = "ServiceNow prod", **changes: Any) -> dict[str, Any]:
        answer = await self.client.put(f"/v1/webhooks/{name}", json=definition(name, **changes))
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def delivery(self, delivery_id: str, state: str) -> dict[str, Any]:
        """The delivery once it is in that state."""
        async with asyncio.timeout(5):
            while True:
                found = (await self.client.get(f"/v1/deliveries/{delivery_id}")).json()
                if found["state"] == state:
                    return found
                await asyncio.sleep(0.005)


async def remove_payloads(house: "House", kind: Kind = Kind.PAYLOADS) -> None:
    """Of everything that has ended, as the sweep would a long time later."""
    await house.store.roll_up(limit=1000)
    await house.store.index_events(limit=1000)
    before = house.flows.clock.now() + timedelta(days=1)
    found = await house.store.outdated(kind, before=before, after=None)
    await house.store.remove(kind, [one for one, _ in found.found], before=before)


def definition(name: str = "ServiceNow prod", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "url": "https://acme.service-now.com/api/now/table/incident",
        "triggers": ["RequestCreated"],
        "body": '{"short_description": "{{ data.requester.name }}"}',
        "auth": {"type": "bearer", "token": "s3cret-token"},
    } | changes


def event(**changes: Any) -> dict[str, Any]:
    data = {
        "id": "req-1",
        "requester": {"name": "Maeve O'Brien"},
        "access_groups": [{"integration": {"name": "prod db"}}],
    }
    return {"event_type": "RequestCreated", "event_time": 1764001265.852378, "data": data} | changes


@asynccontextmanager
async def open_house(folder: Path, *, options: ApiOptions | None = None, works: bool = True) -> AsyncIterator[House]:
    clock, dice, bell, facts, sender = SystemClock(), SystemDice(), LocalDoorbell(), Facts(), ScriptedSender()
    store = await open_store(folder / "grantwire.db", vault=open_vault(folder / "keys"), clock=clock, dice=dice)
    roster = Roster()
    credentials = HttpCredentials(sender=sender, store=store, clock=clock, observer=facts)
    sign = Sign(credentials=credentials, ed25519=LibraryEd25519(), clock=clock, dice=dice)
    deliver = Deliver(sender=sender, credentials=credentials, sign=sign, receipts=store, clock=clock, dice=dice)
    configure = Configure(store=store, roster=roster, allowance=ALLOWANCE, clock=clock, dice=dice, observer=facts)
    work_options = WorkOptions(stop_within=timedelta(seconds=2))
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
        targets=Targets(said=TargetLimits(), clock=clock, dice=dice),
        bell=bell,
        clock=clock,
        options=work_options,
    )
    hand_off = HandOff(work.room, work.reserve, work.cancel, work.take, work.expect, work_options.lease)

    async def metrics() -> tuple[bytes, str]:
        return b"grantwire_events_accepted_total 0\n", "text/plain; version=0.0.4; charset=utf-8"

    replay_bell = LocalDoorbell()
    run_replays = RunReplays(
        store=store, roster=roster, work=work, bell=replay_bell, clock=clock, dice=dice, observer=facts
    )
    flows = Flows(
        ingest=Ingest(store=store, roster=roster, hand_off=hand_off, clock=clock, dice=dice, observer=facts),
        configure=configure,
        rehearse=Rehearse(deliver=deliver, clock=clock, dice=dice),
        look=Look(store=store, clock=clock),
        replay=Replay(store=store, roster=roster, work=work, clock=clock, dice=dice, observer=facts),
        replays=Replays(store=store, roster=roster, bell=replay_bell, clock=clock, dice=dice, observer=facts),
        targets=work.targets,
        catalogue=KeepCatalogue(store=store, clock=clock, observer=facts),
        check_store=store.check,
        metrics=metrics,
        api_keys={sha256(KEY.encode()).digest(): "the test"},
        allowance=ALLOWANCE,
        observer=facts,
        clock=clock,
        dice=dice,
    )
    app = build_app(flows, options or ApiOptions())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {KEY}"}
    stop = asyncio.Event()
    try:
        async with (
            httpx.AsyncClient(
                transport=transport,
                base_url="http://grantwire",
                headers=headers,
                event_hooks={"response": [check_answer]},
            ) as client,
            asyncio.TaskGroup() as tasks,
        ):
            if works:
                tasks.create_task(work.run(stop))
            moves = tasks.create_task(configure.run())
            replaying = tasks.create_task(run_replays.run())
            yield House(app, flows, store, work, sender, facts, client)
            stop.set()
            moves.cancel()
            replaying.cancel()
    finally:
        await store.close()
