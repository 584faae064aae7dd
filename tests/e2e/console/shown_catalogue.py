"""The catalogue, empty and filled."""

from playwright.sync_api import Page
from tests.domain.catalogues import sample_catalogue
from tests.e2e.console.house import House
from tests.e2e.console.shown import Shown


def filled(page: Page, house: House) -> None:
    house.server.call("PUT", "/v1/catalogue", sample_catalogue())
    page.reload()
    for summary in page.locator(".entry summary").all():
        summary.click()


PAGES = (
    Shown("catalogue-empty", "/catalogue"),
    Shown("catalogue", "/catalogue", filled),
)
