"""The catalogue in the console: in words, with who changed it; nothing of it is a link to somewhere else."""

from playwright.sync_api import Page, expect
from tests.domain.catalogues import sample_catalogue
from tests.e2e.console.house import House


def test_each_access_flow_says_who_may_ask_and_who_decides(page: Page, house: House) -> None:
    house.server.call("PUT", "/v1/catalogue", sample_catalogue())
    page.goto("/")
    page.get_by_role("link", name="Catalogue").click()
    expect(page.get_by_role("heading", name="Catalogue", exact=True)).to_be_visible()
    for flow in sample_catalogue()["access_flows"]:
        card = page.get_by_role("article", name=flow["name"], exact=True)
        expect(card).to_contain_text("May be asked by")
        words = "nobody: it is approved at once" if "approval" not in flow else "Waits for a decision"
        expect(card).to_contain_text(words)
    expect(page.locator("main")).to_contain_text("by API key bootstrap")


def test_what_people_named_in_the_catalogue_is_text_and_no_markup(page: Page, house: House) -> None:
    raw = sample_catalogue()
    raw["access_flows"][0]["name"] = "<b onclick=x>Flow</b> {{ 7*7 }}"
    house.server.call("PUT", "/v1/catalogue", raw)
    page.goto("/catalogue")
    expect(page.get_by_role("heading", name="<b onclick=x>Flow</b> {{ 7*7 }}")).to_be_visible()
    assert page.locator("main b").count() == 0
