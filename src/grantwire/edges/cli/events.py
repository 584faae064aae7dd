"""Events on the command line: sent from a file, followed as they come.

In: a file with one event, an array or a line each. Out: what the server accepted. Never: an event sent twice as two
(one without an id is given one made of its content, so that the same file may be sent again).
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from grantwire.domain.errors import NotNow, Problem, Refused
from grantwire.edges.cli.client import DEFAULT_SERVER, Client
from grantwire.edges.cli.files import json_of, read_bytes
from grantwire.edges.cli.options import ApiKey, AsJson, Server, client
from grantwire.edges.cli.output import counted, print_json, print_line
from grantwire.edges.cli.tail import tail

events = typer.Typer(no_args_is_help=True, help="Send events, or follow them.")
events.command("tail")(tail)
BATCH_EVENTS = 200
BATCH_BYTES = 8 * 1024 * 1024
BAR_AFTER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is sent, and where it stands in the file."""

    content: bytes
    place: str


@events.command("send")
def send(
    file: Annotated[Path, typer.Argument(help="JSON, a JSON array or NDJSON; - is stdin.", show_default=False)],
    *,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Send events; what was accepted before is not delivered twice when the file is sent again."""
    lines = read_lines(read_bytes(file), file)
    http = client(server, api_key)
    accepted: list[Any] = []
    with _bar(len(lines)) as advance:
        for batch in _batches(lines):
            accepted += _send(http, batch, done=len(accepted), total=len(lines))
            advance(len(batch))
    if as_json:
        print_json(accepted)
    else:
        deliveries = sum(len(one["deliveries"]) for one in accepted)
        skipped = sum(len(one["skipped"]) for one in accepted)
        words = counted(len(accepted), "event", "events"), counted(deliveries, "delivery", "deliveries")
        print_line(f"{words[0]} accepted: {words[1]}, {skipped} skipped")


def read_lines(content: bytes, file: Path) -> list[Line]:
    """Raises `Refused` for what is neither JSON nor NDJSON."""
    rows = [(number, row) for number, row in enumerate(content.splitlines(), start=1) if row.strip()]
    if len(rows) > 1 and all(row.lstrip().startswith(b"{") for _, row in rows[:2]) and _is_json(rows[0][1]):
        return [_line(_parsed(row, file, number), f"{file} line {number}", row) for number, row in rows]
    found = json_of(content, file)
    if isinstance(found, list):
        return [_line(event, f"{file} [{index}]") for index, event in enumerate(found)]
    return [_line(found, str(file))]


def _is_json(row: bytes) -> bool:
    try:
        json.loads(row)
    except (ValueError, RecursionError):
        return False
    return True


def _parsed(row: bytes, file: Path, number: int) -> Any:
    try:
        return json_of(row, file)
    except Refused as refused:
        raise Refused(refused.title, [replace(one, line=number) for one in refused.problems]) from None


def _line(event: Any, place: str, content: bytes | None = None) -> Line:
    if isinstance(event, dict) and event.get("event_id") is None and event.get("id") is None:
        digest = hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
        return Line(_compact({**event, "event_id": f"sha256:{digest[:32]}"}), place)
    return Line(content or _compact(event), place)


def _compact(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _batches(lines: Sequence[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == BATCH_EVENTS or size + len(line.content) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.content)
    if batch:
        yield batch


def _send(http: Client, batch: Sequence[Line], *, done: int, total: int) -> list[Any]:
    body = b"\n".join(line.content for line in batch)
    again = f"{done} of {total} events were accepted before; send the same file again, nothing is delivered twice"
    try:
        answers: list[Any] = http.send("POST", "/v1/events", body, content_type="application/x-ndjson").body
    except NotNow as reason:
        raise NotNow(f"{reason.title}; {again}") from None
    except Refused as refused:
        title = f"{refused.title}; {again}" if done else refused.title
        raise Refused(title, [_placed(one, batch) for one in refused.problems], why=refused.why) from None
    return answers


def _placed(problem: Problem, batch: Sequence[Line]) -> Problem:
    """With the place in the file for the index in the batch."""
    index, bracket, rest = problem.path.removeprefix("[").partition("]")
    if not (bracket and index.isdigit() and int(index) < len(batch)):
        return problem
    path = f"{batch[int(index)].place} {rest.removeprefix('.')}".rstrip()
    return Problem(path, problem.message, problem.hint)


@contextmanager
def _bar(total: int) -> Iterator[Any]:
    """A progress bar on stderr, once a second has passed, where a person looks."""
    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task("sending", total=total)
    began_at = time.monotonic()  # noqa: TID251 - how long a person has waited

    def advance(count: int) -> None:
        progress.advance(task, count)
        waited = time.monotonic() - began_at  # noqa: TID251 - the same
        if waited > BAR_AFTER_SECONDS and not progress.live.is_started and sys.stderr.isatty():
            progress.start()

    try:
        yield advance
    finally:
        progress.stop()
