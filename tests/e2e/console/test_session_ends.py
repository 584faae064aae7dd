"""A session that ends while somebody edits: nothing typed is lost, with scripts or without; nothing is done unasked."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.console.form_page import FormPage
from tests.e2e.console.house import EMAIL, PASSWORD, House
from tests.e2e.console.watched import Watched, open_page

BODY = '{"a": "{{ data.id }}",\n "b": "<é> \\"quoted\\""}'
SECRET = "Bearer s3cret-of-the-form"


@pytest.fixture
def mine(browser: Browser, house: House):
    """A window with a session of its own, which a test may end."""
    with open_page(browser, house.url) as watched:
        house.sign_in(watched.page)
        yield watched


def drop_cookies(page: Page, house: House) -> None:
    """The browser lets the cookie go when the session's time is over."""
    page.context.clear_cookies()


def sign_out_elsewhere(page: Page, house: House) -> None:
    """The cookie is still there, and worth nothing."""
    kept = page.context.cookies()
    with page.context.expect_page() as opened:
        page.evaluate("() => void open('/')")
    other = opened.value
    other.locator(".top-end summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    other.close()
    page.context.add_cookies(kept)


def fill(form: FormPage) -> None:
    form.add()
    form.name("Typed for an hour")
    form.url(f"{form.house.instance.url}/api/now/table/incident")
    form.write_body(BODY)
    form.header("Authorization", SECRET)
    form.trigger("RequestCreated", "RequestGranted")
    form.page.get_by_label("Timeout in seconds").fill("17")
    form.page.get_by_label("Expression (CEL)").fill("data.id != ''")


def sign_in_here(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def assert_as_typed(page: Page) -> None:
    expect(page.get_by_role("heading", name="Add Webhook")).to_be_visible()
    expect(page.get_by_text("This is not saved yet.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed for an hour")
    assert page.locator("#body").input_value() == BODY
    expect(page.get_by_label("Value", exact=True).first).to_have_value(SECRET)
    expect(page.get_by_label("Value", exact=True).first).to_have_attribute("type", "password")
    expect(page.locator("#triggers-summary")).to_have_text("RequestCreated, RequestGranted")
    expect(page.get_by_label("Timeout in seconds")).to_have_value("17")
    expect(page.get_by_label("Expression (CEL)")).to_have_value("data.id != ''")


@pytest.mark.parametrize("end", [drop_cookies, sign_out_elsewhere])
def test_what_was_typed_shows_again_after_the_sign_in_and_can_be_saved(mine: Watched, house: House, end: Any) -> None:
    page, form = mine.page, FormPage(mine.page, house)
    fill(form)
    end(page, house)
    form.save()
    expect(page.get_by_text("What you typed is not lost, and not saved yet")).to_be_visible()
    assert "s3cret" not in page.content()
    sign_in_here(page, "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    sign_in_here(page)
    assert_as_typed(page)
    assert house.server.call("GET", "/v1/webhooks")["items"] == []
    form.save()
    expect(page.get_by_role("row", name="Typed for an hour")).to_be_visible()
    saved = house.server.call("GET", "/v1/webhooks/Typed%20for%20an%20hour")
    assert (saved["body"], saved["timeout_seconds"]) == (BODY, 17)


def test_a_sign_in_in_another_window_loses_nothing_either(mine: Watched, house: House) -> None:
    page, form = mine.page, FormPage(mine.page, house)
    fill(form)
    sign_out_elsewhere(page, house)
    with page.context.expect_page() as opened:
        page.evaluate("() => void open('/')")
    sign_in_here(opened.value)
    expect(opened.value.get_by_role("navigation", name="Main")).to_be_visible()
    form.save()
    assert_as_typed(page)
    form.save()
    expect(page.get_by_role("row", name="Typed for an hour")).to_be_visible()


def test_a_test_after_the_end_says_so_and_leads_back_with_everything(mine: Watched, house: House) -> None:
    page, form = mine.page, FormPage(mine.page, house)
    fill(form)
    drop_cookies(page, house)
    page.get_by_role("button", name="Test", exact=True).click()
    told = page.locator("#test-result")
    expect(told).to_contain_text("Your session has ended.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed for an hour")
    told.get_by_role("button", name="Sign in and go on").click()
    sign_in_here(page)
    assert_as_typed(page)


def test_it_works_without_scripts(browser: Browser, house: House) -> None:
    with open_page(browser, house.url, java_script_enabled=False) as watched:
        page = watched.page
        house.sign_in(page)
        page.goto("/webhook-form/new")
        page.get_by_label("Name", exact=True).fill("Plain")
        page.locator("#body").fill(BODY)
        page.context.clear_cookies()
        page.get_by_role("button", name="Save Webhook").click()
        sign_in_here(page)
        expect(page.get_by_text("This is not saved yet.")).to_be_visible()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Plain")
        assert page.locator("#body").input_value() == BODY


def test_an_edit_is_still_an_edit_of_the_webhook_and_its_secrets_stay(mine: Watched, house: House) -> None:
    page, form = mine.page, FormPage(mine.page, house)
    house.guide()
    form.edit("ServiceNow prod")
    page.get_by_label("Timeout in seconds").fill("44")
    drop_cookies(page, house)
    form.save()
    sign_in_here(page)
    expect(page.get_by_role("heading", name="Edit Webhook")).to_be_visible()
    expect(form.test()).to_contain_text("Test successful")
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
    assert house.server.call("GET", "/v1/webhooks/ServiceNow%20prod")["timeout_seconds"] == 44
