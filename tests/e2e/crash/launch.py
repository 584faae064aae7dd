"""Launch: the programs of a round, each writing to a file, so that nobody has to read a pipe while it is killed.

In: a command, a log file. Out: a running program and its address. Never: a signal to anything it did not start.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.processes import KEY, Process

PATIENCE_SECONDS = 180.0  # for what takes seconds; a machine may stand still for a while
SERVE = ("-m", "grantwire", "serve")
_PAUSE = threading.Event()


def pause(seconds: float) -> None:
    """For what happens in another process, which cannot tell this one."""
    _PAUSE.wait(seconds)


class Program:
    """`url` waits until it listens; `kill` is a crash: no handler runs."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        self._from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as file:
            self.popen = subprocess.Popen(
                [sys.executable, *arguments], stdout=file, stderr=file, env={**os.environ, **environment}, text=True
            )
        self._url = ""

    @property
    def url(self) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._url:
            found = re.search(r"https?://127\.0\.0\.1:\d+", self.said())
            if found:
                self._url = found[0]
            elif self.popen.poll() is not None:
                raise AssertionError(f"ended before it listened: {self.said()}")
            else:
                assert time.monotonic() < deadline, f"does not listen: {self.said()}"
                pause(0.02)
        return self._url

    def said(self) -> str:
        """Since this start."""
        with self._log.open("rb") as file:
            file.seek(self._from)
            return file.read().decode(errors="replace")

    @property
    def api(self) -> Process:
        return Process(self.popen, self.url)

    def kill(self) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(60)

    def stop(self) -> int:
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(PATIENCE_SECONDS)


@contextmanager
def running(arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Program]:
    program = Program(arguments, log, environment or {})
    try:
        yield program
    finally:
        program.kill()


class Servers:
    """One server after the other on one data folder."""

    def __init__(
        self, folder: Path, origins: Sequence[str], settings: Mapping[str, str], entry: Sequence[str] = SERVE
    ) -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        self._entry = entry
        self._environment = {
            "GRANTWIRE_BOOTSTRAP_API_KEY": KEY,
            "GRANTWIRE_BOOTSTRAP_ADMIN": "admin@example.com:correct horse battery",
            "GRANTWIRE_ALLOWED_ORIGINS": ",".join(origins),
            "GRANTWIRE_LOG_LEVEL": "warning",
            **{f"GRANTWIRE_{name.upper()}": value for name, value in settings.items()},
        }
        self.now: Program | None = None

    def start(self) -> Program:
        self.end()
        self.now = Program([*self._entry, "--data", str(self.data), "--port", "0"], self.log, self._environment)
        return self.now

    @property
    def lives(self) -> Program | None:
        return self.now if self.now is not None and self.now.popen.poll() is None else None

    def end(self) -> None:
        if self.now is not None:
            self.now.kill()


@contextmanager
def servers(
    folder: Path, origins: Sequence[str], settings: Mapping[str, str], entry: Sequence[str] = SERVE
) -> Iterator[Servers]:
    made = Servers(folder, origins, settings, entry)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def sandbox(folder: Path, seed: int) -> Iterator[Program]:
    """The stand-in alone, remembering every request of a round."""
    arguments = ["-m", "grantwire.sandbox", "--port", "0", "--seed", str(seed), "--remembered-requests", "1000000"]
    with running(arguments, folder / "sandbox.log") as program:
        yield program
