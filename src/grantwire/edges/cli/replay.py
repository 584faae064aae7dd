"""Replay on the command line: many deliveries sent again by a job at the server.

In: a person's words. Out: what would be sent, or how far the job came until it ends. Never: a job that ends because
nobody looks any more.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from grantwire.domain.errors import Broken
from grantwire.edges.cli.client import DEFAULT_SERVER, Client, named
from grantwire.edges.cli.options import ApiKey, AsJson, Server, client
from grantwire.edges.cli.output import counted, print_fields, print_json, print_line, print_table

POLL_SECONDS = 0.3
BAR_AFTER_SECONDS = 1.0
_PATH = "/v1/replays/{}"
_OPEN = ("pending", "running")
_COLUMNS = ("id", "state", "found", "made", "refused", "asked", "by")
ReplayId = Annotated[str, typer.Argument(help="The replay's id.", show_default=False)]
_Webhooks = Annotated[list[str] | None, typer.Option("--webhook", help="Of this webhook; may be given again.")]
_All = Annotated[bool, typer.Option("--all", help="Of all webhooks.")]
_States = Annotated[list[str] | None, typer.Option("--state", help="dead, skipped or cancelled.", show_default="dead")]
_Delivered = Annotated[bool, typer.Option("--include-delivered", help="Also what the target already has.")]
_Types = Annotated[list[str] | None, typer.Option("--type", help="Of events of this type.")]
_Since = Annotated[str | None, typer.Option(help="Made at this time or later (RFC 3339).")]
_Until = Annotated[str | None, typer.Option(help="Made before this time (RFC 3339).")]
_Request = Annotated[str | None, typer.Option(help="Of this access request.")]
_Events = Annotated[list[str] | None, typer.Option("--event", help="Of this event; may be given again.")]
_Deliveries = Annotated[list[str] | None, typer.Option("--delivery", help="This one; may be given again.")]
_PerMinute = Annotated[int | None, typer.Option(min=1, help="At most so many a minute.")]
_OwnId = Annotated[str | None, typer.Option("--id", help="An id of yours: asking again starts no second one.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")]
_Follow = Annotated[str | None, typer.Option(help="Watch the replay with this id; start none.")]

replay = typer.Typer(help="Send deliveries again that ended without success.")


@replay.callback(invoke_without_command=True)
def start(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    webhook: _Webhooks = None,
    all_webhooks: _All = False,
    state: _States = None,
    include_delivered: _Delivered = False,
    event_type: _Types = None,
    since: _Since = None,
    until: _Until = None,
    access_request: _Request = None,
    event: _Events = None,
    delivery: _Deliveries = None,
    per_minute: _PerMinute = None,
    own_id: _OwnId = None,
    dry_run: _DryRun = False,
    follow: _Follow = None,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Send deliveries again. The server does it; Ctrl-C only ends the watching, and --follow takes it up again."""
    if context.invoked_subcommand is not None:
        return
    http = client(server, api_key)
    if follow is not None:
        _watch(http, http.get(named(_PATH, follow)), as_json=as_json)
        return
    given: dict[str, Any] = {
        "webhooks": "*" if all_webhooks else webhook,
        "states": _words(state),
        "event_types": _words(event_type),
    }
    given |= {"since": since, "until": until, "access_request": access_request, "event_ids": event}
    given |= {"delivery_ids": delivery, "include_delivered": include_delivered, "per_minute": per_minute}
    given |= {"id": own_id, "dry_run": dry_run}
    found = http.send("POST", "/v1/replays", {name: value for name, value in given.items() if value}).body
    say = _say_plan if dry_run else partial(_watch, http)
    say(found, as_json=as_json)


@replay.command("list")
def list_replays(
    *,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="At most so many.")] = 20,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """List replays, newest first."""
    found = list(client(server, api_key).pages("/v1/replays", most=number))
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, map(_row, found), none="no replays")


@replay.command("show")
def show_replay(
    replay_id: ReplayId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Show how far a replay came."""
    found = client(server, api_key).get(named(_PATH, replay_id))
    if as_json:
        print_json(found)
    else:
        print_fields((name, value) for name, value in found.items() if name not in {"wanted", "refused"})
        _say_refused(found["refused"])


@replay.command("cancel")
def cancel_replay(
    replay_id: ReplayId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """End a replay; what it has sent again so far stays."""
    _say_end(client(server, api_key).send("POST", named(_PATH, replay_id) + "/cancel").body, as_json=as_json)


def _watch(http: Client, job: Mapping[str, Any], *, as_json: bool) -> None:
    """Until it ends, or until nobody looks any more."""
    try:
        with _bar() as show:
            while job["state"] in _OPEN:
                show(job)
                time.sleep(POLL_SECONDS)
                job = http.get(named(_PATH, job["id"]))
    except KeyboardInterrupt:
        told = f"The replay {job['id']} goes on at the server: {job['made']} of {job['found']} so far.\n"
        ways = f"Watch it:  grantwire replay --follow {job['id']}\nEnd it:    grantwire replay cancel {job['id']}\n"
        sys.stderr.write(f"\n{told}{ways}")
        return
    _say_end(job, as_json=as_json)
    if job["state"] == "failed":
        raise Broken(f"the replay {job['id']} failed: {job['why']}")


def _say_end(job: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(job)
        return
    why = f" {job['why']}" if job["why"] else ""
    gone = f", {job['gone']} gone meanwhile" if job["gone"] else ""
    made = counted(job["made"], "new delivery", "new deliveries")
    print_line(f"{job['id']} is {job['state']}{why}: {made}, {sum(job['refused'].values())} refused{gone}")
    _say_refused(job["refused"])


def _say_plan(plan: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    more = " or more" if plan["has_more"] else ""
    sent = plan["count"] - sum(one["count"] for one in plan["by_webhook"] if one["refused"])
    print_line(f"{counted(sent, 'delivery', 'deliveries')}{more} would be sent again")
    for one in plan["by_webhook"]:
        notice = one["refused"] or one["held"]
        print_line(f"  {one['count']} of {one['webhook']}{f' ({notice})' if notice else ''}")
    print_fields(
        [
            ("  states", _counts(plan["by_state"])),
            ("  event types", _counts(plan["by_event_type"])),
            ("  oldest", plan["oldest_at"]),
            ("  newest", plan["newest_at"]),
        ]
    )
    _say_refused(plan["refused"])


def _say_refused(refused: Mapping[str, int]) -> None:
    for why, count in refused.items():
        print_line(f"  refused: {count}, {why}")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _words(given: Sequence[str] | None) -> list[str]:
    """Several may be given one by one, or with commas between."""
    return [word.strip() for text in given or () for word in text.split(",")]


def _row(job: Mapping[str, Any]) -> tuple[object, ...]:
    refused = sum(job["refused"].values())
    return job["id"], job["state"], job["found"], job["made"], refused, job["requested_at"], job["requested_by"]


@contextmanager
def _bar() -> Iterator[Any]:
    """A progress bar on stderr, once a second has passed, where a person looks."""
    progress = Progress(console=Console(stderr=True), transient=True)
    task = progress.add_task("counting", total=None)
    began_at = time.monotonic()  # noqa: TID251 - how long a person has waited

    def show(job: Mapping[str, Any]) -> None:
        if job["state"] == "running":
            done = job["made"] + sum(job["refused"].values())
            progress.update(task, description="sending again", completed=done, total=max(1, job["found"]))
        waited = time.monotonic() - began_at  # noqa: TID251 - the same
        if waited > BAR_AFTER_SECONDS and not progress.live.is_started and sys.stderr.isatty():
            progress.start()

    try:
        yield show
    finally:
        progress.stop()
