"""A page in a real browser that is watched: whatever the browser complains about is remembered.

A violated Content-Security-Policy, a script error and a failed request all end up in the browser's console.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.e2e.processes import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]
AXE = ROOT / "src" / "grantwire" / "edges" / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
MIDDLE = {"width": 800, "height": 700}
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 860}


def chromium() -> str:
    """Where the browser is. Without one the test is skipped, loudly; in continuous integration it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        told = "NO BROWSER: these tests need Debian's chromium (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """`expected` are parts of complaints that a test provokes on purpose."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("requestfailed", self._failed)

    def expect(self, part: str) -> None:
        self.expected.append(part)

    def assert_clean(self) -> None:
        told = [one for one in self.complaints if not any(part in one for part in self.expected)]
        assert told == [], "\n".join(told)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({self.page.url})")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left while it loaded
            self.complaints.append(f"request failed: {request.url} {request.failure}")


@contextmanager
def open_page(browser: Browser, url: str, *, cookies: Any = None, **context_options: Any) -> Iterator[Watched]:
    """In a context of its own, as a browser that was never here."""
    context: BrowserContext = browser.new_context(base_url=url, viewport=WIDE, locale="en-GB", **context_options)
    if cookies:
        context.add_cookies(cookies)
    try:
        watched = Watched(context.new_page())
        watched.page.set_default_timeout(PATIENCE_SECONDS * 1000)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        yield watched
    finally:
        context.close()


@cache
def _axe() -> str:
    return AXE.read_text()


def assert_accessible(page: Page) -> None:
    """No serious fault by axe-core."""
    page.evaluate(_axe())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    faults = [
        f"{one['id']} ({one['impact']}): {one['help']}\n  "
        + "\n  ".join(node["html"][:200] for node in one["nodes"][:5])
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
    assert faults == [], "\n".join([page.url, *faults])


# What sticks out of its card: at the sides of a card, unless something between the two clips or scrolls it, or it is a
# menu, which lies over the page.
_STICKS_OUT = """() => {
  const found = [];
  for (const card of document.querySelectorAll('.card')) {
    const box = card.getBoundingClientRect();
    for (const one of card.querySelectorAll('*')) {
      const own = one.getBoundingClientRect();
      if (own.width < 2 || own.height < 2 || one.closest('.menu-list, dialog, svg *')) continue;
      let between = one.parentElement;
      while (between !== card && getComputedStyle(between).overflowX === 'visible') between = between.parentElement;
      if (between !== card) continue;
      const isOut = own.right > box.right + 0.5 || own.left < box.left - 0.5;
      if (isOut) found.push([own.right - box.right, one.outerHTML.slice(0, 120)]);
    }
  }
  return found.slice(0, 5);
}"""


def assert_fits(page: Page) -> None:
    """Nothing sticks out to the right of the page, nor of its card."""
    width = page.evaluate("() => document.documentElement.scrollWidth")
    wide = page.evaluate(
        "() => [...document.querySelectorAll('body *')]"
        ".filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
        ".slice(0, 5).map(one => one.outerHTML.slice(0, 120))"
    )
    assert width <= page.viewport_size["width"], json.dumps([page.url, width, wide], indent=1)
    out = page.evaluate(_STICKS_OUT)
    assert out == [], json.dumps([page.url, out], indent=1)
