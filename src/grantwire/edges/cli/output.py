"""Output: what a command prints.

In: answers of the server. Out: tables and lines for people, JSON for programs. Never: an error (that is `exits`).
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDE = 2000  # where no person looks, nothing is folded: a line stays a line for grep and cut


def console() -> Console:
    """Made when it is used, so that a test may stand in for stdout."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, none: str) -> None:
    """`none` is said when there is no row."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=name == columns[0], overflow="fold")  # what others are asked by stays whole
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        console().print(table)
    else:
        print_line(none)


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def print_fields(fields: Iterable[tuple[str, Any]]) -> None:
    """One `name  value` line each; what is None is left out."""
    given = [(name, value) for name, value in fields if value is not None and value != ""]
    width = max((len(name) for name, _ in given), default=0)
    for name, value in given:
        print_line(f"{name.ljust(width)}  {value}")
