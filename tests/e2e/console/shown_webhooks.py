"""The pages about webhooks."""

from playwright.sync_api import Page, expect
from tests.e2e.console.house import House
from tests.e2e.console.shown import Shown

from grantwire.presets.catalog import by_name


def start_from_preset(page: Page, house: House) -> None:
    """Filled in, with the findings of its body."""
    page.get_by_label("Name", exact=True).fill("ServiceNow prod 2")
    page.get_by_label("URL", exact=True).fill(f"{house.instance.url}/api/now/table/incident")
    expect(page.locator("#preview")).to_contain_text("caused_by")
    expect(page.locator("#findings li").first).to_be_visible()


def open_schema(page: Page, house: House) -> None:
    start_from_preset(page, house)
    page.get_by_role("button", name="View event's payload schema").click()
    expect(page.get_by_role("dialog", name="Payload schema")).to_be_visible()


def open_edit(page: Page, house: House) -> None:
    page.get_by_role("link", name="ServiceNow prod", exact=True).click()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_role("heading", name="Edit Webhook")).to_be_visible()
    expect(page.locator("#matches")).to_contain_text("would have matched")


def run_test(page: Page, house: House) -> None:
    open_edit(page, house)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Test successful")).to_be_visible()


def view_invocation(page: Page, house: House) -> None:
    run_test(page, house)
    page.get_by_role("button", name="View Invocation Data").click()
    expect(page.get_by_role("dialog", name="Invocation Data")).to_be_visible()


def fail_test(page: Page, house: House) -> None:
    open_edit(page, house)
    house.fault("data_policy_403", count=1)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Test failed")).to_be_visible()


def save_with_mistakes(page: Page, house: House) -> None:
    page.get_by_label("Name", exact=True).fill("no / slashes")
    page.get_by_label("URL", exact=True).fill("http://10.0.0.1:8080/x")
    page.get_by_label("Timeout in seconds").fill("soon")
    page.get_by_label("Expression (CEL)").fill("data.access_duration_in_seconds >")
    page.get_by_role("button", name="Save Webhook").click()
    expect(page.get_by_role("alert")).to_be_visible()


def edit_at_once(page: Page, house: House) -> None:
    open_edit(page, house)
    house.server.call("PATCH", SAVED, {"timeout_seconds": 12, "triggers": ["RequestCreated"]})
    page.get_by_label("Timeout in seconds").fill("45")
    page.get_by_role("button", name="Save Webhook").click()
    expect(page.get_by_text("changed this webhook while you were editing it")).to_be_visible()
    house.server.call("PATCH", SAVED, {"timeout_seconds": 30, "triggers": TRIGGERS})


def choose_filters(page: Page, house: House) -> None:
    open_edit(page, house)
    page.get_by_label("Authentication Type").select_option(label="OAuth")
    page.locator("summary", has=page.locator("[id='filter.integration-summary']")).click()
    page.get_by_role("group", name="Integration: only these").get_by_role("checkbox").first.check()
    expect(page.locator("[id='filter.integration-summary']")).not_to_have_text("Any")


def open_action(page: Page, _: House) -> None:
    """One incident per access request: what is done on approval."""
    page.locator(".action-part > summary", has_text="RequestApproved").click()
    expect(page.locator("[id='actions.RequestApproved.url']")).to_be_visible()


SAVED = "/v1/webhooks/ServiceNow%20prod"
TRIGGERS = list(by_name()["servicenow-guide"].definition["triggers"])
PAGES = (
    Shown("webhooks", "/webhooks"),
    Shown("webhook-new", "/webhook-form/new"),
    Shown("webhook-guide", "/webhook-form/new?start=servicenow-guide", start_from_preset),
    Shown("webhook-per-request", "/webhook-form/new?start=servicenow-request", open_action),
    Shown("webhook-schema", "/webhook-form/new?start=servicenow-guide", open_schema),
    Shown("webhook-edit", "/webhooks", open_edit),
    Shown("webhook-tested", "/webhooks", run_test),
    Shown("webhook-invocation", "/webhooks", view_invocation),
    Shown("webhook-test-failed", "/webhooks", fail_test),
    Shown("webhook-mistakes", "/webhook-form/new", save_with_mistakes, complaint="status of 422"),
    Shown("webhook-conflict", "/webhooks", edit_at_once, complaint="status of 409"),
    Shown("webhook-filters", "/webhooks", choose_filters),
    Shown("troubleshooting", "/troubleshooting"),
)
