"""One server and one sandbox for all tests of the console; each test finds both as if just started."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.e2e.console.form_page import FormPage
from tests.e2e.console.house import House, open_house
from tests.e2e.console.watched import Watched, open_browser, open_page


@pytest.fixture(scope="session")
def running_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(Path(tmp_path_factory.mktemp("console"))) as house:
        yield house


@pytest.fixture
def house(running_house: House) -> House:
    running_house.clear()
    return running_house


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, not of the session: while it is open, its event loop counts as the thread's running one."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def cookies(browser: Browser, running_house: House) -> Any:
    """Those of somebody who signed in."""
    with open_page(browser, running_house.url) as watched:
        running_house.sign_in(watched.page)
        return watched.page.context.cookies()


@pytest.fixture
def watched(browser: Browser, house: House, cookies: Any) -> Iterator[Watched]:
    """A page of somebody who is signed in; at the end the browser must have had nothing to complain about."""
    with open_page(browser, house.url, cookies=cookies) as opened:
        yield opened
        opened.assert_clean()


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page


@pytest.fixture
def form(page: Page, house: House) -> FormPage:
    return FormPage(page, house)
