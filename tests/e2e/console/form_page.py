"""What a person does on the form of a webhook, in the words of the page."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from tests.e2e.console.house import House
from tests.e2e.processes import token_of

from grantwire.presets.catalog import by_name

GUIDE_BODY = by_name()["servicenow-guide"].definition["body"]


@dataclass
class FormPage:
    page: Page
    house: House

    @property
    def body(self) -> Locator:
        return self.page.get_by_role("textbox", name="Body Template")

    def add(self, *, start: str = "") -> None:
        self.page.goto(f"/webhook-form/new?start={start}")

    def edit(self, name: str) -> None:
        self.page.goto("/webhooks")
        self.page.get_by_role("link", name=name, exact=True).click()
        self.page.get_by_role("link", name="Edit", exact=True).click()
        expect(self.page.get_by_role("heading", name="Edit Webhook")).to_be_visible()

    def name(self, text: str) -> None:
        self.page.get_by_label("Name", exact=True).fill(text)

    def url(self, text: str) -> None:
        self.page.get_by_label("URL", exact=True).fill(text)

    def write_body(self, text: str) -> None:
        self._write(self.body, text)

    def write_action(self, trigger: str, text: str) -> None:
        """Its part is open."""
        self._write(self.page.locator(f"[id='actions.{trigger}']").get_by_role("textbox", name="Action Body"), text)

    def _write(self, editor: Locator, text: str) -> None:
        editor.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.evaluate("text => document.execCommand('insertText', false, text)", text)

    def header(self, key: str, value: str) -> None:
        """In the last row, which is blank."""
        self.page.get_by_label("Key", exact=True).last.fill(key)
        self.page.get_by_label("Value", exact=True).last.fill(value)

    def trigger(self, *names: str) -> None:
        triggers = self.page.locator("summary", has=self.page.locator("#triggers-summary"))
        triggers.click()
        for name in names:
            self.page.get_by_role("checkbox", name=name).check()
        triggers.click()

    def test(self) -> Locator:
        """Presses Test; the result at the foot."""
        self.page.get_by_role("button", name="Test", exact=True).click()
        result = self.page.locator("#test-result .result")
        expect(result).to_be_visible()
        return result

    def save(self) -> None:
        self.page.get_by_role("button", name="Save Webhook").click()

    def checked(self) -> None:
        """The server has looked the body over."""
        expect(self.page.locator("#webhook-form")).to_have_attribute("data-checked", "1")

    def fill_in_guide(self, name: str = "ServiceNow prod") -> None:
        self.name(name)
        self.page.get_by_role("switch", name="Status").check()
        self.page.get_by_label("Method").select_option("POST")
        self.url(f"{self.house.instance.url}/api/now/table/incident")
        self.write_body(GUIDE_BODY)
        self.header("Authorization", f"Bearer {token_of(self.house.instance)}")
        self.trigger("RequestCreated", "RequestApproved", "RequestGranted")
