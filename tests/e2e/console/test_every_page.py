"""What holds for every page: the browser has no complaint, axe finds no serious fault, 360 px are room enough, and it
can be read without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.e2e.console.house import House
from tests.e2e.console.shown import Shown, all_pages, furnish
from tests.e2e.console.watched import NARROW, WIDE, Watched, assert_accessible, assert_fits, open_page

PAGES = list(all_pages())
every_page = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)


@pytest.fixture(scope="module")
def furnished(running_house: House) -> House:
    furnish(running_house)
    return running_house


@pytest.fixture
def look(browser: Browser, furnished: House, cookies: Any) -> Iterator[Any]:
    """Opens a page as it is shown, in a context with the given options."""
    opened: list[Any] = []

    def open_shown(shown: Shown, **options: Any) -> Watched:
        manager = open_page(browser, furnished.url, cookies=cookies if shown.is_signed_in else None, **options)
        opened.append(manager)
        watched = manager.__enter__()
        if shown.complaint:
            watched.expect(shown.complaint)
        answer = watched.page.goto(shown.path)
        assert answer is not None
        assert answer.status == shown.status
        if shown.prepare and options.get("java_script_enabled", True):
            shown.prepare(watched.page, furnished)
        return watched

    yield open_shown
    for manager in opened:
        manager.__exit__(None, None, None)


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible_and_the_browser_has_no_complaint(look: Any, shown: Shown, scheme: str) -> None:
    watched = look(shown, color_scheme=scheme)
    assert watched.page.locator("html").get_attribute("data-bs-theme") == scheme
    assert_accessible(watched.page)
    watched.assert_clean()


@every_page
def test_a_page_has_room_on_wide_and_narrow_screens(look: Any, shown: Shown) -> None:
    watched = look(shown)
    for size in (WIDE, NARROW):
        watched.page.set_viewport_size(size)
        assert_fits(watched.page)


@every_page
def test_a_page_can_be_read_without_scripts(look: Any, shown: Shown) -> None:
    watched = look(shown, java_script_enabled=False)
    assert watched.page.locator("h1").inner_text() != ""
