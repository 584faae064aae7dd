"""Options: those that many commands share, said once.

In: nothing. Out: annotations for the parameters of commands. Never: a default that differs from one command to another.
"""

from typing import Annotated

import typer

from grantwire.edges.cli.client import DEFAULT_SERVER, Client

Server = Annotated[str, typer.Option("--server", envvar="GRANTWIRE_SERVER", help="Address of the server.")]
ApiKey = Annotated[
    str | None, typer.Option("--api-key", envvar="GRANTWIRE_API_KEY", help="API key.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Name = Annotated[str, typer.Argument(help="The webhook's name.", show_default=False)]
DeliveryId = Annotated[str, typer.Argument(help="The delivery's id.", show_default=False)]


def client(server: str = DEFAULT_SERVER, api_key: str | None = None) -> Client:
    return Client(server.rstrip("/"), api_key)
