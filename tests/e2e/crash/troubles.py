"""Troubles: what may befall the machine under a server: a full disk, a lock, a file that cannot be written, a clock
that jumps.

In: the data folder, a dice. Out: a trouble that begins and passes. Never: one that stays when its round is over.
"""

import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tests.e2e.crash.launch import SERVE, Program, pause

DISK_MEGABYTES = 96  # the log of a busy database may have 64 of them
LOCK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


class CannotBeTriedError(Exception):
    """Not on this machine, and why."""


class Trouble(Protocol):
    entry: tuple[str, ...]

    def strike(self, program: Program, dice: random.Random) -> None:
        """Begins, lasts and passes, while the server is under load."""

    def over(self) -> None:
        """Passes at once, if it is there."""


class NoTrouble:
    entry = SERVE

    def strike(self, program: Program, dice: random.Random) -> None:
        return

    def over(self) -> None:
        return


class FullDisk:
    """A real small disk, filled to the last byte."""

    entry = SERVE

    def __init__(self, data: Path) -> None:
        self._filler = data / "filler"

    def strike(self, program: Program, dice: random.Random) -> None:
        with suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            for size in (65536, 4096, 1):
                with suppress(OSError):
                    while True:
                        filler.write(b"x" * size)
        pause(dice.uniform(0.2, 2.0))
        self.over()

    def over(self) -> None:
        self._filler.unlink(missing_ok=True)


class Quota:
    """No file of the server may grow any more: what a quota does."""

    entry = SERVE

    def __init__(self, data: Path) -> None:
        self._data = data
        self._limited: int | None = None

    def strike(self, program: Program, dice: random.Random) -> None:
        sizes = [file.stat().st_size for file in self._data.glob("grantwire.db-wal")]
        with suppress(ProcessLookupError):
            _, most = resource.prlimit(program.popen.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(program.popen.pid, resource.RLIMIT_FSIZE, (max([0, *sizes]), most))
            self._limited = program.popen.pid
            pause(dice.uniform(0.2, 2.0))
            self.over()

    def over(self) -> None:
        if self._limited is not None:
            with suppress(ProcessLookupError):
                _, most = resource.prlimit(self._limited, resource.RLIMIT_FSIZE)
                resource.prlimit(self._limited, resource.RLIMIT_FSIZE, (most, most))
            self._limited = None


class Lock:
    """Another process holds the write lock: shorter and longer than the server waits."""

    entry = SERVE

    def __init__(self, data: Path) -> None:
        self._file = data / "grantwire.db"
        self._other: subprocess.Popen[bytes] | None = None

    def strike(self, program: Program, dice: random.Random) -> None:
        for _ in range(dice.randint(1, 3)):
            arguments = [sys.executable, "-c", LOCK, str(self._file)]
            self._other = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert self._other.stdout is not None
            self._other.stdout.readline()
            pause(dice.choice((0.2, 1.0, dice.uniform(5.2, 7.0))))
            self.over()
            pause(dice.uniform(0, 0.3))

    def over(self) -> None:
        if self._other is not None:
            self._other.communicate()
            self._other = None


class ReadOnly:
    """The file of the database and its log cannot be written, not even by root, and not over handles that were open
    before. The index of the log can: it is memory, and a write to memory that fails ends the process (SIGBUS)."""

    entry = SERVE

    def __init__(self, data: Path) -> None:
        self._data = data

    def strike(self, program: Program, dice: random.Random) -> None:
        self._set("+i")
        pause(dice.uniform(0.2, 2.0))
        self.over()

    def over(self) -> None:
        self._set("-i")

    def _set(self, flag: str) -> None:
        for file in (self._data / "grantwire.db", self._data / "grantwire.db-wal"):
            if not file.exists():
                continue
            done = subprocess.run(["chattr", flag, str(file)], capture_output=True, check=False, text=True)
            if done.returncode != 0 and flag == "+i":
                self.over()
                raise CannotBeTriedError(f"no file can be made immutable here: {done.stderr.strip()}")


class JumpingClock:
    """The wall clock goes an hour forth or back, as the machine's own may; the clock that never jumps does not."""

    entry = ("-m", "tests.e2e.crash.jumping_server", "serve")

    def __init__(self, data: Path) -> None:
        self._file = data.parent / "offset"
        self._file.write_text("0")

    def strike(self, program: Program, dice: random.Random) -> None:
        for _ in range(dice.randint(1, 3)):
            self._set(dice.choice((-3600, 0, 3600)))
            pause(dice.uniform(0.2, 1.0))

    def _set(self, seconds: int) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self._file)

    def over(self) -> None:
        """A clock that has jumped stays where it is until it jumps again."""


TROUBLES = {
    "full disk": FullDisk,
    "quota": Quota,
    "lock": Lock,
    "read-only file": ReadOnly,
    "jumping clock": JumpingClock,
}


@contextmanager
def trouble(name: str, data: Path) -> Iterator[Trouble]:
    """Raises `CannotBeTriedError`."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if name != "full disk":
        made: Trouble = TROUBLES[name](data) if name else NoTrouble()
        try:
            yield made
        finally:
            made.over()
        return
    size = f"size={DISK_MEGABYTES}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(data)], capture_output=True, check=False, text=True
    )
    if mounted.returncode != 0:
        raise CannotBeTriedError(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield FullDisk(data)
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)
