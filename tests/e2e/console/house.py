"""A real server and a real sandbox, and what tests do with both besides looking at pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from tests.e2e.processes import Process, eventually, sandbox, server, token_of

from grantwire.domain.event_types import event_types
from grantwire.presets.catalog import by_name

EMAIL = "admin@example.com"
PASSWORD = "correct horse battery"


@dataclass
class House:
    server: Process
    instance: Process
    _events: int = 0

    @property
    def url(self) -> str:
        return self.server.url

    def sign_in(self, page: Page) -> None:
        page.goto("/sign-in")
        page.get_by_label("Email address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()

    def clear(self) -> None:
        """No webhook, no fault, no incident; events stay, for nothing deletes them."""
        for webhook in self.server.call("GET", "/v1/webhooks")["items"]:
            self.server.call("DELETE", f"/v1/webhooks/{webhook['name'].replace(' ', '%20')}")
        self.instance.call("POST", "/sandbox/reset", {})

    def guide(self, name: str = "ServiceNow prod", **changes: Any) -> dict[str, Any]:
        """The webhook of the guide, saved, aimed at the sandbox."""
        definition = {
            **by_name()["servicenow-guide"].definition,
            "url": f"{self.instance.url}/api/now/table/incident",
            "headers": {"Authorization": f"Bearer {token_of(self.instance)}"},
            "name": name,
            **changes,
        }
        found = self.server.call("PUT", f"/v1/webhooks/{name.replace(' ', '%20')}", definition)
        return dict(found)

    def fault(self, mode: str, **order: Any) -> None:
        self.instance.call("POST", "/sandbox/faults", {"mode": mode, **order})

    def send(self, type_: str = "RequestCreated", **data: Any) -> dict[str, Any]:
        """One event; the answer of the server."""
        self._events += 1
        envelope = event_types()[type_].sample()
        envelope["id"] = f"console-{self._events}"
        envelope["data"] |= {"id": f"req-{self._events}", "friendly_id": f"AR-{1000 + self._events}", **data}
        return dict(self.server.call("POST", "/v1/events", envelope))

    def until_ended(self) -> None:
        """Every delivery has ended, or waits for its next time."""
        eventually(lambda: not self.server.deliveries("pending") and not self.server.deliveries("sending"))


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    with sandbox() as instance:
        settings = {"bootstrap_admin": f"{EMAIL}:{PASSWORD}"}
        with server(folder, instance.url, **settings) as running:
            yield House(running, instance)
