"""The overview answers one question: is everything well?"""

import base64
import json
import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect
from tests.adapters.outbound.test_certificate_end import pem
from tests.e2e.console.house import House
from tests.e2e.processes import eventually


def sentence(page: Page):
    return page.locator(".answer")


def until_counted(page: Page, words: str) -> None:
    """The sums of the hour follow the invocations by a moment."""

    def is_so() -> bool:
        page.goto("/")
        return words in sentence(page).inner_text()

    eventually(is_so)


def test_without_a_webhook_it_says_what_to_do_first(house: House, page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("First, a webhook")).to_be_visible()
    page.get_by_role("link", name="Set up a webhook").click()
    expect(page).to_have_url(re.compile(r"/webhooks"))


def test_all_is_well_when_everything_was_delivered(house: House, page: Page) -> None:
    house.guide()
    house.send()
    house.until_ended()
    page.goto("/")
    expect(sentence(page)).to_contain_text("All is well.")


def test_a_failing_webhook_is_named_with_its_reason_and_a_link(house: House, page: Page) -> None:
    house.guide("Broken")
    house.fault("maintenance_503", on="table")
    house.send()
    house.until_ended()
    until_counted(page, "Broken is failing.")
    item = page.locator(".attention-list li", has_text="Broken")
    expect(item).to_contain_text("503")
    item.get_by_role("link", name="See what happened").click()
    expect(page.get_by_role("heading", name="Delivery to Broken")).to_be_visible()


def test_a_paused_webhook_is_told_with_its_reason(house: House, page: Page) -> None:
    house.guide("Resting")
    house.server.call("POST", "/v1/webhooks/Resting/pause", {"why": "an upgrade"})
    page.goto("/")
    expect(sentence(page)).to_contain_text("Resting is paused.")
    expect(page.locator(".attention-list")).to_contain_text("an upgrade")


def test_a_token_that_says_when_it_ends_is_told_in_time(house: House, page: Page) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1_600_000_000}).encode()).decode().rstrip("=")
    house.guide("Old token", headers={"Authorization": f"Bearer e30.{claims}.c2ln"})
    page.goto("/")
    expect(sentence(page)).to_contain_text("The token of Old token has ended.")


def test_a_client_certificate_that_ends_is_told_in_time(house: House, page: Page) -> None:
    for name, ends_at in (("Soon", datetime.now(UTC) + timedelta(days=20)), ("Late", datetime(2099, 1, 1, tzinfo=UTC))):
        auth = {"type": "client_certificate", "certificate": pem(ends_at), "private_key": "${file:/run/own.key}"}
        house.guide(name, headers={}, auth=auth)
    page.goto("/")
    [told] = page.locator(".attention-list li", has_text="client certificate").all()
    expect(told).to_contain_text("The client certificate of Soon ends")


def test_what_was_given_up_is_listed(house: House, page: Page) -> None:
    house.guide("Lost", retry={"attempts": 1, "max_age_hours": 24})
    house.fault("maintenance_503", on="table")
    house.send()
    house.until_ended()
    page.goto("/")
    expect(page.get_by_role("link", name="RequestCreated to Lost").first).to_be_visible()
