"""Fills a folder with a picture of every page: light, dark and 360 px wide.

Run by `make screenshots`; names of pages as arguments take only those.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e.console.house import House, open_house
from tests.e2e.console.shown import Shown, all_pages, furnish
from tests.e2e.console.watched import NARROW, ROOT, WIDE, open_browser, open_page

FOLDER = ROOT / "screenshots"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "narrow": {"color_scheme": "light", "viewport": NARROW},
}


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder)) as house, open_browser() as browser:
        furnish(house)
        with open_page(browser, house.url) as watched:
            house.sign_in(watched.page)
            cookies = watched.page.context.cookies()
        for shown in all_pages():
            if not names or shown.name in names:
                for look in LOOKS:
                    take(browser, house, shown, look=look, cookies=cookies)


def take(browser: Any, house: House, shown: Shown, *, look: str, cookies: Any) -> None:
    options = dict(LOOKS[look])
    viewport = options.pop("viewport")
    with open_page(browser, house.url, cookies=cookies if shown.is_signed_in else None, **options) as watched:
        watched.page.set_viewport_size(viewport)
        watched.page.goto(shown.path)
        if shown.prepare:
            shown.prepare(watched.page, house)
        if not watched.page.locator("dialog[open]").count():
            _grow(watched.page)
        path = FOLDER / f"{shown.name}-{look}.png"
        watched.page.screenshot(path=path)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


def _grow(page: Any) -> None:
    """As tall as what is on it, so that what sticks to the foot is at the foot."""
    width = page.viewport_size["width"]
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, page.viewport_size["height"])})


if __name__ == "__main__":
    main(sys.argv[1:])
