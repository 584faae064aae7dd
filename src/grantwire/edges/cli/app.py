"""App: the command line as one Typer application.

In: the programs it may start. Out: commands. Never: an import that makes `--help` slow.
"""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from grantwire.edges.cli.apply import apply
from grantwire.edges.cli.deliveries import deliveries
from grantwire.edges.cli.events import events
from grantwire.edges.cli.exits import Exit, status_of
from grantwire.edges.cli.options import AsJson
from grantwire.edges.cli.output import print_json, print_line
from grantwire.edges.cli.programs import Overrides, Programs
from grantwire.edges.cli.render import render
from grantwire.edges.cli.replay import replay
from grantwire.edges.cli.webhooks import webhooks

_ABOUT = "Turns access events into tickets and log entries, and never loses one."
_EXITS = "Exit status: 0 done, 2 the caller's mistake, 70 our defect, 75 try again."
Data = Annotated[Path | None, typer.Option(help="Folder of the database and the key.", show_default="grantwire-data")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", show_default=False)]


def run(programs: Programs) -> NoReturn:
    """The whole process: reads the arguments, runs the command, ends with its status."""
    sys.exit(status_of(build_cli(programs)))


def build_cli(programs: Programs) -> typer.Typer:
    cli = typer.Typer(
        name="grantwire",
        help=f"{_ABOUT}\n\n{_EXITS}",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _add_serve(cli, programs)
    _add_demo(cli, programs)
    cli.add_typer(_sandbox(programs), name="sandbox")
    cli.command("apply")(apply)
    cli.add_typer(webhooks, name="webhooks")
    cli.add_typer(events, name="events")
    cli.command("render")(render)
    cli.add_typer(deliveries, name="deliveries")
    cli.add_typer(replay, name="replay")
    _add_check(cli, programs)
    _add_shrink(cli, programs)
    _add_version(cli, programs)
    return cli


def _given(**options: object) -> Overrides:
    return {name: value for name, value in options.items() if value is not None}


def _add_serve(cli: typer.Typer, programs: Programs) -> None:
    @cli.command("serve")
    def serve(
        *,
        data: Data = None,
        host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
        port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one.", show_default="8080")] = None,
        config: Config = None,
        help_settings: Annotated[bool, typer.Option("--help-settings", help="Print every setting and end.")] = False,
    ) -> None:
        """Run the API, the pages and the delivery in one process."""
        if help_settings:
            print_line(programs.help_settings())
            return
        programs.serve(_given(data=data, host=host, port=port), config)


def _add_demo(cli: typer.Typer, programs: Programs) -> None:
    @cli.command("demo")
    def demo(
        *,
        requests: Annotated[
            int | None,
            typer.Option(min=1, help="Play so many access requests, then end with a summary.", show_default="endless"),
        ] = None,
        port: Annotated[int | None, typer.Option(help="Port of the server.", show_default="8080")] = None,
        sandbox_port: Annotated[int | None, typer.Option(help="Port of the sandbox.", show_default="8081")] = None,
    ) -> None:
        """Run the server, the ServiceNow sandbox, the guide's webhook and sample access requests."""
        raise typer.Exit(programs.demo(_given(requests=requests, port=port, sandbox_port=sandbox_port)))


def _sandbox(programs: Programs) -> typer.Typer:
    sandbox = typer.Typer(no_args_is_help=True, help="Stand-ins for target systems.")

    @sandbox.callback()
    def group() -> None:
        """Stand-ins for target systems."""

    @sandbox.command("servicenow")
    def servicenow(
        *,
        host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
        port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one.", show_default="8081")] = None,
        tls: Annotated[bool, typer.Option("--tls", help="HTTPS with a certificate made at start.")] = False,
        user: Annotated[str | None, typer.Option(help="User name.", show_default="admin")] = None,
        password: Annotated[str | None, typer.Option(help="Password.", show_default="admin")] = None,
        client_id: Annotated[str | None, typer.Option(help="OAuth client id.", show_default="sandbox-client")] = None,
        client_secret: Annotated[
            str | None, typer.Option(help="OAuth client secret.", show_default="sandbox-secret")
        ] = None,
        seed: Annotated[int | None, typer.Option(help="Makes ids, tokens and chances repeatable.")] = None,
    ) -> None:
        """Run the ServiceNow stand-in alone."""
        given = _given(host=host, port=port, user=user, password=password, seed=seed)
        programs.sandbox({**given, **_given(client_id=client_id, client_secret=client_secret, tls=tls or None)})

    return sandbox


def _add_check(cli: typer.Typer, programs: Programs) -> None:
    @cli.command("check")
    def check(*, data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
        """Is this installation healthy: store, keys, targets, tokens; one line each, with the cure."""
        findings = programs.check(_given(data=data), config)
        if as_json:
            print_json([{"subject": one.subject, "text": one.text, "cure": one.cure} for one in findings])
        else:
            for one in findings:
                print_line(f"{'ok  ' if one.is_fine else 'BAD '} {one.subject}: {one.text}")
                if one.cure:
                    print_line(f"     {one.cure}")
        if not all(one.is_fine for one in findings):
            raise typer.Exit(Exit.CALLER)


def _add_shrink(cli: typer.Typer, programs: Programs) -> None:
    @cli.command("shrink")
    def shrink(*, data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
        """Give the free space of the database file back to the disk, while no server runs."""
        before, after = programs.shrink(_given(data=data), config)
        if as_json:
            print_json({"before_bytes": before.file_bytes, "after_bytes": after.file_bytes})
        else:
            print_line(f"before: {before.words}")
            print_line(f"after: {after.words}")


def _add_version(cli: typer.Typer, programs: Programs) -> None:
    @cli.command("version")
    def version(*, as_json: AsJson = False) -> None:
        """Print the version."""
        if as_json:
            print_json({"version": programs.version})
        else:
            print_line(programs.version)
