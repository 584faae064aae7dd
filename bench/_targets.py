"""Many targets in one process of their own, each on its own port, each well, silent or failing as it is told.

In: POST requests. Out: arrival times by event id for each target (seconds, CLOCK_MONOTONIC, which all processes share).
Never: any work that would make it the bottleneck.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import uvloop

from _sink import Requests, in_a_process

Mode = str  # "ok", "hang", or a status


class Target:
    def __init__(self) -> None:
        self.mode: Mode = "ok"
        self.seconds = 0.0
        self.at: dict[str, float] = {}


class TargetProtocol(Requests):
    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target

    def take(self, event_id: bytes) -> None:
        target = self._target
        if target.mode == "hang":
            return
        status = b"200 OK" if target.mode == "ok" else f"{target.mode} No".encode()
        if target.mode == "ok":
            target.at.setdefault(event_id.decode(), time.monotonic())
        answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
        if target.seconds:
            asyncio.get_running_loop().call_later(target.seconds, self._transport.write, answer)
        else:
            self._transport.write(answer)


def run_targets(count: int, pipe: Connection) -> None:
    uvloop.install()
    asyncio.run(_serve(count, pipe))


async def _serve(count: int, pipe: Connection) -> None:
    targets = [Target() for _ in range(count)]
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda one=one: TargetProtocol(one), "127.0.0.1", 0, backlog=1024) for one in targets
    ]
    pipe.send([server.sockets[0].getsockname()[1] for server in servers])
    done = asyncio.Event()

    def obey() -> None:
        os.set_blocking(pipe.fileno(), True)  # the loop made it non-blocking; a long answer must go out whole
        match pipe.recv():
            case ("set", index, mode, seconds):
                targets[index].mode, targets[index].seconds = mode, seconds
                pipe.send(None)
            case ("times", index):
                pipe.send(targets[index].at)
            case _:
                done.set()

    loop.add_reader(pipe.fileno(), obey)
    await done.wait()


class Targets:
    """The targets as their parent sees them."""

    def __init__(self, ports: list[int], pipe: Connection) -> None:
        self.ports = ports
        self._pipe = pipe

    @property
    def origins(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def url(self, index: int) -> str:
        return f"http://127.0.0.1:{self.ports[index]}/hook"

    def set(self, index: int, mode: Mode, *, seconds: float = 0.0) -> None:
        """How it answers from now on, and after how long."""
        self._ask(("set", index, mode, seconds))

    def times(self, index: int) -> dict[str, float]:
        """When each event was taken there first."""
        return self._ask(("times", index))  # type: ignore[no-any-return]

    def _ask(self, question: tuple[Any, ...]) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


@contextmanager
def targets(count: int) -> Iterator[Targets]:
    with in_a_process(run_targets, count) as pipe:
        yield Targets(pipe.recv(), pipe)
