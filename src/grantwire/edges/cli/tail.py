"""Tail: events and their deliveries as they come.

In: a server. Out: a line for each event, and for each delivery whenever its state changes, until stopped.
Never: a line twice.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from grantwire.edges.cli.client import DEFAULT_SERVER, Client, named
from grantwire.edges.cli.options import ApiKey, AsJson, Server, client
from grantwire.edges.cli.output import print_line

POLL_SECONDS = 1.0
PAGE = 200
_ENDED = {"delivered", "dead", "skipped", "cancelled"}
Say = Callable[[str, Mapping[str, Any]], None]


def tail(
    *,
    number: Annotated[int, typer.Option("--number", "-n", min=0, help="Begin with so many past events.")] = 10,
    once: Annotated[bool, typer.Option("--once", help="Print those and end.")] = False,
    server: Server = DEFAULT_SERVER,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Follow events and deliveries live; with --json a line of JSON each."""
    follower = Follower(client(server, api_key), _say_json if as_json else _say)
    follower.begin(number)
    while not once:
        time.sleep(POLL_SECONDS)
        follower.look()


class Follower:
    """Remembers what was said, and which deliveries have not ended."""

    def __init__(self, http: Client, say: Say) -> None:
        self._http = http
        self._say = say
        self._seen: dict[str, None] = {}
        self._states: dict[str, str] = {}

    def begin(self, number: int) -> None:
        newest = self._http.get("/v1/events", limit=max(number, 1))["items"]
        for event in reversed(newest[:number]):
            self._tell(event)
        self._seen |= {event["id"]: None for event in newest}

    def look(self) -> None:
        """What came since, oldest first, then what changed."""
        fresh = []
        for event in self._http.pages("/v1/events"):
            if event["id"] in self._seen:
                break
            fresh.append(event)
        for event in reversed(fresh):
            self._tell(event)
        for delivery_id in list(self._states):
            self._tell_delivery(self._http.get(named("/v1/deliveries/{}", delivery_id)))

    def _tell(self, event: Mapping[str, Any]) -> None:
        self._seen[event["id"]] = None
        self._say("event", event)
        for delivery in event["deliveries"]:
            self._tell_delivery(delivery)

    def _tell_delivery(self, delivery: Mapping[str, Any]) -> None:
        if self._states.get(delivery["id"]) != delivery["state"]:
            self._say("delivery", delivery)
        if delivery["state"] in _ENDED:
            self._states.pop(delivery["id"], None)
        else:
            self._states[delivery["id"]] = delivery["state"]


def _say(kind: str, fact: Mapping[str, Any]) -> None:
    if kind == "event":
        request = fact["access_request_id"] or ""
        print_line(f"{fact['accepted_at']}  {fact['type']}  {request}  {fact['id']}")
    else:
        why = f"  {fact['why']}" if fact["why"] else ""
        print_line(f"    {fact['webhook']}: {fact['state']}{why}  {fact['id']}")


def _say_json(kind: str, fact: Mapping[str, Any]) -> None:
    print_line(json.dumps({kind: fact}, ensure_ascii=False))
