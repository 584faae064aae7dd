"""Folder lock: one serving process per data folder.

In: the folder. Out: a lock that ends with the process, however it ends. Never: a wait.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grantwire.domain.errors import Problem, Refused


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Raises `Refused`, naming the other process, when the folder is served already."""
    with (folder / "grantwire.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip() or "unknown"
            hint = "Stop it first, or give this one another folder with --data."
            problem = Problem("data", f"{folder} is served by process {other}.", hint)
            raise Refused("another server works on this folder", [problem]) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
