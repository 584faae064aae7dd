"""Programs: what a command may start that the command line itself does not know.

In: functions that `assemble` fills in. Out: a frozen bundle. Never: an import of what they start (help must be quick).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grantwire.domain.retention import FileSize
    from grantwire.flow.checkup import Finding

#: Settings given on the command line, by their names; the strongest source.
Overrides = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Programs:
    """`serve`, `demo` and `sandbox` return when they have ended; `demo` with the exit status, `shrink` with the size of
    the database file before and after. They raise the three families of errors. A `Path` is the settings file
    (`--config`); the mappings hold only what was given."""

    serve: Callable[[Overrides, Path | None], None]
    help_settings: Callable[[], str]
    demo: Callable[[Overrides], int]
    sandbox: Callable[[Overrides], None]
    check: Callable[[Overrides, Path | None], Sequence[Finding]]
    shrink: Callable[[Overrides, Path | None], tuple[FileSize, FileSize]]
    version: str
