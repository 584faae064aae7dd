"""The form: mistakes, secrets, authentication, two people at once."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.console.form_page import FormPage
from tests.e2e.console.house import EMAIL, House
from tests.e2e.console.watched import Watched, open_page
from tests.e2e.processes import eventually, token_of


def test_mistakes_are_told_at_their_fields_and_everything_typed_stays(
    form: FormPage, page: Page, watched: Watched
) -> None:
    watched.expect("status of 422")
    form.add()
    form.name("no / slashes")
    form.url("http://10.0.0.1/x")
    form.write_body('{"a": "{{ data.id }"}')
    form.header("X-Token", "s3cret words")
    page.get_by_label("Timeout in seconds").fill("soon")
    page.get_by_label("Json Path").first.fill("$.[")
    form.save()
    expect(page.get_by_role("alert")).to_contain_text("nothing was saved")
    expect(page.locator("#name-problem")).to_contain_text("letters, digits, spaces")
    expect(page.locator("#url-problem").first).to_contain_text("HTTPS")
    expect(page.locator("#body-problem")).to_contain_text("Line 1, column")
    expect(page.locator("#triggers-problem")).to_contain_text("at least one trigger")
    expect(page.locator("#timeout_seconds-problem")).to_contain_text("found 'soon'")
    expect(page.locator("[id='validator.0.path-problem']")).to_contain_text("JSONPath")
    expect(page.get_by_label("Name", exact=True)).to_have_value("no / slashes")
    expect(page.get_by_label("Timeout in seconds")).to_have_value("soon")
    expect(page.get_by_label("Value", exact=True).first).to_have_value("s3cret words")
    assert page.locator("#body").input_value() == '{"a": "{{ data.id }"}'
    assert page.get_by_label("Name", exact=True).get_attribute("aria-invalid") == "true"


def test_a_test_of_an_unfinished_form_says_what_is_missing_and_sends_nothing(form: FormPage) -> None:
    form.add()
    result = form.test()
    expect(result).to_contain_text("Test failed")
    expect(result).to_contain_text("Nothing was sent")
    expect(result).to_contain_text("URL")


def test_a_secret_is_never_shown_again_and_stays_when_nothing_is_typed(form: FormPage, page: Page) -> None:
    form.add()
    form.fill_in_guide()
    form.save()
    form.edit("ServiceNow prod")
    assert "Bearer " not in page.content()
    form.name("ServiceNow renamed")
    form.save()
    form.edit("ServiceNow renamed")
    expect(form.test()).to_contain_text("Test successful")


def test_only_the_fields_of_the_chosen_authentication_show(form: FormPage, page: Page) -> None:
    form.add()
    for kind, label in {
        "Bearer": "Token",
        "Basic": "User name",
        "API key": "Key of the API",
        "Client certificate": "Certificate",
        "OAuth": "Client ID",
    }.items():
        page.get_by_label("Authentication Type").select_option(label=kind)
        shown = page.locator("[data-auth]:visible")
        assert shown.count() == 1
        expect(shown.get_by_label(label, exact=True).locator("visible=true")).to_have_count(1)
    page.get_by_label("Grant", exact=True).select_option(label="User name and password")
    expect(page.locator("[id='auth.oauth2.username']")).to_be_visible()


def test_get_token_says_what_came_back(form: FormPage, page: Page) -> None:
    form.add()
    page.get_by_label("Authentication Type").select_option(label="OAuth")
    page.get_by_label("Token URL").fill(f"{form.house.instance.url}/oauth_token.do")
    page.get_by_label("Client ID").fill("sandbox-client")
    page.get_by_label("Client secret").fill("not the secret")
    page.get_by_role("button", name="Get token").click()
    result = page.locator("#token-result")
    expect(result).to_contain_text("No token.")
    expect(result).to_contain_text("401")
    page.get_by_label("Client secret").fill("sandbox-secret")
    page.get_by_role("button", name="Get token").click()
    expect(result).to_contain_text("A token came back.")


def test_a_test_after_mending_the_instance_asks_it_anew(form: FormPage, page: Page) -> None:
    oauth = {"type": "oauth2", "token_url": f"{form.house.instance.url}/oauth_token.do", "client_id": "sandbox-client"}
    auth = {**oauth, "client_secret": "sandbox-secret", "grant": "password", "username": "admin", "password": "admin"}
    form.house.guide(headers={}, auth=auth)
    form.house.fault("hibernating", count=1)
    form.edit("ServiceNow prod")
    expect(form.test()).to_contain_text("Test failed")

    def is_mended() -> bool:
        return "Test successful" in form.test().inner_text()

    eventually(is_mended)  # a delivery would wait for five minutes


def test_rows_of_headers_come_and_go(form: FormPage, page: Page) -> None:
    form.add()
    page.get_by_label("Key", exact=True).first.fill("X-Team")
    page.get_by_role("button", name="Add header").click()
    page.get_by_label("Key", exact=True).nth(1).fill("X-Api-Key")
    expect(page.get_by_label("Value", exact=True).nth(1)).to_have_attribute("type", "password")
    page.get_by_role("button", name="Remove this header").first.click()
    expect(page.get_by_label("Key", exact=True)).to_have_count(1)
    expect(page.get_by_label("Key", exact=True)).to_have_value("X-Api-Key")


@pytest.fixture
def other(browser: Browser, house: House, cookies: Any):
    """A second window."""
    with open_page(browser, house.url, cookies=cookies) as watched:
        yield FormPage(watched.page, house)
        watched.assert_clean()


def test_of_two_who_edit_at_once_the_second_is_told_and_loses_nothing(
    form: FormPage, page: Page, watched: Watched, other: FormPage
) -> None:
    watched.expect("status of 409")
    form.house.guide()
    form.edit("ServiceNow prod")
    other.edit("ServiceNow prod")
    other.page.get_by_label("Timeout in seconds").fill("12")
    other.save()
    expect(other.page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
    page.get_by_label("Timeout in seconds").fill("45")
    page.get_by_label("Expression (CEL)").fill("data.id != ''")
    form.save()
    told = page.get_by_role("alert")
    expect(told).to_contain_text(f"{EMAIL} changed this webhook while you were editing it")
    row = told.get_by_role("row", name="Timeout in seconds")
    assert [cell.strip() for cell in row.get_by_role("cell").all_inner_texts()][:3] == ["30", "12", "45"]
    expect(row).to_contain_text("both changed it")
    expect(page.get_by_label("Timeout in seconds")).to_have_value("45")
    assert form.house.server.call("GET", "/v1/webhooks/ServiceNow%20prod")["timeout_seconds"] == 12
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
    saved = form.house.server.call("GET", "/v1/webhooks/ServiceNow%20prod")
    assert (saved["timeout_seconds"], saved["filters"]["expression"]) == (45, "data.id != ''")


def test_what_each_changed_alone_is_merged_and_what_both_changed_is_chosen(
    form: FormPage, page: Page, watched: Watched
) -> None:
    watched.expect("status of 409")
    path = "/v1/webhooks/ServiceNow%20prod"
    form.house.guide(
        headers={"X-Team": "iam", "X-Key": "k-1", "Authorization": f"Bearer {token_of(form.house.instance)}"}
    )
    form.edit("ServiceNow prod")
    theirs = {
        "timeout_seconds": 12,
        "retry": {"attempts": 3},
        "triggers": ["RequestCreated"],
        "headers": {"X-New": "theirs", "X-Key": None},
    }
    form.house.server.call("PATCH", path, theirs)
    page.get_by_label("Timeout in seconds").fill("45")
    page.get_by_label("Expression (CEL)").fill("data.id != ''")
    page.get_by_label("Value", exact=True).first.fill("payments")
    form.save()
    told = page.get_by_role("alert")
    expect(told.get_by_text("both changed it")).to_have_count(1)
    expect(page.locator("#triggers-summary")).to_have_text("RequestCreated")
    told.get_by_role("group", name="Timeout in seconds").get_by_label("theirs").check()
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
    saved = form.house.server.call("GET", path)
    assert (saved["timeout_seconds"], saved["retry"]["attempts"], saved["triggers"]) == (12, 3, ["RequestCreated"])
    assert saved["filters"]["expression"] == "data.id != ''"
    assert {name: saved["headers"].get(name) for name in ("X-Team", "X-New", "X-Key")} == {
        "X-Team": "payments",
        "X-New": "theirs",
        "X-Key": None,
    }
    form.edit("ServiceNow prod")
    expect(form.test()).to_contain_text("Test successful")  # the secret is the one on record


def test_a_secret_that_both_replaced_is_chosen_too(form: FormPage, page: Page, watched: Watched) -> None:
    watched.expect("status of 409")
    form.house.guide(headers={}, auth={"type": "bearer", "token": "first"})
    form.edit("ServiceNow prod")
    theirs = {"auth": {"type": "bearer", "token": token_of(form.house.instance)}}
    form.house.server.call("PATCH", "/v1/webhooks/ServiceNow%20prod", theirs)
    page.get_by_label("Token", exact=True).fill("mine")
    form.save()
    page.get_by_role("group", name="Authentication").get_by_label("theirs").check()
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
    form.edit("ServiceNow prod")
    expect(form.test()).to_contain_text("Test successful")


def test_the_other_ones_side_can_be_taken(form: FormPage, page: Page, watched: Watched) -> None:
    watched.expect("status of 409")
    form.house.guide()
    form.edit("ServiceNow prod")
    form.house.server.call("PATCH", "/v1/webhooks/ServiceNow%20prod", {"timeout_seconds": 12})
    page.get_by_label("Timeout in seconds").fill("45")
    form.save()
    page.get_by_role("link", name="take theirs").click()
    expect(page.get_by_label("Timeout in seconds")).to_have_value("12")


def test_the_form_works_without_scripts(browser: Browser, house: House, cookies: Any) -> None:
    with open_page(browser, house.url, cookies=cookies, java_script_enabled=False) as watched:
        page = watched.page
        page.goto("/webhook-form/new?start=servicenow-guide")
        page.get_by_label("Name", exact=True).fill("Plain")
        page.get_by_label("URL", exact=True).fill(f"{house.instance.url}/api/now/table/incident")
        page.get_by_label("Value", exact=True).first.fill("Basic YWRtaW46YWRtaW4=")
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_text("Test successful")).to_be_visible()
        expect(page.get_by_role("heading", name="Body as sent")).to_be_visible()
        page.get_by_role("button", name="Save Webhook").click()
        expect(page.get_by_role("row", name="Plain")).to_be_visible()


def test_a_webhook_paused_meanwhile_is_saved_without_a_question(form: FormPage, page: Page) -> None:
    form.house.guide()
    form.edit("ServiceNow prod")
    form.house.server.call("POST", "/v1/webhooks/ServiceNow%20prod/pause", {})
    page.get_by_label("Timeout in seconds").fill("45")
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_contain_text("Paused")


def test_a_webhook_deleted_meanwhile_can_be_saved_anew(form: FormPage, page: Page, watched: Watched) -> None:
    watched.expect("status of 409")
    form.house.guide(headers={})
    form.edit("ServiceNow prod")
    form.house.server.call("DELETE", "/v1/webhooks/ServiceNow%20prod")
    form.save()
    expect(page.get_by_role("alert")).to_contain_text("deleted or renamed")
    form.save()
    expect(page.get_by_role("row", name="ServiceNow prod")).to_be_visible()
