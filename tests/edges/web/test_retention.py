"""The console says what was removed, and nothing breaks where a payload is gone."""

from datetime import UTC, datetime

import pytest
from tests.edges.api.house import event, remove_payloads
from tests.edges.web.conftest import Console

from grantwire.domain.retention import FileSize, Kind, Removed, Retention, Sweep
from grantwire.edges.web.kept import facts_of
from grantwire.flow.retain import Kept


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


async def test_the_overview_says_what_is_kept_and_when_the_last_sweep_was(console: Console, delivery_id: str) -> None:
    before = await text(console, "/")
    for words in ("<dd>400 days</dd>", "<dd>90 days</dd>", "<dd>none yet</dd>", "MiB of it free"):
        assert words in before
    await console.house.store.note_sweep(Sweep(datetime(2026, 11, 24, 12, tzinfo=UTC), Removed()))
    assert "24 Nov 2026 12:00 UTC" in await text(console, "/")


def kept(retention: Retention, waiting: dict[Kind, int]) -> dict[str, str]:
    return dict(facts_of(Kept(retention, waiting, None, FileSize(3 * 2**20, 0))))


def test_what_is_kept_for_ever_is_said_in_words() -> None:
    shown = kept(Retention(events=0, deliveries=0, attempts=1, payloads=0), {})
    times = [shown[name] for name in ("Events", "Deliveries", "Invocations", "Payloads")]
    assert times == ["for ever", "for ever", "1 day", "as long as the record"]
    assert shown["Old events to look at"] == "nothing goes"


def test_an_event_that_loses_several_things_waits_once() -> None:
    retention = Retention(events=400, deliveries=400, attempts=400, payloads=90)
    assert kept(retention, {Kind.EVENTS: 3, Kind.PAYLOADS: 5})["Old events to look at"] == "5"
    assert kept(retention, {Kind.EVENTS: 10_000})["Old events to look at"] == "10,000+"
