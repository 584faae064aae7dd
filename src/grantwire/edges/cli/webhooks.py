"""Webhooks on the command line: listed, shown, tested, paused, resumed, deleted.

In: a person's words. Out: what the server says. Never: a change of a definition (that is `apply`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from grantwire.edges.cli.client import DEFAULT_SERVER, named
from grantwire.edges.cli.definitions import as_yaml
from grantwire.edges.cli.exits import Exit
from grantwire.edges.cli.files import read_json_file
from grantwire.edges.cli.options import ApiKey, AsJson, Name, Server, client
from grantwire.edges.cli.output import print_fields, print_json, print_line, print_table

webhooks = typer.Typer(no_args_is_help=True, help="The webhooks of a server; test, pause, resume, delete one.")
_PATH = "/v1/webhooks/{}"
_STATUS = {"delivered": Exit.DONE, "retry": Exit.TRY_AGAIN, "postponed": Exit.TRY_AGAIN}


@webhooks.command("list")
def list_webhooks(*, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """List webhooks by name."""
    found = list(client(server, api_key).pages("/v1/webhooks"))
    if as_json:
        print_json(found)
    else:
        rows = ((one["name"], _switch(one), ", ".join(one["triggers"]), one["url"]) for one in found)
        print_table(("name", "status", "triggers", "url"), rows, none="no webhooks; `grantwire apply FILE` makes some")


@webhooks.command("show")
def show_webhook(
    name: Name, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Show a webhook as YAML, secrets masked."""
    found = client(server, api_key).get(named(_PATH, name))
    if as_json:
        print_json(found)
    else:
        print_line(f"# version {found['version']}, {_switch(found)}")
        print_line(as_yaml({"webhooks": [found]}).rstrip())


@webhooks.command("test")
def send_test(
    name: Name,
    *,
    event: Annotated[Path | None, typer.Option(help="A JSON file with the event to send.")] = None,
    event_type: Annotated[str | None, typer.Option(help="Send a sample of this type.")] = None,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Send one real request; exit 0 when the target took it."""
    given = {"event": None if event is None else read_json_file(event), "event_type": event_type}
    asked = {field: value for field, value in given.items() if value is not None}
    attempt = client(server, api_key).send("POST", named(_PATH, name) + "/test", asked).body
    if as_json:
        print_json(attempt)
    else:
        _print_attempt(attempt)
    raise typer.Exit(_STATUS.get(attempt["verdict"], Exit.CALLER))


@webhooks.command("pause")
def pause_webhook(
    name: Name,
    *,
    why: Annotated[str | None, typer.Option(help="The reason that people will read.")] = None,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Hold a webhook's deliveries until it is resumed."""
    asked = {} if why is None else {"why": why}
    _say(client(server, api_key).send("POST", named(_PATH, name) + "/pause", asked).body, as_json=as_json)


@webhooks.command("resume")
def resume_webhook(
    name: Name,
    *,
    per_minute: Annotated[int | None, typer.Option(min=1, help="So many in any minute; else all at once.")] = None,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Release what is held, beside new events."""
    asked = {} if per_minute is None else {"per_minute": per_minute}
    _say(client(server, api_key).send("POST", named(_PATH, name) + "/resume", asked).body, as_json=as_json)


@webhooks.command("targets")
def list_targets(*, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """List where webhooks send to, and whether it is sent to now."""
    found = client(server, api_key).get("/v1/targets")["items"]
    if as_json:
        print_json(found)
    else:
        rows = ((one["origin"], _breaker(one), one["why"], ", ".join(one["webhooks"])) for one in found)
        print_table(("target", "state", "why", "webhooks"), rows, none="no webhooks, so no targets")


@webhooks.command("delete")
def delete_webhook(
    name: Name, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Delete a webhook; what waits is cancelled, what happened stays on record."""
    client(server, api_key).send("DELETE", named(_PATH, name))
    if as_json:
        print_json({"deleted": name})
    else:
        print_line(f"{name} is deleted")


def _say(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_line(f"{found['name']} is {_switch(found)}")


def _switch(found: Mapping[str, Any]) -> str:
    if found["paused_why"] is not None:
        return f"paused: {found['paused_why']}"
    if found["release_per_minute"] is not None:
        return f"active, releasing {found['release_per_minute']} a minute"
    return "active" if found["active"] else "inactive"


def _breaker(found: Mapping[str, Any]) -> str:
    if found["state"] == "closed":
        return "sent to"
    return f"left alone since {found['since']}, next probe {found['next_probe_at'] or 'under way'}"


def _print_attempt(attempt: Mapping[str, Any]) -> None:
    request, reply = attempt["request"] or {}, attempt["reply"]
    status = f"{reply['status']} {reply['reason']}".rstrip() if reply["kind"] == "response" else reply["kind"]
    print_fields(
        [
            ("verdict", attempt["verdict"]),
            ("why", attempt["why"]),
            ("request", f"{request['method']} {request['url']}" if request else None),
            ("body", request.get("body")),
            ("answer", status),
            ("answer body", reply.get("body") or reply.get("detail")),
            ("total ms", reply.get("timings", {}).get("total_ms")),
        ]
    )
    for validator in attempt["validators"]:
        mark = "passed" if validator["passed"] else "failed"
        print_line(f"validator {validator['json_path']}: {mark}, found {', '.join(validator['found']) or 'nothing'}")
    for problem in reply.get("problems", ()):
        print_line(problem)
