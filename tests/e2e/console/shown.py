"""Every page that is looked at: by axe, at 360 px, without scripts, and for `make screenshots`.

A file `shown_<noun>.py` beside this one names the pages of its noun in `PAGES`; this one finds them all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from playwright.sync_api import Page
from tests.e2e.console.house import House
from tests.e2e.processes import eventually

Prepare = Callable[[Page, House], None]


@dataclass(frozen=True)
class Shown:
    """`prepare` does what a person would on the page before it is looked at (needs scripts). `complaint` is what the
    browser says to it, when it has to."""

    name: str
    path: str
    prepare: Prepare | None = None
    is_signed_in: bool = True
    status: int = 200
    complaint: str = ""


def all_pages() -> Iterator[Shown]:
    for file in sorted(Path(__file__).parent.glob("shown_*.py")):
        yield from import_module(f"tests.e2e.console.{file.stem}").PAGES


def furnish(house: House) -> None:
    """What a house looks like that was lived in: webhooks of each status, deliveries of most states."""
    house.clear()
    house.guide("ServiceNow prod")
    house.guide("ServiceNow test", active=False)
    house.guide("Audit trail", limits={"concurrency": 2}, triggers=["RequestGranted", "RequestExpired"])
    house.guide("Tickets of the payments team", filters={"integration": ["payments cluster"]})
    for number in range(12):
        house.send(["RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired"][number % 4])
    house.until_ended()
    house.fault("maintenance_503", match={"body": "RequestRejected"})
    house.send("RequestRejected")
    house.until_ended()
    nobody = {"url": "https://nobody.invalid/hook", "headers": {}, "triggers": ["RequestFailed"]}
    house.guide("Nobody there", **nobody, limits={"concurrency": 1})
    for _ in range(6):
        house.send("RequestFailed")
    eventually(lambda: any(one["state"] == "open" for one in house.server.call("GET", "/v1/targets")["items"]))
    house.server.call("POST", "/v1/webhooks/Audit%20trail/pause", {"why": "the team moves house until Monday"})
