"""Demo: the server and the stand-in ServiceNow in one process, and the main job played on them; or the stand-in alone.

In: how many access requests to play. Out: the exit status. Never: an adapter (see `assemble`), or data that stays.
"""

import asyncio
import secrets
import signal
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from grantwire.assemble import Say, say_now, serve, stop_at_signals
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.secret import Secret
from grantwire.edges.cli.demo import DemoOptions, play
from grantwire.sandbox import serve as sandbox
from grantwire.sandbox.options import SandboxOptions
from grantwire.settings import Settings

DEMO_ADMIN = "admin@example.com"


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """What a person asked of the demo; `requests` None streams without end."""

    requests: int | None = None
    port: int = 8080
    sandbox_port: int = 8081


async def demo(order: DemoOrder, console: Console) -> int:
    """Server and sandbox on free ports where the usual ones are taken, data in a folder that goes with the demo."""
    stop, key = asyncio.Event(), Secret(f"gw_demo_{secrets.token_urlsafe(18)}")
    sandbox_options = SandboxOptions(port=_usual_or_free(order.sandbox_port))
    with tempfile.TemporaryDirectory(prefix="grantwire-demo-") as folder:
        settings = Settings(
            data=Path(folder),
            port=_usual_or_free(order.port),
            allowed_origins=(f"http://127.0.0.1:{sandbox_options.port}",),
            bootstrap_api_key=key,
            bootstrap_admin=(DEMO_ADMIN, Secret(secrets.token_urlsafe(9))),
            log_level="warning",
        )
        options = _demo_options(order, settings, sandbox_options)
        async with asyncio.TaskGroup() as tasks:
            sandbox_is_up, server_is_up = asyncio.Event(), asyncio.Event()
            for name in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(name, stop.set)
            tasks.create_task(sandbox.serve(sandbox_options, started=lambda _: sandbox_is_up.set(), stop=stop))
            tasks.create_task(serve(settings, say=lambda _: server_is_up.set(), stop=stop))
            await sandbox_is_up.wait()
            await server_is_up.wait()
            playing = tasks.create_task(play(options, console))
            ending = tasks.create_task(stop.wait())
            await asyncio.wait({playing, ending}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            if not playing.done():
                playing.cancel()
        return 0 if playing.cancelled() else playing.result()


def _demo_options(order: DemoOrder, settings: Settings, sandbox_options: SandboxOptions) -> DemoOptions:
    key, admin = settings.bootstrap_api_key, settings.bootstrap_admin
    return DemoOptions(
        server_url=f"http://{settings.host}:{settings.port}",
        api_key="" if key is None else key.reveal(),
        admin=("", "") if admin is None else (admin[0], admin[1].reveal()),
        sandbox_url=sandbox.url_of(sandbox_options),
        user=sandbox_options.user,
        password=sandbox_options.password,
        client_id=sandbox_options.client_id,
        client_secret=sandbox_options.client_secret,
        run=secrets.token_hex(3),
        requests=order.requests,
    )


def _usual_or_free(port: int) -> int:
    """The usual port, or one the system picks when somebody listens there."""
    for candidate in (port, 0):
        try:
            with socket.create_server(("127.0.0.1", candidate)) as probe:
                return int(probe.getsockname()[1])
        except OSError:
            continue
    raise Refused("no port is free on 127.0.0.1", [Problem("port", "not even one that the system picks.")])


async def sandbox_alone(chosen: Mapping[str, object], *, say: Say = say_now) -> None:
    """The ServiceNow stand-in by itself, until a signal."""
    options = SandboxOptions(**chosen)  # type: ignore[arg-type]
    stop = stop_at_signals()
    try:
        await sandbox.serve(
            options, started=lambda running: say(sandbox.banner(running.options, running.certificate)), stop=stop
        )
    except OSError as fault:
        hint = "Choose another with --port (0 takes a free one), or stop what listens there."
        problem = Problem("port", f"{fault.strerror}.", hint)
        raise Refused(f"cannot listen on {options.host}:{options.port}", [problem]) from None
