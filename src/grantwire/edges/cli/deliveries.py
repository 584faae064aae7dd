"""Deliveries on the command line: listed, shown, retried, replayed, cancelled, skipped.

In: a person's words. Out: what the server says. Never: a decision.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from grantwire.edges.cli.client import DEFAULT_SERVER, named
from grantwire.edges.cli.options import ApiKey, AsJson, DeliveryId, Server, client
from grantwire.edges.cli.output import print_fields, print_json, print_line, print_table

deliveries = typer.Typer(no_args_is_help=True, help="Where deliveries stand; retry, cancel or skip one.")
_PATH = "/v1/deliveries/{}"
_COLUMNS = ("id", "state", "webhook", "event", "attempts", "due", "why")


@deliveries.command("list")
def list_deliveries(  # noqa: PLR0913 - one parameter for each option
    *,
    webhook: Annotated[str | None, typer.Option(help="Only of this webhook.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in these states, separated by commas.")] = None,
    event: Annotated[str | None, typer.Option(help="Only of this event.")] = None,
    access_request: Annotated[str | None, typer.Option(help="Only of this access request.")] = None,
    since: Annotated[str | None, typer.Option(help="Only made at this time or later (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Only made before this time (RFC 3339).")] = None,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="At most so many.")] = 50,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first."""
    asked = {"webhook": webhook, "state": state, "event": event, "access_request": access_request}
    found = list(client(server, api_key).pages("/v1/deliveries", most=number, **asked, since=since, until=until))
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, map(_row, found), none="no deliveries")


@deliveries.command("show")
def show_delivery(
    delivery: DeliveryId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Show a delivery with its attempts."""
    found = client(server, api_key).get(named(_PATH, delivery))
    if as_json:
        print_json(found)
        return
    print_fields((name, value) for name, value in found.items() if name != "attempt_list")
    for attempt in found["attempt_list"]:
        status = attempt["status"] or ("asked" if attempt["asked"] else "no answer")
        print_line(f"  attempt {attempt['number']}  {attempt['started_at']}  {status}  {attempt['why']}")
        for asked in attempt["asked"]:
            print_line(f"            asked the target: {asked}")
        print_line(f"            {attempt['id']}")


@deliveries.command("retry")
def retry_delivery(
    delivery: DeliveryId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Send a waiting or held delivery at once."""
    _say(client(server, api_key).send("POST", named(_PATH, delivery) + "/retry").body, as_json=as_json)


@deliveries.command("replay")
def replay_delivery(
    delivery: DeliveryId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Send again a delivery that ended without success, as a new one."""
    _say(client(server, api_key).send("POST", named(_PATH, delivery) + "/replay").body, as_json=as_json)


@deliveries.command("cancel")
def cancel_delivery(
    delivery: DeliveryId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Cancel a delivery that has not ended."""
    _say(client(server, api_key).send("POST", named(_PATH, delivery) + "/cancel").body, as_json=as_json)


@deliveries.command("skip")
def skip_delivery(
    delivery: DeliveryId, *, server: Server = DEFAULT_SERVER, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Skip a dead delivery that keeps later ones of its access request waiting."""
    _say(client(server, api_key).send("POST", named(_PATH, delivery) + "/skip").body, as_json=as_json)


def _say(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_line(f"{found['id']} is {found['state']}")


def _row(found: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        found["id"],
        found["state"],
        found["webhook"],
        found["event_id"],
        found["attempts"],
        found["due_at"],
        found["why"],
    )
