"""Whatever an event, a webhook or a target says, a page shows it as text and runs none of it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.form_page import FormPage
from tests.e2e.console.house import House

from grantwire.domain.event_types import event_types

CORPUS = (
    "<script data-xss>window.pwned = 1</script>",
    '"><img data-xss src=x onerror="window.pwned = 1">',
    "'><svg data-xss onload='window.pwned = 1'></svg>",
    "</script><script data-xss>window.pwned = 1</script>",
    "</textarea><b data-xss>bold</b>",
    "</pre></dialog><b data-xss>bold</b>",
    "</title></select><option data-xss>",
    '<a data-xss href="javascript:window.pwned=1">x</a>',
    "<!-- <b data-xss> --><iframe data-xss srcdoc='<script>parent.pwned=1</script>'>",
    "{{ 7 * 7 }} ${7*7} #{7*7} {% raw %}",
    "\u2028<style data-xss>*{display:none}</style>\u202e",
)


def poisoned(value: Any, text: str) -> Any:
    """Every text of an event, but for its type."""
    match value:
        case dict():
            return {key: inner if key == "event_type" else poisoned(inner, text) for key, inner in value.items()}
        case list():
            return [poisoned(inner, text) for inner in value]
        case str():
            return text
        case _:
            return value


def assert_untouched(page: Page) -> None:
    assert page.evaluate("() => window.pwned") is None
    assert page.locator("[data-xss]").count() == 0


@pytest.fixture
def poisoned_house(house: House) -> House:
    for number, text in enumerate(CORPUS):
        envelope = poisoned(event_types()["RequestCreated"].sample(), text)
        envelope["id"] = f"hostile-{number}-{house._events}"
        house.server.call("POST", "/v1/events", envelope)
        house._events += 1
    return house


def test_hostile_events_are_text_on_every_page_that_shows_them(page: Page, poisoned_house: House) -> None:
    for path in ("/", "/events", "/deliveries", "/webhooks", "/webhook-form/new"):
        page.goto(path)
        assert_untouched(page)


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_event_is_text_in_preview_test_and_invocation(
    form: FormPage, page: Page, poisoned_house: House, text: str
) -> None:
    poisoned_house.guide(headers={"Authorization": "Basic YWRtaW46YWRtaW4="})
    envelope = poisoned(event_types()["RequestCreated"].sample(), text)
    envelope["id"] = f"one-{poisoned_house._events}-{CORPUS.index(text)}"
    poisoned_house._events += 1
    poisoned_house.server.call("POST", "/v1/events", envelope)
    form.edit("ServiceNow prod")
    page.get_by_label("Preview with").select_option(f"past:{envelope['id']}")
    expect(page.locator("#preview")).to_contain_text("caused_by")
    form.test()
    page.get_by_role("button", name="View Invocation Data").click()
    expect(page.get_by_label("Body of the response")).to_contain_text(text.replace('"', '\\"')[:5])
    assert_untouched(page)


BODY = '{"a": "<script data-xss>window.pwned = 1</script></textarea><b data-xss>"}'


def test_a_hostile_webhook_is_text_in_the_table_and_the_form(form: FormPage, page: Page, poisoned_house: House) -> None:
    house = poisoned_house
    values = [text for text in CORPUS if text.strip()]
    house.guide(
        body=BODY,
        headers={"X-Note": '"><img data-xss src=x onerror=window.pwned=1>'},
        filters={
            "integration": values,
            "not": {"requester": values},
            "expression": 'data.id != "</script><b data-xss>"',
        },
        response_validators=[{"json_path": "$['<b data-xss>']", "expected_values": values}],
        url=f"{house.instance.url}/api/now/table/incident?x=%22%3E%3Cb%20data-xss%3E",
    )
    house.server.call("POST", "/v1/webhooks/ServiceNow%20prod/pause", {"why": CORPUS[1]})
    for path in ("/", "/webhooks", "/webhooks?q=%22%3E%3Cb%20data-xss%3E"):
        page.goto(path)
        assert_untouched(page)
    form.edit("ServiceNow prod")
    expect(page.locator("#matches")).to_contain_text("would have matched")
    form.test()
    assert_untouched(page)
    expect(page.locator("#body")).to_have_value(BODY)


def test_a_place_to_go_to_after_signing_in_is_on_this_site(page: Page, house: House) -> None:
    for place in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        page.goto(f"/sign-in?next={place}")
        assert page.url == f"{house.url}/"
