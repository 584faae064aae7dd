"""Deliveries: found by every filter, each with all its invocations; retried, cancelled, replayed."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.house import House
from tests.e2e.console.watched import open_page
from tests.e2e.processes import eventually

EVIL = ('"><script>window.hit=1</script>', "<img src=x onerror=window.hit=1>", "{{7*7}}", "javascript:window.hit=1//")


def rows(page: Page) -> Any:
    return page.locator(".table-card tbody tr")


def choose(page: Page, **filters: str) -> None:
    for label, value in filters.items():
        field = page.get_by_label(label.replace("_", " "), exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            if not field.is_visible():
                page.get_by_text("More filters").click()
            field.fill(value)
    page.get_by_role("button", name="Filter").click()


def failing(house: House, **changes: Any) -> None:
    """The webhook of the guide, whose target is down for one answer."""
    house.guide(**changes)
    house.fault("maintenance_503", count=1, on="table")
    house.send()
    house.until_ended()


def until_searchable(page: Page) -> None:
    """Every event is found by what it says: the list has no more to tell about it."""

    def is_so() -> bool:
        page.goto("/deliveries?requester=nobody-at-all")
        return page.get_by_text("not searched yet").count() == 0

    eventually(is_so)


def open_newest(page: Page, query: str = "") -> None:
    page.goto(f"/deliveries{query}")
    page.locator(".row-target").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delivery to")


def test_a_row_says_what_became_of_the_event_and_why(house: House, page: Page) -> None:
    house.guide("ServiceNow prod")
    house.send("RequestApproved")
    house.until_ended()
    page.goto("/deliveries?webhook=ServiceNow+prod")
    row = rows(page).first
    for words in ("delivered", "ServiceNow prod", "RequestApproved", "Maeve O'Brien", "INC0"):
        expect(row).to_contain_text(words)


def test_deliveries_are_found_by_each_filter_and_by_all_together(house: House, page: Page) -> None:
    house.guide("Found", filters={"integration": ["vault"]})
    mine = {"name": "Zoë Quist", "id": "user-zoe", "email": "zoe@example.com"}
    groups = [{"integration": {"id": "int-9", "name": "vault", "type": "Vault"}}]
    sent = house.send("RequestGranted", requester=mine, access_groups=groups)
    house.send("RequestGranted")
    house.until_ended()
    until_searchable(page)
    request_id = house.server.call("GET", f"/v1/events/{sent['id']}")["access_request_id"]
    page.goto("/deliveries")
    chosen = {"State": "delivered", "Webhook": "Found", "Event_type": "RequestGranted", "Requester": "zoe quist"}
    choose(page, **chosen, Integration="VAULT", Access_request_id=request_id)
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".chip")).to_have_count(6)
    for name, value, count in (("requester", "zoë", 0), ("requester", "zoe", 1), ("state", "dead", 0)):
        page.goto(f"/deliveries?webhook=Found&{name}={value}")
        expect(rows(page)).to_have_count(count if value != "zoë" else 1)
    page.goto("/deliveries?webhook=Found&integration=nowhere")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_a_filter_that_means_nothing_is_told_and_not_left_out(house: House, watched: Any) -> None:
    watched.expect("status of 400")
    watched.page.goto("/deliveries?state=lost")
    expect(watched.page.get_by_text("Known are pending, sending")).to_be_visible()


def test_a_filter_is_taken_away_by_its_chip(house: House, page: Page) -> None:
    page.goto("/deliveries?state=dead&period=1h")
    page.locator(".chip", has_text="Last hour").click()
    expect(page).to_have_url(re.compile(r"/deliveries\?state=dead$"))


def test_times_are_chosen_in_the_zone_of_the_reader(browser: Any, house: House, cookies: Any) -> None:
    with open_page(browser, house.url, cookies=cookies, timezone_id="Asia/Tokyo") as watched:
        page = watched.page
        page.goto("/deliveries")
        page.get_by_text("More filters").click()
        page.get_by_label("From (Asia/Tokyo)").fill("2026-01-02T09:00")
        page.get_by_role("button", name="Filter").click()
        expect(page).to_have_url(re.compile(r"since=2026-01-02T00%3A00$"))
        expect(page.get_by_label("From (Asia/Tokyo)")).to_have_value("2026-01-02T09:00")
        watched.assert_clean()


def test_pages_of_a_list_follow_each_other_with_their_filters(house: House, page: Page) -> None:
    house.guide("Pages", active=False)
    for _ in range(51):
        house.send("RequestFailed")
    until_searchable(page)
    page.goto("/deliveries?webhook=Pages&type=RequestFailed")
    expect(rows(page)).to_have_count(50)
    first = rows(page).first.locator("a").get_attribute("href")
    page.get_by_role("link", name="Older").click()
    expect(rows(page)).to_have_count(1)
    assert rows(page).first.locator("a").get_attribute("href") != first
    page.get_by_role("link", name="Newest").click()
    expect(rows(page)).to_have_count(50)


def test_an_invocation_shows_all_of_its_data(house: House, page: Page) -> None:
    house.guide("Data", response_validators=[{"json_path": "$.result.number", "expected_values": []}])
    house.send()
    house.until_ended()
    open_newest(page, "?webhook=Data")
    entry = page.locator(".entry[open]")
    expect(entry).to_contain_text("Invocation 1")
    expect(entry.get_by_role("link", name=re.compile("INC0"))).to_have_attribute(
        "href", re.compile(rf"^{house.instance.url}/nav_to\.do\?uri=incident\.do%3Fsys_id%3D[0-9a-f]{{32}}$")
    )
    for words in ("$.result.number", "passed", "First byte", "Total", "201", "Copy as curl"):
        expect(entry).to_contain_text(words)
    entry.get_by_text("headers").first.click()
    request = entry.get_by_role("table", name="Headers of the request")
    expect(request.get_by_role("row", name="Authorization")).to_contain_text("•••")
    assert "Bearer" not in page.content()


def test_the_command_is_copied(browser: Any, house: House, cookies: Any) -> None:
    house.guide("Copy")
    house.send()
    house.until_ended()
    with open_page(browser, house.url, cookies=cookies, permissions=["clipboard-read", "clipboard-write"]) as watched:
        open_newest(watched.page, "?webhook=Copy")
        watched.page.get_by_role("button", name="Copy as curl").click()
        expect(watched.page.get_by_role("button", name="Copied")).to_be_visible()
        assert watched.page.evaluate("() => navigator.clipboard.readText()").startswith("curl --request POST http")
        watched.assert_clean()


def test_a_waiting_delivery_is_retried_now(house: House, page: Page) -> None:
    failing(house, name="Again")
    open_newest(page, "?webhook=Again&state=waiting")
    expect(page.get_by_text("next invocation", exact=False)).to_be_visible()
    page.get_by_role("button", name="Retry now").click()
    expect(page.get_by_role("status")).to_contain_text("sent as soon as")
    house.until_ended()
    page.reload()
    expect(page.locator(".summary-state")).to_contain_text("delivered")
    expect(page.locator(".entry")).to_have_count(2)


def test_a_waiting_delivery_is_cancelled_and_then_replayed(house: House, page: Page) -> None:
    failing(house, name="Off and on")
    open_newest(page, "?webhook=Off+and+on&state=waiting")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".summary-state")).to_contain_text("cancelled by admin@example.com")
    old = page.url
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_contain_text("this is the new delivery")
    assert page.url != old
    expect(page.get_by_text("Replay of")).to_be_visible()
    house.until_ended()
    page.goto(old)
    expect(page.get_by_text("Replayed as")).to_be_visible()
    expect(page.locator(".summary-card dd .badge")).to_have_text("delivered")


def test_a_dead_one_that_keeps_others_waiting_is_skipped(house: House, page: Page) -> None:
    house.guide("In order", order="per_request", retry={"attempts": 1})
    house.fault("maintenance_503", count=1, on="table")
    for type_ in ("RequestCreated", "RequestApproved"):
        house.send(type_, id="req-in-order")
        house.until_ended()
    page.goto("/")
    needs_a_look = page.get_by_role("region", name="Needs a look")
    expect(needs_a_look).to_contain_text("1 access request waits behind a delivery that was given up")
    page.goto("/deliveries?webhook=In+order")
    choose(page, State="blocked")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("in front is dead: replay it, skip it, or wait until")
    page.locator(".row-target").first.click()
    expect(page.get_by_text("one at a time, in the order")).to_be_visible()
    blocked = page.url
    page.locator(".summary-state").get_by_role("link", name=re.compile("^dlv_")).click()
    expect(page.locator(".summary-state")).to_contain_text("dead")
    expect(page.get_by_role("link", name="Which ones wait")).to_be_visible()
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("status")).to_contain_text("What waited behind it goes on")
    expect(page.locator(".summary-state")).to_contain_text("skipped by admin@example.com")
    expect(page.locator(".entry")).to_have_count(1)
    house.until_ended()
    page.goto(blocked)
    expect(page.locator(".summary-state")).to_contain_text("delivered")


def test_what_ended_well_offers_nothing_to_press(house: House, page: Page) -> None:
    house.guide("Well")
    house.send()
    house.until_ended()
    open_newest(page, "?webhook=Well&state=delivered")
    expect(page.locator(".page-head-actions button")).to_have_count(0)


def test_an_action_without_the_token_of_the_page_is_refused(house: House, page: Page) -> None:
    failing(house, name="Guarded")
    open_newest(page, "?webhook=Guarded&state=waiting")
    for action in ("retry", "cancel", "skip", "replay"):
        answer = page.request.post(f"{page.url}/{action}", form={}, max_redirects=0)
        assert answer.status == 403


def test_an_unknown_delivery_is_not_found(house: House, watched: Any) -> None:
    watched.expect("status of 404")
    watched.page.goto("/deliveries/dlv_nothing")
    expect(watched.page.get_by_role("heading", name="There is nothing here")).to_be_visible()


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_in_an_event_becomes_markup_or_runs(house: House, page: Page, evil: str) -> None:
    house.guide("Hostile", body=json.dumps({"short_description": "{{ data.justification }}"}))
    person = {"id": evil, "name": evil, "email": evil}
    groups = [{"integration": {"id": evil, "name": evil, "type": evil}}]
    fields = {"requester": person, "access_groups": groups, "friendly_id": evil, "justification": evil}
    sent = house.send(**fields, custom_fields={evil: evil}, access_flow={"id": evil, "name": evil})
    house.until_ended()
    until_searchable(page)
    query = {"webhook": "Hostile", "requester": evil}
    for path in ("/deliveries", "/events", "/", "/webhooks/Hostile", f"/events/{sent['id']}"):
        page.goto(path)
        assert page.evaluate("() => window.hit") is None
    page.goto("/deliveries")
    choose(page, Webhook=query["webhook"], Requester=query["requester"])
    expect(rows(page)).to_have_count(1)
    page.locator(".row-target").first.click()
    for summary in page.locator(".fold > summary").all():
        summary.click()
    assert page.evaluate("() => window.hit") is None
    expect(page.locator("pre").first).to_contain_text("short_description")
