"""Targets: whom a round sends to, and who counts what came.

In: the faults of a plan. Out: an address for the webhook, and what was seen. Never: a count by our own server.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.e2e.crash.count import Seen, seen
from tests.e2e.crash.hostile import Hostile
from tests.e2e.crash.launch import Program
from tests.e2e.crash.webhooks import oauth
from tests.e2e.processes import eventually


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

    def seen(self) -> Seen:
        """Once nothing is being served any more: work that comes late counts, too."""


class SandboxTarget:
    """The stand-in, as if just started."""

    settings: Mapping[str, str] = {}

    def __init__(self, program: Program) -> None:
        self._api = program.api
        self.origin = program.url
        self.auth = oauth(program.url)
        self._api.call("POST", "/sandbox/reset", {})

    def misbehave(self, faults: Sequence[Mapping[str, Any]]) -> None:
        if faults:
            self._api.call("POST", "/sandbox/faults", list(faults))

    def behave(self) -> None:
        self._api.call("DELETE", "/sandbox/faults")

    def seen(self) -> Seen:
        requests: list[dict[str, Any]] = []

        def is_quiet() -> bool:
            requests[:] = self._api.call("GET", "/sandbox/requests?limit=1000000")["requests"]
            return not any(one["outcome"] == "being served" for one in requests)

        eventually(is_quiet)
        return seen(self._api.call("GET", "/sandbox/incidents")["by_correlation_id"], requests)


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

    def seen(self) -> Seen:
        eventually(lambda: self._server.open_ == 0)
        server = self._server
        return Seen({event: sorted(all_) for event, all_ in server.incidents.items()}, server.struck, server.requests)
