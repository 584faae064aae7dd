"""Much of everything: headers, a long template, a long body. And the keyboard: menus and panels give the focus back."""

from playwright.sync_api import Page, expect
from tests.e2e.console.form_page import FormPage
from tests.e2e.console.house import House
from tests.e2e.console.watched import NARROW, WIDE, assert_fits
from tests.e2e.processes import token_of

TEMPLATE = '{"short_description": "{{ data.id }}", "description": "' + "long " * 12_800 + '"}'  # 64 KiB


def test_thirty_headers_and_a_long_template_can_be_edited(form: FormPage, page: Page, house: House) -> None:
    headers = {f"X-Header-{number}": "value " * 20 for number in range(29)}
    house.guide("Large", headers={**headers, "Authorization": f"Bearer {token_of(house.instance)}"}, body=TEMPLATE)
    form.edit("Large")
    form.checked()
    expect(page.get_by_label("Key", exact=True)).to_have_count(31)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert_fits(page)
    page.set_viewport_size(WIDE)
    expect(form.test()).to_be_visible()
    page.get_by_role("button", name="View Invocation Data").click()
    panel = page.get_by_role("dialog", name="Invocation Data")
    expect(panel).to_contain_text("X-Header-28")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="View Invocation Data")).to_be_focused()
    form.save()
    expect(page.get_by_role("row", name="Large")).to_be_visible()
    assert house.server.call("GET", "/v1/webhooks/Large")["body"] == TEMPLATE


def test_a_body_of_many_hundred_kilobytes_can_be_looked_at(page: Page, house: House) -> None:
    house.guide("Long", body='{"short_description": "{{ data.id }}", "description": "{{ data.justification }}"}')
    house.send(justification="w" * 900_000)
    house.until_ended()
    page.goto("/deliveries?webhook=Long")
    page.locator(".row-target").first.click()
    expect(page.get_by_role("heading", name="Delivery to Long")).to_be_visible()
    expect(page.get_by_role("heading", name="Body as sent")).to_be_visible()
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert_fits(page)


def test_menus_are_used_by_keyboard(page: Page, house: House) -> None:
    house.guide("Keys")
    page.goto("/webhooks")
    opener = page.get_by_label("Actions for Keys", exact=True).and_(page.locator("summary"))
    opener.focus()
    page.keyboard.press("Enter")
    edit = page.get_by_role("link", name="Edit", exact=True)
    expect(edit).to_be_visible()
    page.keyboard.press("Tab")
    expect(edit).to_be_focused()
    page.keyboard.press("Escape")
    expect(edit).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(edit).to_be_hidden()  # who goes on leaves nothing open behind


def test_the_payload_schema_gives_the_focus_back(form: FormPage, page: Page) -> None:
    form.add()
    opener = page.get_by_role("button", name="View event's payload schema")
    opener.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Payload schema")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()
