"""Events: found by every filter; each with its payload and every webhook's answer, explained."""

import re

from playwright.sync_api import Page, expect
from tests.e2e.console.house import House
from tests.e2e.console.test_deliveries import choose, rows, until_searchable


def open_event(page: Page, event_id: str) -> None:
    page.goto(f"/events/{event_id}")
    expect(page.get_by_role("heading", name="What every webhook answered")).to_be_visible()


def entry(page: Page, name: str):
    return page.locator(".answers .entry", has=page.locator(".entry-name", has_text=re.compile(f"^{name}$")))


def test_events_are_found_by_type_requester_integration_request_and_time(house: House, page: Page) -> None:
    person = {"id": "user-yui", "name": "Yui Sato", "email": "yui@example.com"}
    groups = [{"integration": {"id": "int-billing", "name": "billing", "type": "Postgresql"}}]
    house.send("RequestExpired", requester=person, access_groups=groups)
    house.send("RequestExpired")
    until_searchable(page)
    page.goto("/events")
    choose(page, Event_type="RequestExpired", Requester="YUI@example.com", Integration="billing", Time="1h")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("Yui Sato")
    page.goto("/events?requester=yui&type=RequestCreated")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_every_webhook_says_what_it_answered(house: House, page: Page) -> None:
    house.guide("Wants it")
    house.guide("Filtered", filters={"integration": ["payments"]})
    house.guide("Inactive", active=False)
    house.guide("Never asked", triggers=["RequestFailed"])
    house.fault("maintenance_503", count=1, on="table")
    house.guide("Waits")
    sent = house.send("RequestCreated")
    house.until_ended()
    open_event(page, sent["id"])
    expect(entry(page, "Filtered")).to_contain_text("skipped: filter integration")
    expect(entry(page, "Inactive")).to_contain_text("skipped: inactive")
    expect(entry(page, "Never asked")).to_contain_text("not asked: trigger RequestCreated is not among RequestFailed")
    told = entry(page, "Wants it").inner_text() + entry(page, "Waits").inner_text()
    assert "delivered" in told
    assert "waiting until" in told


def test_an_answer_is_explained_clause_by_clause(house: House, page: Page) -> None:
    house.guide("Filtered", filters={"integration": ["payments"]})
    sent = house.send("RequestCreated")
    open_event(page, sent["id"])
    entry(page, "Filtered").locator("summary").click()
    row = entry(page, "Filtered").locator("tr", has_text="integration")
    for words in ("payments", "prod db", "failed"):
        expect(row).to_contain_text(words)
    expect(entry(page, "Filtered").locator("tr", has_text="trigger")).to_contain_text("passed")


def test_the_answer_of_a_deleted_webhook_stays(house: House, page: Page) -> None:
    house.guide("Soon gone")
    sent = house.send("RequestCreated")
    house.until_ended()
    house.server.call("DELETE", "/v1/webhooks/Soon%20gone")
    open_event(page, sent["id"])
    expect(entry(page, "Soon gone")).to_contain_text("delivered")


def test_the_payload_is_shown_whole(house: House, page: Page) -> None:
    sent = house.send("RequestCreated", justification='a line\nand "quotes" & <b>angles</b>')
    open_event(page, sent["id"])
    expect(page.locator("#event-payload")).to_contain_text('a line\\nand \\"quotes\\" & <b>angles</b>')


def test_the_delivery_is_one_click_away(house: House, page: Page) -> None:
    house.guide("Clicked")
    sent = house.send()
    house.until_ended()
    open_event(page, sent["id"])
    entry(page, "Clicked").locator("summary").click()
    entry(page, "Clicked").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Delivery to Clicked")).to_be_visible()
