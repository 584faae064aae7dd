"""Writes `docs/reference/api.md` and `docs/reference/cli.md` from the code: `python -m tests.edges.reference_pages`."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import typer.main
from tests.edges.cli.running import programs

from grantwire.edges.api.operation import Operation
from grantwire.edges.api.operations import OPERATIONS
from grantwire.edges.cli.app import build_cli

DOCS = Path(__file__).parents[2] / "docs" / "reference"
API_HEAD = """\
# HTTP API

Made from the code; `GET /schema` answers the same as an OpenAPI 3.1 document, with the shape of every body.

* Every call below `/v1` needs `Authorization: Bearer <API key>`; without it 401.
* Bodies are strict JSON: a key given twice, `NaN`, invalid UTF-8 and nesting beyond 64 levels are refused.
* Times are RFC 3339 in UTC. Lists come in pages of `limit` (1 to 1000, 100 when not given); `after` of one page gets
  the next and is null at the end. A query field that a call does not know is refused.
* Every answer that says no is `application/problem+json` (RFC 9457) with `problems`: **all** of them, each with
  `path`, `message`, and where they help `hint`, `line` and `column`.
* 503 comes with `Retry-After`: nothing was done, try again. 500 is our defect; its inside is in the log only.
* Secrets are written, never read back. An answer shows `•••`, which means "the value on record" when it is sent back,
  or the reference `${env:NAME}` or `${file:/path}`.
* Answers about a webhook have its version as `ETag`; send it as `If-Match` and a change that somebody made meanwhile is
  not lost: 412.
* CloudEvents 1.0: `data` is a whole event, or `type` names the event type, `time` is its time and `data` its data. The
  `id` of the CloudEvent is the id of the event.
"""
CLI_HEAD = """\
# Command line

Made from the code; `grantwire COMMAND --help` says the same.

Commands that talk to a server take `--server` (`GRANTWIRE_SERVER`) and `--api-key` (`GRANTWIRE_API_KEY`).
Exit status: 0 done, 2 the caller's mistake, 70 our defect, 75 try again.

`grantwire apply` reads files with `webhooks:` and a list; `${env:…}` and `${file:…}` go to the server as they are.
All problems of all files come at once, each with its file, line and column, and then nothing is changed.

`grantwire events send` gives an event without an id one made of its content (`event_id`), so that a file may be sent
again: what was accepted before is not delivered twice.
"""


def api_page() -> str:
    tags = list(dict.fromkeys(operation.tag for operation in OPERATIONS))
    parts = [API_HEAD]
    for tag in tags:
        parts.append(f"## {tag.capitalize()}\n")
        parts += ["\n".join(_call(operation)) for operation in OPERATIONS if operation.tag == tag]
    return "\n".join(parts)


def _call(operation: Operation) -> Iterator[str]:
    yield f"### `{operation.method} {operation.path}`\n"
    yield f"{operation.summary}. {operation.about}".rstrip() + "\n"
    for field in operation.query:
        yield f"* query `{field.name}`{' (needed)' if field.needed else ''}: {field.about}"
    for name, about in (operation.headers or {}).items():
        yield f"* header `{name}`: {about}"
    for form in operation.forms:
        yield f"* body `{form.media_type}`"
    statuses = [*(operation.answers or {}), *operation.refusals]
    yield "* answers " + ", ".join(f"{status} {HTTPStatus(status).phrase}" for status in sorted(statuses)) + "\n"


def cli_page() -> str:
    group = typer.main.get_command(build_cli(programs()))
    return "\n".join(
        [CLI_HEAD, *(text for words, command in _commands(group, "grantwire") for text in _one(words, command))]
    )


def _commands(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def _one(words: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    names = "".join(f" {each.name.upper()}{'…' if each.nargs == -1 else ''}" for each in arguments)
    yield f"## `{words}{names}`\n"
    yield f"{command.help}\n"
    for each in (*arguments, *options):
        shown = f"`{each.name.upper()}`" if each in arguments else ", ".join(f"`{flag}`" for flag in each.opts)
        yield f"* {shown}: {getattr(each, 'help', None) or 'see `--help`'}"
    yield ""


PAGES = {"api.md": api_page, "cli.md": cli_page}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
