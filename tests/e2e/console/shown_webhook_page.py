"""A webhook's own page, and its replay."""

from playwright.sync_api import Page
from tests.e2e.console.house import House
from tests.e2e.console.shown import Shown


def with_history(page: Page, house: House) -> None:
    for summary in page.locator("#history ~ .entry summary").all():
        summary.click()
    page.evaluate("() => scrollTo(0, 0)")


def with_menu(page: Page, _house: House) -> None:
    """The menu of Resume is open."""
    page.locator("summary.btn").first.click()


def with_a_replay(page: Page, house: House) -> None:
    """A slow one, so that its progress is seen."""
    asked = {"id": "shown", "webhooks": "Tickets of the payments team", "states": "skipped", "per_minute": 1}
    house.server.call("POST", "/v1/replays", asked)
    page.goto("/replays/shown")
    page.get_by_text("Sending again").or_(page.get_by_text("Done.")).wait_for()


PAGES = (
    Shown("webhook", "/webhooks/ServiceNow%20prod", prepare=with_history),
    Shown("webhook-paused", "/webhooks/Audit%20trail?span=7d", prepare=with_history),
    Shown("webhook-target-open", "/webhooks/Nobody%20there"),
    Shown("webhook-resume", "/webhooks/Audit%20trail", prepare=with_menu),
    Shown("webhook-replay", "/webhooks/Tickets%20of%20the%20payments%20team/replay?state=skipped"),
    Shown("replay", "/webhooks", prepare=with_a_replay),
    Shown("webhook-replay-nothing", "/webhooks/ServiceNow%20prod/replay"),
)
