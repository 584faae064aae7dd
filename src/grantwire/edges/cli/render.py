"""Render on the command line, without a server.

In: a template file and an event file. Out: the text, or every problem with its line, column and a caret.
Never: anything sent.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from grantwire.edges.cli.exits import Exit
from grantwire.edges.cli.files import read_json_file, read_text
from grantwire.edges.cli.options import AsJson
from grantwire.edges.cli.output import print_json


def render(
    *,
    template: Annotated[Path, typer.Option(help="The template file.", show_default=False)],
    event: Annotated[Path, typer.Option(help="A JSON file with the event.", show_default=False)],
    content_type: Annotated[str, typer.Option(help="Decides how values are escaped.")] = "application/json",
    strict: Annotated[bool, typer.Option("--strict", help="A missing field is an error.")] = False,
    receipt: Annotated[
        Path | None, typer.Option(help="A JSON file with what {{ receipt.… }} prints.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Render a template offline: the text, or every problem with line and column."""
    # The template language takes a tenth of a second to import, which every other command would pay.
    from grantwire.edges.cli.rendering import rendered  # noqa: PLC0415

    known = {} if receipt is None else read_json_file(receipt)
    found = rendered(
        read_text(template), read_json_file(event), content_type=content_type, strict=strict, receipt=known
    )
    if as_json:
        print_json(found.as_json())
    else:
        if found.words:
            sys.stderr.write(f"{template}\n{found.words}\n")
        sys.stdout.write(found.text or "")
    if found.text is None:
        raise typer.Exit(Exit.CALLER)
