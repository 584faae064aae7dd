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


PAGES = (
    Shown("webhook", "/webhooks/ServiceNow%20prod", prepare=with_history),
    Shown("webhook-paused", "/webhooks/Audit%20trail?span=7d", prepare=with_history),
    Shown("webhook-target-open", "/webhooks/Nobody%20there"),
    Shown("webhook-resume", "/webhooks/Audit%20trail", prepare=with_menu),
    Shown("webhook-replay", "/webhooks/Tickets%20of%20the%20payments%20team/replay?state=skipped"),
    Shown("webhook-replay-nothing", "/webhooks/ServiceNow%20prod/replay"),
)
