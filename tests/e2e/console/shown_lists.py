"""The lists of events and deliveries, and one of each."""

from playwright.sync_api import Page
from tests.e2e.console.house import House
from tests.e2e.console.shown import Shown
from tests.e2e.processes import eventually


def first(page: Page, house: House) -> None:
    """The newest of the list."""
    page.locator(".row-target").first.click()
    page.locator("h1").wait_for()


def with_explanations(page: Page, house: House) -> None:
    first(page, house)
    for summary in page.locator(".answers summary").all():
        summary.click()
    to_top(page)


def with_more_filters(page: Page, house: House) -> None:
    page.locator(".filter-more summary").click()


def with_headers(page: Page, house: House) -> None:
    first(page, house)
    for summary in page.locator(".entry[open] .fold > summary").all():
        summary.click()
    to_top(page)


def after_a_question(page: Page, house: House) -> None:
    """A delivery whose first answer hid what was done, and which was found by asking."""
    reconcile = {
        "url": f"{house.instance.url}/api/now/table/incident?sysparm_query=correlation_id={{{{event_id}}}}",
        "match": "$.result[*].correlation_id",
        "equals": "{{ event_id }}",
    }
    body = '{"short_description": "prod db", "correlation_id": "{{ event_id }}"}'
    house.guide("Asks first", body=body, reconcile=reconcile, triggers=["RequestFailed"])
    house.fault("created_but_403", count=1, match={"method": "POST", "body": "correlation_id"})
    promise = house.send("RequestFailed")
    (delivery,) = [one["id"] for one in promise["deliveries"] if one["webhook"] == "Asks first"]
    eventually(lambda: house.server.call("GET", f"/v1/deliveries/{delivery}")["state"] == "delivered")
    page.goto(f"/deliveries/{delivery}")
    for summary in page.locator(".entry[open] .fold > summary").all():
        summary.click()
    to_top(page)


def to_top(page: Page) -> None:
    page.evaluate("() => scrollTo(0, 0)")


PAGES = (
    Shown("events", "/events"),
    Shown("events-filtered", "/events?requester=nobody", prepare=with_more_filters),
    Shown("event", "/events?type=RequestRejected", prepare=with_explanations),
    Shown("deliveries", "/deliveries"),
    Shown("deliveries-filtered", "/deliveries?state=skipped&period=24h&requester=user"),
    Shown("delivery", "/deliveries?state=delivered", prepare=with_headers),
    Shown("delivery-asked", "/deliveries", prepare=after_a_question),
    Shown("delivery-waiting", "/deliveries?state=waiting", prepare=first),
)
