"""`grantwire serve` with a wall clock that others move: the Clock port filled with another one, all else as ever.

In: `serve --data FOLDER --port N`, and the seconds in the file `offset` beside the folder. Out: a server. Never: a jump
of the clock that measures how long things take; the machine's own does not jump either.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import uvloop

from grantwire.adapters.clock import SystemClock
from grantwire.assemble import serve
from grantwire.settings import read_settings


class MovedClock(SystemClock):
    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=int(self._file.read_text()))


def main() -> None:
    _, _, _, data, _, port = sys.argv
    settings = read_settings(os.environ, overrides={"data": data, "port": port})
    uvloop.run(serve(settings, clock=MovedClock(settings.data.parent / "offset")))


if __name__ == "__main__":
    main()
