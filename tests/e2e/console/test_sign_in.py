"""People come in and go; nobody else sees a page."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.console.house import EMAIL, House
from tests.e2e.console.watched import Watched, open_page


@pytest.fixture
def stranger(browser: Browser, house: House):
    with open_page(browser, house.url) as watched:
        yield watched


def test_a_stranger_is_asked_to_sign_in_and_then_sees_the_page_that_was_wanted(stranger: Watched, house: House) -> None:
    page = stranger.page
    page.goto("/deliveries?state=dead")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email address").fill(EMAIL.upper())
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{house.url}/deliveries?state=dead")
    stranger.assert_clean()


def test_a_wrong_password_is_told_and_the_address_stays_typed(stranger: Watched) -> None:
    page = stranger.page
    page.goto("/sign-in")
    page.get_by_label("Email address").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The email address or the password is not right.")
    expect(page.get_by_label("Email address")).to_have_value("nobody@example.com")


def test_signing_out_ends_the_session(browser: Browser, house: House) -> None:
    with open_page(browser, house.url) as watched:
        page = watched.page
        house.sign_in(page)
        cookies = page.context.cookies()
        page.locator(".top-end summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.context.add_cookies(cookies)  # a cookie that somebody kept is worth nothing
        page.goto("/webhooks")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_theme_is_chosen_and_remembered(page: Page) -> None:
    page.goto("/")
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Colours: as the system").click()
    page.get_by_role("button", name="Colours: light").click()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.goto("/events")
    expect(html).to_have_attribute("data-bs-theme", "dark")
