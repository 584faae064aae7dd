"""Assemble: the only file that knows which adapter fills which port; starts what this process was asked to run.

In: settings. Out: a running process and its exit status. Never: a decision about an event, a delivery or a target.
"""

import asyncio
import gc
import hashlib
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import msgspec
import uvicorn

from grantwire.adapters.clock import SystemClock
from grantwire.adapters.dice import SystemDice
from grantwire.adapters.doorbell import LocalDoorbell
from grantwire.adapters.ed25519 import LibraryEd25519
from grantwire.adapters.folder_lock import alone_in
from grantwire.adapters.observe.observer import FactObserver
from grantwire.adapters.outbound.certificate_desk import CertificateDesk
from grantwire.adapters.outbound.credentials import HttpCredentials
from grantwire.adapters.outbound.references import References
from grantwire.adapters.outbound.sender import HttpSender
from grantwire.adapters.outbox import Outbox
from grantwire.adapters.passwords import Argon2Passwords
from grantwire.adapters.store.open import open_store
from grantwire.adapters.store.shrink import shrink_file
from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.retention import FileSize
from grantwire.edges.api.app import build_app
from grantwire.edges.api.flows import ApiOptions, Flows
from grantwire.edges.api.server import HttpProtocol
from grantwire.edges.web.app import console_routes
from grantwire.edges.web.faults import answer_lost
from grantwire.edges.web.flows import WebFlows
from grantwire.flow.announce import Announce
from grantwire.flow.checkup import Checkup, Finding
from grantwire.flow.configure import Configure
from grantwire.flow.deliver import Deliver
from grantwire.flow.drafts import Drafts
from grantwire.flow.exchange import Exchange
from grantwire.flow.health import CheckHealth
from grantwire.flow.ingest import HandOff, Ingest
from grantwire.flow.keep_catalogue import KeepCatalogue
from grantwire.flow.live import Live
from grantwire.flow.look import Look
from grantwire.flow.past import Past
from grantwire.flow.rehearse import Rehearse
from grantwire.flow.replay import Replay
from grantwire.flow.replays import Replays
from grantwire.flow.retain import Retain
from grantwire.flow.roll_up import RollUp
from grantwire.flow.roster import Roster
from grantwire.flow.sign import Sign
from grantwire.flow.sign_in import SignIn
from grantwire.flow.targets import Targets
from grantwire.flow.together import DeliverTogether, Trips
from grantwire.flow.work import Reactions, Work, WorkOptions
from grantwire.ports import Clock, Credentials, Sealer, Store
from grantwire.settings import Settings
from grantwire.sweeps import Sweeps, sweeps_of

BATCH_ANSWER_BYTES = 32 * 1024 * 1024  # of a hundred records of all columns, in base64
Say = Callable[[str], None]
say_now: Say = partial(print, flush=True)  # a person, or a program that reads the port, waits for it
load_json = msgspec.json.decode  # for the rings that may not import it


@dataclass(frozen=True, slots=True)
class World:
    """What fills the ports."""

    clock: Clock
    dice: SystemDice
    bell: LocalDoorbell
    replay_bell: LocalDoorbell
    observer: FactObserver
    store: Store
    sender: HttpSender
    batch_sender: HttpSender
    credentials: HttpCredentials
    sealer: Sealer
    certificates: CertificateDesk


@dataclass(frozen=True, slots=True)
class House:
    """Everything of one process, connected."""

    settings: Settings
    store: Store
    configure: Configure
    work: Work
    sweeps: Sweeps
    announce: Announce
    checkup: Checkup
    flows: Flows
    web: WebFlows
    api_keys: dict[bytes, str]


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock | None = None) -> AsyncIterator[House]:
    """Opens the store (migrating it), and closes everything in the opposite order. Another `clock` than the machine's
    is for those who try what a wrong one does."""
    clock, dice, bell = clock or SystemClock(), SystemDice(), LocalDoorbell()
    observer = FactObserver(level=settings.log_level, otlp_endpoint=settings.otlp_endpoint or None)
    vault = open_vault(settings.data / "grantwire.key")
    store = await open_store(settings.database_path, vault=vault, clock=clock, dice=dice)
    references = References()
    sender = _sender(settings, references, cap_bytes=settings.response_cap_bytes)
    batch_sender = _sender(settings, references, cap_bytes=BATCH_ANSWER_BYTES)
    credentials = HttpCredentials(sender=sender, store=store, clock=clock, observer=observer, references=references)
    try:
        desk = CertificateDesk(references)
        rings = (bell, LocalDoorbell())
        world = World(clock, dice, *rings, observer, store, sender, batch_sender, credentials, vault, desk)
        yield _connect(settings, world)
    finally:
        await sender.close()
        await batch_sender.close()
        await store.close()
        observer.close()


def _sender(settings: Settings, references: References, *, cap_bytes: int) -> HttpSender:
    return HttpSender(
        settings.allowance,
        body_cap_bytes=cap_bytes,
        extra_ca_file=settings.extra_ca_file,
        references=references,
        egress=settings.egress,
    )


def _deliver(world: World, credentials: Credentials) -> Deliver:
    return Deliver(
        sender=world.sender,
        credentials=credentials,
        sign=_signer(world),
        receipts=world.store,
        clock=world.clock,
        dice=world.dice,
        load_json=load_json,
    )


def _connect(settings: Settings, world: World) -> House:
    roster = Roster()
    configure = Configure(
        store=world.store,
        roster=roster,
        allowance=settings.allowance,
        clock=world.clock,
        dice=world.dice,
        observer=world.observer,
        certificates=world.certificates,
    )
    announce = Announce(store=world.store, roster=roster, clock=world.clock, dice=world.dice, observer=world.observer)
    targets = _targets(settings, world)
    work = Work(
        store=world.store,
        roster=roster,
        trips=_trips(settings, world),
        react=Reactions(configure.pause, announce.note_settled, announce.note_opened, world.observer),
        targets=targets,
        bell=world.bell,
        clock=world.clock,
        options=WorkOptions(timedelta(seconds=settings.lease_seconds), timedelta(seconds=settings.stop_seconds)),
    )
    sweeps = sweeps_of(world, roster=roster, configure=configure, work=work)
    checkup = _checkup(settings, world)
    keys: dict[bytes, str] = {}
    flows = _flows(settings, world, roster=roster, configure=configure, work=work, keys=keys)
    web = _web_flows(settings, world, flows, roster)
    return House(settings, world.store, configure, work, sweeps, announce, checkup, flows, web, keys)


def _trips(settings: Settings, world: World) -> Trips:
    alone = _deliver(world, world.credentials)
    together = DeliverTogether(
        exchange=Exchange(sender=world.batch_sender, credentials=world.credentials, sign=_signer(world)),
        alone=alone,
        clock=world.clock,
        dice=world.dice,
        answer_cap_bytes=settings.response_cap_bytes,
        load_json=load_json,
    )
    return Trips(alone, together)


def _checkup(settings: Settings, world: World) -> Checkup:
    return Checkup(
        store=world.store,
        sender=world.sender,
        credentials=world.credentials,
        clock=world.clock,
        retention=settings.retention,
        ask_proxy=world.sender.ask_proxy,
    )


def _targets(settings: Settings, world: World) -> Targets:
    return Targets(
        said=settings.limits_of_targets,
        clock=world.clock,
        dice=world.dice,
        faults_in_a_row=settings.breaker_faults,
    )


def _signer(world: World) -> Sign:
    return Sign(credentials=world.credentials, ed25519=LibraryEd25519(), clock=world.clock, dice=world.dice)


def _web_flows(settings: Settings, world: World, flows: Flows, roster: Roster) -> WebFlows:
    """The console asks the same flows as the API, and a few of its own."""
    store, clock, dice, observer = world.store, world.clock, world.dice, world.observer
    lasts = timedelta(hours=settings.session_hours)
    return WebFlows(
        configure=flows.configure,
        rehearse=flows.rehearse,
        look=flows.look,
        past=Past(store),
        replay=flows.replay,
        replays=flows.replays,
        targets=flows.targets,
        catalogue=flows.catalogue,
        roll_up=RollUp(store=store, clock=clock, observer=observer),
        retain=Retain(store=store, retention=settings.retention, clock=clock, observer=observer),
        health=CheckHealth(store=store, roster=roster, clock=clock, certificate_end=world.certificates.end),
        live=Live(clock=clock),
        sign=_signer(world),
        sign_in=SignIn(
            store=store, passwords=Argon2Passwords(), lasts=lasts, clock=clock, dice=dice, observer=observer
        ),
        drafts=Drafts(sealer=world.sealer, clock=clock),
        credentials=world.credentials.for_a_person(),
        observer=observer,
        clock=clock,
        dice=dice,
    )


def _flows(
    settings: Settings,
    world: World,
    *,
    roster: Roster,
    configure: Configure,
    work: Work,
    keys: dict[bytes, str],
) -> Flows:
    store, clock, dice, observer = world.store, world.clock, world.dice, world.observer
    look = Look(store=store, clock=clock)
    lease = timedelta(seconds=settings.lease_seconds)
    hand_off = HandOff(work.room, work.reserve, work.cancel, work.take, work.expect, lease)
    return Flows(
        ingest=Ingest(store=store, roster=roster, hand_off=hand_off, clock=clock, dice=dice, observer=observer),
        configure=configure,
        rehearse=Rehearse(deliver=_deliver(world, world.credentials.for_a_person()), clock=clock, dice=dice),
        look=look,
        replay=Replay(store=store, roster=roster, work=work, clock=clock, dice=dice, observer=observer),
        replays=Replays(store=store, roster=roster, bell=world.replay_bell, clock=clock, dice=dice, observer=observer),
        targets=work.targets,
        catalogue=KeepCatalogue(store=store, clock=clock, observer=observer),
        check_store=store.check,
        proxy_trouble=lambda: world.sender.proxy_trouble() or world.batch_sender.proxy_trouble(),
        metrics=lambda: observer.metrics(look.backlog),
        api_keys=keys,
        allowance=settings.allowance,
        observer=observer,
        clock=clock,
        dice=dice,
    )


async def serve(
    settings: Settings, *, say: Say = say_now, stop: asyncio.Event | None = None, clock: Clock | None = None
) -> None:
    """Listens, delivers, and ends when told to by a signal or `stop`; nothing that was accepted is lost by a stop."""
    stop = stop or stop_at_signals()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone_in(settings.data), _listening(settings) as listener:
        async with open_house(settings, clock) as house:
            address = f"http://{settings.host}:{listener.getsockname()[1]}"
            server = _Server(_uvicorn_config(house))  # refuses to go on before anything is shown only once
            await _first_key(house, say)
            await _first_person(house, say, address=address)
            await house.configure.load()
            await house.work.begin()
            house.configure.resume_moves()
            await house.announce.remember()
            _calm_the_collector()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(house.work.run(stop))
                sweeps = (house.configure.run(), house.web.roll_up.run(), house.web.retain.run(), *_runs(house))
                beside = [tasks.create_task(one) for one in sweeps]
                tasks.create_task(server.serve(sockets=[listener]))
                say(f"Grantwire listens on {address}")
                house.flows.observer.note("process.started", address=address)
                await stop.wait()
                house.flows.observer.note("process.stopping")
                house.web.live.close()
                server.should_exit = True
                for task in beside:
                    task.cancel()
            house.flows.observer.note("process.stopped")


def _runs(house: House) -> tuple[Coroutine[None, None, None], ...]:
    announce, accept = house.announce, house.flows.ingest.accept
    return *house.sweeps.runs(), announce.run(accept), announce.watch_credentials(accept, house.web.health.ends)


def _calm_the_collector() -> None:
    """What the start made lives as long as the process: the collector need not look through it for cycles again and
    again, nor at every few events for those of a few events (decision 0006)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _Server(uvicorn.Server):
    """Signals are this file's business: a stop first hands back what is held."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _uvicorn_config(house: House) -> uvicorn.Config:
    settings = house.settings
    options = ApiOptions(
        max_event_bytes=settings.max_event_bytes,
        max_batch_bytes=settings.max_batch_bytes,
        max_batch_events=settings.max_batch_events,
    )
    return uvicorn.Config(
        build_app(
            house.flows,
            options,
            beside=console_routes(house.web),
            answer_lost=answer_lost,
            write=Outbox().write,
        ),
        http=HttpProtocol,
        loop="none",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,  # longer than callers keep idle connections, so that they close first
        timeout_graceful_shutdown=settings.stop_seconds,
    )


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Raises `Refused` when the address cannot be had."""
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as fault:
        where = f"{settings.host}:{settings.port}"
        hint = "Choose another with --port (0 takes a free one), or stop what listens there."
        raise Refused(f"cannot listen on {where}", [Problem("port", f"{fault.strerror}.", hint)]) from None
    with listener:
        yield listener


async def _first_key(house: House, say: Say) -> None:
    """The bootstrap key where one is set; else, at the very first start, a new key that is shown once."""
    known = await house.store.api_key_names()
    given = house.settings.bootstrap_api_key
    if given is not None:
        await _keep_key(house, given.reveal(), name="bootstrap", known=known)
    elif not known:
        key = f"gw_{secrets.token_urlsafe(32)}"
        await _keep_key(house, key, name="first", known=known)
        say(f"The first API key, shown only now: {key}")
    house.api_keys.update(await house.store.api_key_names())


async def _first_person(house: House, say: Say, *, address: str) -> None:
    """The administrator of the settings; else, at the very first start, one whose password is shown once."""
    made = await house.web.sign_in.make_first(house.settings.bootstrap_admin)
    if made is not None:
        email, password = made
        say(f"Sign in at {address}/sign-in as {email} with the password, shown only now: {password.reveal()}")


async def _keep_key(house: House, key: str, *, name: str, known: Mapping[bytes, str]) -> None:
    digest = hashlib.sha256(key.encode()).digest()
    if digest not in known:
        await house.store.put_api_key(digest, name=name, now=house.flows.clock.now())


def stop_at_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop


async def check(settings: Settings) -> Sequence[Finding]:
    """Looks this installation over, whether or not a server runs on it."""
    if not settings.database_path.exists():
        cure = "Name the right folder with --data, or start `grantwire serve` once."
        return [Finding("data", f"there is no {settings.database_path}", cure)]
    async with open_house(settings) as house:
        return await house.checkup.findings()


async def shrink(settings: Settings) -> tuple[FileSize, FileSize]:
    """Gives the free space of the database file back to the disk: its size before and after. Raises `Refused` while a
    server works on the folder."""
    if not settings.database_path.exists():
        problem = Problem("data", f"there is no {settings.database_path}.", "Name the right folder with --data.")
        raise Refused("there is nothing to shrink", [problem])
    with alone_in(settings.data):
        return await asyncio.to_thread(shrink_file, settings.database_path)
