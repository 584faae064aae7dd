"""Targets: whom a round sends to, and who counts what came.

In: the faults of a plan. Out: an address for the webhook, and what was seen. Never: a count by our own server.
"""

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from tests.e2e.crash.count import Seen, seen
from tests.e2e.crash.hostile import Hostile
from tests.e2e.crash.launch import Program
from tests.e2e.crash.tickets import Ticket, tickets_found, traces
from tests.e2e.crash.webhooks import oauth
from tests.e2e.processes import eventually

ADMINISTRATOR = f"Basic {b64encode(b'admin:admin').decode()}"


class Target(Protocol):
    @property
    def origin(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, str]:
        """What a server needs to send there."""

    @property
    def auth(self) -> Mapping[str, Any]: ...

    def misbehave(self, faults: Sequence[Mapping[str, Any]]) -> None: ...

    def behave(self) -> None: ...

    def seen(self, accepted: Sequence[str]) -> Seen:
        """Once nothing is being served any more: work that comes late counts, too. `accepted` are the events on record,
        in their order."""


class SandboxTarget:
    """The stand-in, as if just started. `has_tickets`: an incident is of an access request, not of an event."""

    settings: Mapping[str, str] = {}

    def __init__(self, program: Program, *, has_tickets: bool = False) -> None:
        self._api = program.api
        self._has_tickets = has_tickets
        self.origin = program.url
        self.auth = oauth(program.url)
        self._api.call("POST", "/sandbox/reset", {})

    def misbehave(self, faults: Sequence[Mapping[str, Any]]) -> None:
        if faults:
            self._api.call("POST", "/sandbox/faults", list(faults))

    def behave(self) -> None:
        self._api.call("DELETE", "/sandbox/faults")

    def seen(self, accepted: Sequence[str]) -> Seen:
        requests: list[dict[str, Any]] = []

        def is_quiet() -> bool:
            requests[:] = self._api.call("GET", "/sandbox/requests?limit=1000000")["requests"]
            return not any(one["outcome"] == "being served" for one in requests)

        eventually(is_quiet)
        found = seen(self._api.call("GET", "/sandbox/incidents")["by_correlation_id"], requests)
        if not self._has_tickets:
            return found
        tickets = self._tickets()
        return replace(found, incidents=traces(tickets, accepted), wrong=tickets_found(tickets, accepted))

    def _tickets(self) -> list[Ticket]:
        notes: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for place, row in enumerate(self._rows("sys_journal_field", "element_id,value", "element=work_notes")):
            notes[row["element_id"]].append((row["value"].split()[0], place))
        rows = self._rows("incident", "sys_id,number,state,correlation_id", "")
        return [Ticket(row["correlation_id"], row["number"], row["state"], notes[row["sys_id"]]) for row in rows]

    def _rows(self, table: str, fields: str, query: str) -> list[dict[str, str]]:
        """All of them, as an administrator reads them."""
        asked = f"/api/now/table/{table}?sysparm_fields={fields}&sysparm_query={query}&sysparm_limit=10000"
        found: list[dict[str, str]] = []
        while True:
            page = self._api.call("GET", f"{asked}&sysparm_offset={len(found)}", Authorization=ADMINISTRATOR)["result"]
            found += page
            if len(page) < 10000:
                return found


class HostileTarget:
    """A server of our own that does the work and then answers as no server should."""

    auth: Mapping[str, Any] = {"type": "none"}

    def __init__(self, server: Hostile, authority: Path) -> None:
        self._server = server
        self.origin = server.origin
        self.settings = {"extra_ca_file": str(authority)}

    def misbehave(self, faults: Sequence[Mapping[str, Any]]) -> None:
        assert not faults, json.dumps(faults)
        self._server.is_hostile = True

    def behave(self) -> None:
        self._server.is_hostile = False

    def seen(self, accepted: Sequence[str]) -> Seen:
        eventually(lambda: self._server.open_ == 0)
        server = self._server
        return Seen({event: sorted(all_) for event, all_ in server.incidents.items()}, server.struck, server.requests)
