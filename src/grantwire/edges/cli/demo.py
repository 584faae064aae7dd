"""Demo: the ServiceNow guide followed line by line against the sandbox, then sample access requests played through.

In: where the server and the sandbox listen. Out: each event with the incident it became, and a summary.
Never: a short cut past the server's HTTP API or the sandbox's.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grantwire.edges.cli.demo_story import Envelope, granted_request, varied_requests
from grantwire.presets.catalog import by_name

WEBHOOK = "ServiceNow demo"
ENDED = {"delivered", "dead", "skipped", "cancelled"}
PATIENCE_SECONDS = 60.0
STREAM_PAUSE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`requests` None streams without end; `run` keeps the ids of one demo apart from another's."""

    server_url: str
    api_key: str
    admin: tuple[str, str]
    sandbox_url: str
    user: str
    password: str
    client_id: str
    client_secret: str
    run: str
    requests: int | None = None


@dataclass(slots=True)
class Tally:
    accepted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    numbers: list[str] = field(default_factory=list)


async def play(options: DemoOptions, console: Console) -> int:
    """The exit status: 0 when every event became one incident, 1 when the counts differ."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        demo = Demo(options, http, console)
        await demo.follow_the_guide()
        demo.say_where_to_look()
        requests: Iterable[tuple[Envelope, ...]] = varied_requests(run=options.run)
        if options.requests is not None:
            requests = [granted_request(number + 1, run=options.run) for number in range(options.requests)]
        before = await demo.incidents()
        for events in requests:
            await demo.live_through(events)
            if options.requests is None:
                await asyncio.sleep(STREAM_PAUSE_SECONDS)  # noqa: TID251 - a pause for the eyes, at an edge
        return demo.summarise(await demo.incidents() - before)


class Demo:
    def __init__(self, options: DemoOptions, http: aiohttp.ClientSession, console: Console) -> None:
        self._options = options
        self._http = http
        self._console = console
        self._tally = Tally()

    async def follow_the_guide(self) -> None:
        """A token from the application registry, then the guide's webhook, its body letter for letter."""
        token = await self._token()
        definition = {
            **by_name()["servicenow-guide"].definition,
            "url": f"{self._options.sandbox_url}/api/now/table/incident",
            "headers": {"Authorization": f"Bearer {token}"},
            "active": True,
        }
        definition.pop("name", None)
        await self._call("PUT", f"/v1/webhooks/{WEBHOOK}", definition)

    def say_where_to_look(self) -> None:
        email, password = self._options.admin
        lines = (
            ("Console", f"{self._options.server_url}  (sign in as {email}, password {password})"),
            ("API", f"{self._options.server_url}/v1  (API key {self._options.api_key})"),
            ("OpenAPI", f"{self._options.server_url}/schema"),
            ("ServiceNow", f"{self._options.sandbox_url}  (the sandbox; user {self._options.user})"),
            ("Webhook", f"{WEBHOOK!r}: all seven triggers, the guide's body as it is"),
        )
        for name, text in lines:
            self._console.print(f"[bold]{name:<11}[/bold] {escape(text)}", soft_wrap=True, highlight=False)
        self._console.print()

    async def live_through(self, events: tuple[Envelope, ...]) -> None:
        for event in events:
            promise = await self._call("POST", "/v1/events", event)
            self._tally.accepted += 1
            for delivery in promise["deliveries"]:
                await self._report(event, await self._ended(delivery["id"]))

    async def incidents(self) -> int:
        """How many incidents the sandbox holds, asked as any client would: by the Aggregate API."""
        auth = aiohttp.BasicAuth(self._options.user, self._options.password)
        url = f"{self._options.sandbox_url}/api/now/stats/incident?sysparm_count=true"
        async with self._http.get(url, auth=auth) as answer:
            found = await answer.json()
        return int(found["result"]["stats"]["count"])

    def summarise(self, incidents: int) -> int:
        tally = self._tally
        table = Table(title="What happened", show_header=False, title_justify="left")
        table.add_row("events accepted", str(tally.accepted))
        for state, count in sorted(tally.states.items()):
            table.add_row(f"deliveries {state}", str(count))
        table.add_row("incidents in the sandbox", str(incidents))
        self._console.print(table)
        is_right = tally.accepted == tally.states["delivered"] == incidents == len(set(tally.numbers))
        if not is_right:
            self._console.print("[red]The counts differ: an event was lost, doubled or is not delivered.[/red]")
        return 0 if is_right else 1

    async def _ended(self, delivery_id: str) -> Mapping[str, Any]:
        """The delivery once it has ended, or as it is when patience ends."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            delivery = await self._call("GET", f"/v1/deliveries/{delivery_id}")
            if delivery["state"] in ENDED or asyncio.get_running_loop().time() > deadline:
                return delivery  # type: ignore[no-any-return]
            await asyncio.sleep(0.02)  # noqa: TID251 - an edge that waits for another process

    async def _report(self, event: Envelope, delivery: Mapping[str, Any]) -> None:
        self._tally.states[delivery["state"]] += 1
        number = await self._incident_number(delivery)
        if number:
            self._tally.numbers.append(number)
        outcome = (
            f"[green]{number}[/green]" if number else f"[red]{escape(delivery['state'] + ': ' + delivery['why'])}[/red]"
        )
        data = event["data"]
        name = f"{event['event_type']:<16} {data['friendly_id']}  {data['requester']['name']}"
        self._console.print(f"{escape(name):<52} → {outcome}", highlight=False, soft_wrap=True)

    async def _incident_number(self, delivery: Mapping[str, Any]) -> str | None:
        if delivery["state"] != "delivered":
            return None
        attempt = await self._call("GET", f"/v1/attempts/{delivery['attempt_list'][-1]['id']}")
        result = json.loads(attempt["reply"]["body"])["result"]
        return str(result["number"])

    async def _token(self) -> str:
        form = {
            "grant_type": "password",
            "client_id": self._options.client_id,
            "client_secret": self._options.client_secret,
            "username": self._options.user,
            "password": self._options.password,
        }
        async with self._http.post(f"{self._options.sandbox_url}/oauth_token.do", data=form) as answer:
            answer.raise_for_status()
            return str((await answer.json())["access_token"])

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._options.api_key}"}
        async with self._http.request(method, self._options.server_url + path, json=body, headers=headers) as answer:
            found = await answer.json(content_type=None)
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path} answered {answer.status}: {json.dumps(found)}")
            return found
