"""A real server in a thread, and commands run against it as from a shell."""

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.edges.api.house import KEY, House, open_house

from grantwire.domain.retention import FileSize
from grantwire.edges.cli.app import build_cli
from grantwire.edges.cli.exits import status_of
from grantwire.edges.cli.programs import Programs
from grantwire.flow.checkup import Finding


class Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, House]]:
    """The address of a server and its house."""
    is_up, stop = threading.Event(), threading.Event()
    found: list[Any] = []

    async def main() -> None:
        async with open_house(folder) as house:
            config = uvicorn.Config(house.app, port=0, http="httptools", ws="none", log_config=None, lifespan="off")
            server = Server(config)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(server.serve())
                while not server.started:
                    await asyncio.sleep(0.005)
                port = server.servers[0].sockets[0].getsockname()[1]
                found.extend([f"http://127.0.0.1:{port}", house])
                is_up.set()
                while not stop.is_set():
                    await asyncio.sleep(0.005)
                server.should_exit = True

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        assert is_up.wait(20)
        yield found[0], found[1]
    finally:
        stop.set()
        thread.join()


@dataclass
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    programs: Programs

    def __call__(self, *words: object) -> Done:
        self.patch.setattr(sys, "argv", ["grantwire", *map(str, words)])
        self.capture.readouterr()
        status = status_of(build_cli(self.programs))
        out, err = self.capture.readouterr()
        return Done(status, out, err)


def programs(**changes: Any) -> Programs:
    def nothing(*_: object) -> None: ...

    usual: dict[str, Callable[..., Any]] = {
        "serve": nothing,
        "help_settings": lambda: "GRANTWIRE_PORT=8080",
        "demo": lambda _: 0,
        "sandbox": nothing,
        "check": lambda *_: [Finding("store", "can be read and written")],
        "shrink": lambda *_: (FileSize(3 * 2**20, 2**20), FileSize(2 * 2**20, 0)),
    }
    return Programs(**(usual | changes), version="0.1.0")


__all__ = ["KEY", "Shell", "programs", "running"]
