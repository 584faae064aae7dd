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


def console() -> Console:
    """Made when it is used, so that a test may stand in for stdout."""
    return Console(highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, none: str) -> None:
    """`none` is said when there is no row."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        console().print(table)
    else:
        print_line(none)


def print_fields(fields: Iterable[tuple[str, Any]]) -> None:
    """One `name  value` line each; what is None is left out."""
    given = [(name, value) for name, value in fields if value is not None and value != ""]
    width = max((len(name) for name, _ in given), default=0)
    for name, value in given:
        print_line(f"{name.ljust(width)}  {value}")
