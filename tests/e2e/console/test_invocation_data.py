"""View Invocation Data: what was sent, what came back, how long it took, what it means."""

from playwright.sync_api import Page, expect
from tests.e2e.console.form_page import FormPage


def opened(form: FormPage, page: Page, **changes: object):
    form.house.guide(**changes)
    form.edit("ServiceNow prod")
    form.test()
    page.get_by_role("button", name="View Invocation Data").click()
    return page.get_by_role("dialog", name="Invocation Data")


def test_the_panel_shows_request_response_times_and_verdict(form: FormPage, page: Page) -> None:
    panel = opened(form, page, headers={"Authorization": "Basic YWRtaW46YWRtaW4=", "X-Team": "iam"})
    request = panel.get_by_role("table", name="Headers of the request")
    expect(request.get_by_role("row", name="Authorization")).to_contain_text("•••")
    expect(request.get_by_role("row", name="X-Team")).to_contain_text("iam")
    expect(panel.get_by_label("Body as sent")).to_contain_text('"caused_by": "Maeve O\'Brien"')
    expect(panel.get_by_label("Body of the response")).to_contain_text('\n    "number": "INC')
    expect(panel.get_by_text("201", exact=True)).to_be_visible()
    times = panel.get_by_role("table", name="Time line")
    for stage in ("First byte", "Rest of the answer", "Total"):
        expect(times.get_by_role("row", name=stage)).to_contain_text("ms")
    expect(panel.locator(".invocation-why")).to_contain_text("Delivered: ServiceNow has the record INC")
    assert "YWRtaW46" not in page.content()


def test_validators_stand_one_by_one_beside_what_was_found(form: FormPage, page: Page) -> None:
    validators = [
        {"json_path": "$.result.number", "expected_values": []},
        {"json_path": "$.result.state", "expected_values": ["7", "8"]},
    ]
    panel = opened(form, page, response_validators=validators)
    table = panel.get_by_role("table", name="Response Validators")
    expect(table.get_by_role("row", name="$.result.number")).to_contain_text("passed")
    row = table.get_by_role("row", name="$.result.state")
    expect(row).to_contain_text("7 or 8")
    expect(row).to_contain_text("failed")


def test_the_request_can_be_copied_as_curl(form: FormPage, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = opened(form, page)
    panel.get_by_role("button", name="Copy as curl").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith(f"curl --request POST {form.house.instance.url}/api/now/table/incident")
    assert "Authorization: •••" in copied


def test_the_panel_is_left_by_escape_and_the_button_has_the_focus_again(form: FormPage, page: Page) -> None:
    panel = opened(form, page)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="View Invocation Data")).to_be_focused()
