"""The console says what was removed, and nothing breaks where a payload is gone."""

import pytest
from tests.edges.api.house import event, remove_payloads
from tests.edges.web.conftest import Console


@pytest.fixture
async def delivery_id(console: Console) -> str:
    """Of an event whose payload was removed."""
    await console.sign_in()
    await console.house.webhook()
    accepted = (await console.house.client.post("/v1/events", json=event(id="e-1"))).json()
    delivery_id: str = accepted["deliveries"][0]["id"]
    await console.house.delivery(delivery_id, "delivered")
    await remove_payloads(console.house)
    return delivery_id


async def text(console: Console, path: str) -> str:
    answer = await console.browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_the_page_of_an_event_says_that_its_payload_was_removed(console: Console, delivery_id: str) -> None:
    shown = await text(console, "/events/e-1")
    assert "The payload was removed" in shown
    assert "Maeve" not in shown
    assert f"/deliveries/{delivery_id}" in shown


async def test_the_page_of_a_delivery_says_that_the_bodies_were_removed(console: Console, delivery_id: str) -> None:
    shown = await text(console, f"/deliveries/{delivery_id}")
    assert shown.count("The body, if there was one, was removed") == 2
    assert "curl" not in shown
    assert "201" in shown


@pytest.mark.parametrize("path", ["/", "/events", "/deliveries", "/webhooks/ServiceNow%20prod"])
async def test_lists_show_the_record_without_its_payload(console: Console, delivery_id: str, path: str) -> None:
    assert "RequestCreated" in await text(console, path) or path == "/"
