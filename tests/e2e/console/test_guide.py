"""The ServiceNow guide, step by step, in its own words, from the Webhooks page to the incident."""

from playwright.sync_api import Page, expect
from tests.e2e.console.form_page import GUIDE_BODY, FormPage
from tests.e2e.console.house import House
from tests.e2e.processes import eventually, incidents, token_of


def test_the_guide_ends_with_an_incident(page: Page, house: House) -> None:
    page.goto("/")
    page.get_by_role("link", name="Webhooks", exact=True).click()

    # 1. On the Webhooks page, click Add Webhook. The Add Webhook page appears.
    page.get_by_role("link", name="Add Webhook").click()
    expect(page.get_by_role("heading", name="Add Webhook")).to_be_visible()
    # 2. Enter a unique, alphanumeric, user-friendly Name.
    page.get_by_label("Name", exact=True).fill("ServiceNow prod")
    # 3. Click the Status toggle to Active.
    page.get_by_role("switch", name="Status").click()
    expect(page.get_by_text("Active", exact=True)).to_be_visible()
    # 4. From the Method dropdown menu, select POST.
    page.get_by_label("Method").select_option("POST")
    # 5. In the URL field, enter https://<SERVICENOW_INSTANCE_ID>.service-now.com/api/now/table/incident.
    page.get_by_label("URL", exact=True).fill(f"{house.instance.url}/api/now/table/incident")
    # 6. In the Body Template field, enter the JSON payload data for the webhook.
    FormPage(page, house).write_body(GUIDE_BODY)
    #    Click View event's payload schema to reveal the payload schema and available data fields.
    page.get_by_role("button", name="View event's payload schema").click()
    schema = page.get_by_role("dialog", name="Payload schema")
    expect(schema.get_by_text("The reason the requester gave.")).to_be_visible()
    schema.get_by_role("button", name="Close").click()
    # 7. Under Headers, use the following Key and Value to set the header.
    page.get_by_label("Key", exact=True).first.fill("Authorization")
    page.get_by_label("Value", exact=True).first.fill(f"Bearer {token_of(house.instance)}")
    # 8. From the Triggers dropdown menu, select one or more of the event triggers.
    FormPage(page, house).trigger("RequestCreated", "RequestExpired", "Manual")
    expect(page.locator("#triggers-summary")).to_have_text("RequestCreated, RequestExpired, Manual")
    # 9. Under Filters, define one or several filter from the listed dropdown menus.
    page.locator("summary", has=page.locator("[id='filter.approval_mode-summary']")).click()
    page.get_by_role("group", name="Approval mode: only these").get_by_role("checkbox", name="manual").check()
    # 10. Click Test to generate a test event to trigger your webhook.
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("Test successful")).to_be_visible()
    #    Click View Invocation Data. A panel opens revealing the request, response, and other relevant details.
    page.get_by_role("button", name="View Invocation Data").click()
    panel = page.get_by_role("dialog", name="Invocation Data")
    for words in ("Request", "Body as sent", "Response", "Time line"):
        expect(panel.get_by_role("heading", name=words, exact=True)).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    # 11. Click Save Webhook. The new webhook appears in the Webhooks table, preceded by a green dot.
    page.get_by_role("button", name="Save Webhook").click()
    row = page.get_by_role("row", name="ServiceNow prod")
    expect(row.locator(".dot-green")).to_have_attribute("aria-label", "active")

    # Access request logs will be sent to ServiceNow based on the triggers you have selected.
    before = incidents(house.instance)
    house.send("RequestCreated")
    house.send("RequestRejected")
    eventually(lambda: incidents(house.instance) == before + 1)


def test_the_record_of_a_test_is_a_link_to_it(form: FormPage, page: Page) -> None:
    form.add()
    form.fill_in_guide()
    result = form.test()
    link = result.get_by_role("link", name="INC00")
    number = link.inner_text().strip()
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", name=number)).to_be_visible()
