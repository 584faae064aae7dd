"""`grantwire`, also as `python -m grantwire`.

In: the arguments of a process. Out: its exit status. Never: an import of a server before it is asked for, so that
`--help` answers at once.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from grantwire.edges.cli.app import run
from grantwire.edges.cli.programs import Overrides, Programs

if TYPE_CHECKING:
    from grantwire.domain.retention import FileSize
    from grantwire.flow.checkup import Finding
    from grantwire.settings import Settings


def main() -> NoReturn:
    run(Programs(_serve, _help_settings, _demo, _sandbox, _check, _shrink, version("grantwire")))


def _settings(overrides: Overrides, config: Path | None) -> "Settings":
    from grantwire.settings import read_settings

    return read_settings(os.environ, file=config, overrides=overrides)


def _serve(overrides: Overrides, config: Path | None) -> None:
    import uvloop

    from grantwire.assemble import serve

    uvloop.run(serve(_settings(overrides, config)))


def _help_settings() -> str:
    from grantwire.settings import help_text

    return help_text()


def _demo(overrides: Overrides) -> int:
    import uvloop
    from rich.console import Console

    from grantwire.demo import DemoOrder, demo

    return uvloop.run(demo(DemoOrder(**overrides), Console()))  # type: ignore[arg-type]


def _sandbox(overrides: Overrides) -> None:
    import uvloop

    from grantwire.demo import sandbox_alone

    uvloop.run(sandbox_alone(overrides))


def _check(overrides: Overrides, config: Path | None) -> "Sequence[Finding]":
    import uvloop

    from grantwire.assemble import check

    return uvloop.run(check(_settings(overrides, config)))


def _shrink(overrides: Overrides, config: Path | None) -> "tuple[FileSize, FileSize]":
    import uvloop

    from grantwire.assemble import shrink

    return uvloop.run(shrink(_settings(overrides, config)))


if __name__ == "__main__":
    main()
