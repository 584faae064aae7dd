"""Signing on the form, in a browser: a key is made, used, kept without being shown, and taken away."""

import re

from playwright.sync_api import Page, expect
from standardwebhooks import Webhook
from tests.e2e.console.form_page import FormPage

PATH = "/v1/webhooks/ServiceNow%20prod"


def open_advanced(page: Page) -> None:
    """It is open where it holds something."""
    advanced = page.locator("details.advanced").filter(has=page.locator("summary", has_text="Advanced"))
    if advanced.get_attribute("open") is None:
        advanced.locator("> summary").click()


def test_a_generated_key_signs_and_is_never_shown_again(form: FormPage, page: Page) -> None:
    form.add()
    form.fill_in_guide()
    open_advanced(page)
    page.get_by_role("button", name="Generate key").click()
    fresh = page.get_by_role("region", name="fresh key")
    expect(fresh).to_have_text(re.compile("whsec_"))
    key = fresh.inner_text()
    expect(form.test()).to_contain_text("Test successful")
    page.get_by_role("button", name="View Invocation Data").click()
    panel = page.get_by_role("dialog", name="Invocation Data")
    expect(panel).to_contain_text("webhook-signature")
    assert key not in panel.inner_text()
    page.keyboard.press("Escape")
    form.save()
    form.edit("ServiceNow prod")
    assert key not in page.content()
    expect(page.get_by_label("Signing key").first).to_have_attribute("placeholder", re.compile("On record"))
    sent = form.house.server.call("POST", f"{PATH}/test", {})["request"]
    headers = {row["name"]: row["value"] for row in sent["headers"]}
    Webhook(key).verify(sent["body"], headers, json_parse=False)


def test_a_private_key_shows_its_public_half_and_rows_come_and_go(form: FormPage, page: Page) -> None:
    form.add()
    form.fill_in_guide()
    open_advanced(page)
    page.get_by_role("button", name="Generate Ed25519 key").click()
    public = page.get_by_role("region", name="public key")
    expect(public).to_have_text(re.compile("^whpk_"))
    shown = public.inner_text()
    page.get_by_role("button", name="Add key").click()
    page.get_by_label("Signing key").last.fill("${env:OTHER_KEY}")
    page.get_by_label("Signs until (UTC)").last.fill("2036-12-01T10:30")
    form.save()
    form.edit("ServiceNow prod")
    expect(page.get_by_role("region", name="public key")).to_have_text(shown)
    keys = form.house.server.call("GET", PATH)["signing"]["keys"]
    assert keys[1] == {"secret": "${env:OTHER_KEY}", "until": "2036-12-01T10:30:00Z"}
    page.get_by_role("button", name="Remove this key").first.click()
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
    assert form.house.server.call("GET", PATH)["signing"]["keys"] == keys[1:]


def test_a_text_that_is_no_key_is_told_at_its_field(form: FormPage, page: Page) -> None:
    form.add()
    open_advanced(page)
    page.get_by_label("Signing key").first.fill("correct horse")
    expect(form.test()).to_contain_text("must start with whsec_")
