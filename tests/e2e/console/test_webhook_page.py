"""A webhook's own page: how it does, live; its settings and history; pause, resume, replay."""

import re

from playwright.sync_api import Page, expect
from tests.e2e.console.house import House
from tests.e2e.console.test_deliveries import rows
from tests.e2e.console.watched import Watched
from tests.e2e.processes import eventually


def dead(house: House, count: int, name: str = "Lost") -> None:
    house.guide(name, retry={"attempts": 1, "max_age_hours": 24})
    house.fault("maintenance_503", count=count, on="table")
    for _ in range(count):
        house.send()
    house.until_ended()


def test_the_page_shows_settings_charts_and_latest_deliveries(house: House, page: Page) -> None:
    house.guide("Shown", filters={"integration": ["prod db"]}, limits={"per_minute": 600})
    house.send()
    house.until_ended()
    page.goto("/webhooks/Shown")
    settings = page.get_by_label("Settings")
    for words in ("POST", "/api/now/table/incident", "integration is prod db", "600 per minute", "30 s", "active"):
        expect(settings).to_contain_text(words)
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("img").first).to_be_visible()
    page.get_by_role("link", name="7 days").click()
    expect(page).to_have_url(re.compile(r"span=7d"))


def test_what_happens_shows_without_a_reload(house: House, page: Page) -> None:
    house.guide("Live")
    page.goto("/webhooks/Live")
    expect(page.get_by_text("live", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    house.send("RequestGranted")
    expect(rows(page).first).to_contain_text("RequestGranted")
    expect(rows(page).first).to_contain_text("delivered")
    expect(rows(page).first.locator("time")).not_to_contain_text("UTC")


def test_the_charts_follow_the_invocations(house: House, page: Page) -> None:
    house.guide("Charted")
    house.send()
    house.until_ended()

    def is_counted() -> bool:
        page.goto("/webhooks/Charted")
        return page.locator(".chart-delivered").count() > 0

    eventually(is_counted)
    expect(page.get_by_role("img", name="1 delivered, 0 failed")).to_be_visible()


def test_a_pause_says_why_and_a_resume_lets_go(house: House, page: Page) -> None:
    house.guide("Pausing")
    page.goto("/webhooks/Pausing")
    page.locator("summary", has_text="Pause").click()
    page.get_by_label("Why?").fill("<b>moving</b> house")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Pausing is paused.")
    expect(page.get_by_text("Paused: <b>moving</b> house")).to_be_visible()
    house.send()
    expect(rows(page).first).to_contain_text("held")
    page.locator("summary", has_text="Resume").click()
    page.get_by_role("button", name="Resume").click()
    expect(rows(page).first).to_contain_text("delivered")


def test_the_history_says_who_changed_what(house: House, page: Page) -> None:
    house.guide("Changed")
    house.guide("Changed", timeout_seconds=12)
    house.server.call("POST", "/v1/webhooks/Changed/pause", {"why": "an upgrade"})
    page.goto("/webhooks/Changed")
    entries = page.locator("#history ~ .entry")
    expect(entries).to_have_count(3)
    expect(entries.nth(0)).to_contain_text("Paused")
    expect(entries.nth(0)).to_contain_text("by API key bootstrap: an upgrade")
    entries.nth(1).locator("summary").click()
    expect(entries.nth(1).locator("dt")).to_have_text("timeout_seconds")
    expect(entries.nth(1).locator("ins")).to_have_text("12")


def test_a_replay_says_first_what_it_would_send(house: House, page: Page) -> None:
    dead(house, 3)
    page.goto("/webhooks/Lost")
    page.get_by_role("link", name="Replay").click()
    expect(page.get_by_text("3 deliveries would be sent again")).to_be_visible()
    assert len(house.server.deliveries()) >= 3
    page.get_by_role("button", name="Send 3 deliveries again").click()
    expect(page.get_by_text("Done. 3 deliveries sent again.")).to_be_visible()
    page.goto("/webhooks/Lost")
    expect(rows(page)).to_have_count(6)
    expect(rows(page).nth(0)).to_contain_text("delivered")
    page.get_by_role("link", name="Replay").click()
    expect(page.get_by_text("Nothing to send again")).to_be_visible()
    expect(page.get_by_role("table", name="Replays of this webhook")).to_contain_text("3 of 3")


def test_a_replay_shows_its_progress_and_is_cancelled(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected.append("400")  # of a pace that is no number
    house.guide("Slow", filters={"integration": ["nowhere"]})
    for _ in range(3):
        house.send()
    page.goto("/webhooks/Slow/replay?state=skipped")
    page.get_by_label("At most a minute").fill("no")
    page.get_by_role("button", name="Send 3 deliveries again").click()
    expect(page.get_by_text("is no whole number")).to_be_visible()
    page.goto("/webhooks/Slow/replay?state=skipped")
    page.get_by_label("At most a minute").fill("1")
    page.get_by_role("button", name="Send 3 deliveries again").click()
    expect(page.get_by_text("Sending again: 1 of 3 deliveries.")).to_be_visible()
    page.get_by_role("button", name="Cancel the replay").click()
    expect(page.get_by_role("status")).to_contain_text("Cancelled. 1 delivery sent again so far.")
    expect(page.get_by_text("Cancelled by admin@example.com.")).to_be_visible()


def test_an_inactive_webhook_says_what_to_do_before_a_replay(house: House, page: Page) -> None:
    house.guide("Off", filters={"integration": ["nowhere"]})
    house.send()
    house.guide("Off", active=False)
    page.goto("/webhooks/Off/replay?state=skipped")
    expect(page.get_by_text("Off is inactive, so nothing can be sent again.")).to_be_visible()
    expect(page.get_by_role("link", name="Make it active")).to_be_visible()


def test_a_replay_is_narrowed_by_state_and_time(house: House, page: Page) -> None:
    house.guide("Skips", filters={"integration": ["nowhere"]})
    house.send()
    page.goto("/webhooks/Skips/replay")
    expect(page.get_by_text("Nothing to send again")).to_be_visible()
    page.get_by_label("Which").select_option("skipped")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("button", name="Send 1 delivery again")).to_be_visible()
    page.goto("/webhooks/Skips/replay?state=skipped&until=2026-01-01T00:00")
    expect(page.get_by_text("Nothing to send again")).to_be_visible()


def test_actions_without_the_token_of_the_page_are_refused(house: House, page: Page) -> None:
    house.guide("Guarded")
    page.goto("/webhooks/Guarded")
    for action in ("pause", "resume", "replay"):
        assert page.request.post(f"{page.url}/{action}", form={}, max_redirects=0).status == 403


def test_a_stranger_gets_no_live_rows(browser, house: House) -> None:
    house.guide("Secret")
    context = browser.new_context(base_url=house.url)
    answer = context.request.get("/webhooks/Secret/live", max_redirects=0)
    assert answer.status == 303
    context.close()


def test_a_name_with_odd_characters_has_its_page(house: House, page: Page) -> None:
    house.guide("Team - A_1")
    page.goto("/webhooks/Team%20-%20A_1")
    expect(page.get_by_role("heading", name="Team - A_1")).to_be_visible()
    page.get_by_role("link", name="Replay").click()
    expect(page.get_by_role("heading", name="Replay")).to_be_visible()
