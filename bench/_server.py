"""A program of ours in its own process, as an operator starts it, and calls to its API.

In: a command and settings. Out: where it listens, its process id. Never: a process left behind.
"""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "bench-key-000000000000000000000000"


@dataclass(frozen=True)
class Server:
    """A running `grantwire serve`, or another program of ours."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def started(*arguments: str, **settings: object) -> Iterator[Server]:
    """Settings as in the environment, without their prefix."""
    environment = {**os.environ, **{f"GRANTWIRE_{name.upper()}": str(value) for name, value in settings.items()}}
    command = [str(Path(sys.executable).parent / "grantwire"), *arguments, "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield Server(process.pid, _port(process))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def serving(data: Path, *origins: str, **settings: object) -> AbstractContextManager[Server]:
    """`grantwire serve` that may send to these origins."""
    usual: dict[str, object] = {
        "allowed_origins": ",".join(origins),
        "bootstrap_api_key": KEY,
        "log_level": "warning",
    }
    return started("serve", "--data", str(data), **{**usual, **settings})


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if "http://127.0.0.1:" in line:
            return int(line.split("http://127.0.0.1:", 1)[1].split("/")[0].split()[0])
    raise RuntimeError("the program ended before it listened")
