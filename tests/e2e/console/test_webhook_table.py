"""The table of webhooks: dots, search, order, what a row can do."""

from playwright.sync_api import Page, expect
from tests.e2e.console.house import House
from tests.e2e.console.watched import MIDDLE, NARROW, WIDE, Watched, assert_fits


def open_menu(page: Page, name: str) -> None:
    page.locator("summary", has=page.locator("svg")).and_(page.get_by_label(f"Actions for {name}", exact=True)).click()


def names(page: Page) -> list[str]:
    return [name.strip() for name in page.locator(".webhook-name a").all_inner_texts()]


def test_the_dots_tell_active_inactive_and_paused_apart(page: Page, house: House) -> None:
    house.guide("a")
    house.guide("b", active=False)
    house.guide("c")
    house.server.call("POST", "/v1/webhooks/c/pause", {"why": "until Monday"})
    page.goto("/webhooks")
    for name, colour, words in (("a", "green", "active"), ("b", "white", "inactive"), ("c", "amber", "paused")):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(row.locator(f".dot-{colour}")).to_have_attribute("aria-label", words)


def test_search_narrows_the_table_and_the_address_remembers_it(page: Page, house: House) -> None:
    house.guide("ServiceNow prod")
    house.guide("Audit trail", active=False)
    page.goto("/webhooks")
    page.get_by_role("searchbox", name="Search webhooks").fill("inactive audit")
    expect(page.locator(".webhook-name a")).to_have_count(1)
    assert names(page) == ["Audit trail"]
    page.reload()
    assert names(page) == ["Audit trail"]
    page.get_by_role("searchbox", name="Search webhooks").fill("nothing like it")
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(page: Page, house: House) -> None:
    for name in ("beta", "Alpha", "gamma"):
        house.guide(name)
    page.goto("/webhooks")
    assert names(page) == ["Alpha", "beta", "gamma"]
    page.get_by_role("link", name="Name", exact=True).click()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    assert names(page) == ["gamma", "beta", "Alpha"]


def test_a_row_can_be_paused_and_resumed(page: Page, house: House) -> None:
    house.guide()
    page.goto("/webhooks")
    open_menu(page, "ServiceNow prod")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("is paused")
    expect(page.get_by_role("row", name="ServiceNow prod")).to_contain_text("by admin@example.com")
    open_menu(page, "ServiceNow prod")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".dot-green")).to_have_count(1)


def test_a_duplicate_keeps_the_secrets_and_is_inactive(page: Page, house: House) -> None:
    house.guide()
    page.goto("/webhooks")
    open_menu(page, "ServiceNow prod")
    page.get_by_role("link", name="Duplicate").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("ServiceNow prod 2")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("Test successful")).to_be_visible()
    page.get_by_role("button", name="Save Webhook").click()
    expect(page.locator(".dot-white")).to_have_count(1)


def test_a_name_leads_to_the_page_of_its_webhook_and_the_menu_to_the_form(page: Page, house: House) -> None:
    house.guide("test")  # no name is taken by a page of the console
    house.guide("new")
    for name in ("test", "new"):
        page.goto("/webhooks")
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("new")
    page.goto("/webhooks")
    open_menu(page, "test")
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("test")


def test_a_paused_row_stays_in_the_table(page: Page, house: House) -> None:
    house.guide("Here")
    page.goto("/webhooks")
    open_menu(page, "Here")
    page.get_by_role("button", name="Pause").click()
    expect(page).to_have_url(f"{house.url}/webhooks")


def test_long_names_and_urls_keep_every_row_in_its_card(page: Page, house: House, watched: Watched) -> None:
    watched.expect("status of 4")  # two of these pages are refusals
    house.guide(("Payments " * 11).strip(), url=f"{house.instance.url}/api/now/table/incident?{'x' * 900}")
    house.guide("n" * 100)
    house.server.call("POST", f"/v1/webhooks/{'n' * 100}/pause", {"why": "w" * 400})
    for size in (WIDE, MIDDLE, NARROW):
        page.set_viewport_size(size)
        for path in ("/webhooks", f"/webhooks/{'n' * 100}", f"/webhooks/{'n' * 100}/replay", f"/webhooks/{'m' * 100}"):
            page.goto(path)
            assert_fits(page)


def test_a_deletion_is_confirmed(page: Page, house: House) -> None:
    house.guide()
    page.goto("/webhooks")
    open_menu(page, "ServiceNow prod")
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete ServiceNow prod?")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    assert names(page) == ["ServiceNow prod"]
    open_menu(page, "ServiceNow prod")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete webhook").click()
    expect(page.get_by_role("status")).to_contain_text("is deleted")
    expect(page.get_by_text("No webhook yet")).to_be_visible()
