"""Events, deliveries and attempts on record: found, paged, retried, cancelled."""

from typing import Any

import jsonschema
import pytest
from tests.edges.api.house import House, created, event, remove_payloads

from grantwire.domain.exchange import Request, Response, Timings


def busy(request: Request) -> Response:
    return Response(503, "Busy", (), b"try later", is_cut=False, timings=Timings(3.0))


async def accept(house: House, **changes: Any) -> str:
    """The id of the one delivery."""
    accepted = (await house.client.post("/v1/events", json=event(**changes))).json()
    delivery_id: str = accepted["deliveries"][0]["id"]
    return delivery_id


async def test_an_event_is_shown_with_what_was_sent_and_its_deliveries(house: House) -> None:
    await house.webhook()
    delivery_id = await accept(house, id="e-1", extra={"kept": [1, None]})
    await house.delivery(delivery_id, "delivered")
    shown = (await house.client.get("/v1/events/e-1")).json()
    assert shown["envelope"] == event(id="e-1", extra={"kept": [1, None]})
    assert (shown["type"], shown["family"], shown["access_request_id"]) == ("RequestCreated", "request", "req-1")
    assert shown["occurred_at"] == "2025-11-24T16:21:05.852378Z"
    [delivery] = shown["deliveries"]
    assert (delivery["id"], delivery["state"]) == (delivery_id, "delivered")


async def test_events_are_listed_newest_first_in_pages(house: House) -> None:
    for number in range(5):
        await house.client.post("/v1/events", json=event(id=f"e-{number}"))
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        params = {"limit": 2} | ({"after": after} if after else {})
        page = (await house.client.get("/v1/events", params=params)).json()
        seen += [one["id"] for one in page["items"]]
        after = page["after"]
    assert (seen, after) == (["e-4", "e-3", "e-2", "e-1", "e-0"], None)


async def test_events_are_narrowed_by_type_request_and_time(house: House) -> None:
    await house.client.post("/v1/events", json=event(id="a"))
    await house.client.post("/v1/events", json=event(id="b", event_type="RequestGranted", data={"id": "req-2"}))

    async def ids(**params: str) -> list[str]:
        return [one["id"] for one in (await house.client.get("/v1/events", params=params)).json()["items"]]

    assert await ids(type="RequestGranted") == ["b"]
    assert await ids(type="AccessRequestGranted") == ["b"]
    assert await ids(access_request="req-1") == ["a"]
    assert await ids(since="2020-01-01T00:00:00Z") == ["b", "a"]
    assert await ids(until="2020-01-01T00:00:00+01:00") == []


@pytest.mark.parametrize("path", ["/v1/events", "/v1/deliveries", "/v1/webhooks"])
@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "1e3", "٣"])
async def test_a_bad_limit_is_refused(house: House, path: str, limit: str) -> None:
    answer = await house.client.get(path, params={"limit": limit})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (400, "limit")


async def test_every_fault_of_a_query_is_told_at_once(house: House) -> None:
    query = "limit=0&state=dead,deaf&since=yesterday&webhok=x&event=a&event=b&until="
    answer = await house.client.get(f"/v1/deliveries?{query}")
    assert answer.status_code == 400
    problems = {problem["path"]: problem for problem in answer.json()["problems"]}
    assert set(problems) == {"limit", "state", "since", "webhok", "event", "until"}
    assert problems["webhok"]["hint"] == "Did you mean webhook?"


async def test_a_cursor_that_no_page_gave_is_refused(house: House) -> None:
    for path in ("/v1/events", "/v1/deliveries"):
        answer = await house.client.get(path, params={"after": "nonsense"})
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (400, "after")


async def test_deliveries_are_narrowed_by_every_field(house: House) -> None:
    await house.webhook()
    await house.webhook("Other", active=False)
    delivery_id = await accept(house, id="e-1")
    await house.delivery(delivery_id, "delivered")

    async def states(**params: str) -> list[str]:
        answer = await house.client.get("/v1/deliveries", params=params)
        assert answer.status_code == 200, answer.text
        return sorted(one["state"] for one in answer.json()["items"])

    assert await states() == ["delivered", "skipped"]
    assert await states(webhook="ServiceNow prod") == ["delivered"]
    assert await states(state="skipped") == ["skipped"]
    assert await states(state="skipped,delivered") == ["delivered", "skipped"]
    assert await states(event="e-1") == ["delivered", "skipped"]
    assert await states(access_request="req-1") == ["delivered", "skipped"]
    assert await states(access_request="req-2") == []
    assert await states(until="2020-01-01T00:00:00Z") == []
    answer = await house.client.get("/v1/deliveries", params={"webhook": "nope"})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (400, "webhook")


async def test_a_delivery_tells_its_attempts_and_each_can_be_seen_whole(house: House) -> None:
    await house.webhook()
    house.sender.script = busy
    waiting = await house.delivery(await accept(house), "waiting")
    assert waiting["due_at"] is not None
    [summary] = waiting["attempt_list"]
    assert (summary["number"], summary["status"], summary["verdict"]) == (1, 503, "retry")
    attempt = (await house.client.get(f"/v1/attempts/{summary['id']}")).json()
    assert attempt["reply"]["body"] == "try later"
    assert attempt["delivery_id"] == waiting["id"]
    assert "s3cret-token" not in str(attempt)


async def test_a_waiting_delivery_is_retried_at_once(house: House) -> None:
    await house.webhook()
    house.sender.script = busy
    delivery_id = await accept(house)
    await house.delivery(delivery_id, "waiting")
    house.sender.script = created  # the target recovers
    answer = await house.client.post(f"/v1/deliveries/{delivery_id}/retry")
    assert answer.status_code == 200
    assert (await house.delivery(delivery_id, "delivered"))["attempts"] == 2


async def test_a_waiting_delivery_can_be_cancelled_once(house: House) -> None:
    await house.webhook()
    house.sender.script = busy
    delivery_id = await accept(house)
    await house.delivery(delivery_id, "waiting")
    cancelled = await house.client.post(f"/v1/deliveries/{delivery_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    for verb in ("cancel", "retry"):
        again = await house.client.post(f"/v1/deliveries/{delivery_id}/{verb}")
        assert again.status_code == 409
        assert "cancelled" in again.text


async def test_a_dead_delivery_that_keeps_others_waiting_is_skipped_once(house: House) -> None:
    await house.webhook(order="per_request", retry={"attempts": 1})
    house.sender.script = busy
    first = await accept(house)
    dead = await house.delivery(first, "dead")
    assert dead["holds_line_until"] is not None
    house.sender.script = created
    second = await accept(house, id="evt-b")
    blocked = await house.delivery(second, "blocked")
    assert blocked["why"].startswith(f"{first} in front is dead: replay it, skip it, or wait until ")
    skipped = (await house.client.post(f"/v1/deliveries/{first}/skip")).json()
    assert (skipped["state"], skipped["holds_line_until"]) == ("skipped", None)
    await house.delivery(second, "delivered")
    again = await house.client.post(f"/v1/deliveries/{first}/skip")
    assert (again.status_code, "skipped" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/events/nowhere"),
        ("GET", "/v1/deliveries/nowhere"),
        ("POST", "/v1/deliveries/nowhere/retry"),
        ("POST", "/v1/deliveries/nowhere/cancel"),
        ("POST", "/v1/deliveries/nowhere/skip"),
        ("GET", "/v1/attempts/nowhere"),
        ("GET", "/v1/event-types/Nowhere"),
        ("GET", "/v1/nowhere"),
        ("GET", "/nowhere"),
    ],
)
async def test_what_is_not_there_is_404_with_a_problem(house: House, method: str, path: str) -> None:
    answer = await house.client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"]


async def test_event_types_have_a_schema_and_a_sample_that_fits(house: House) -> None:
    listed = (await house.client.get("/v1/event-types")).json()["items"]
    assert {"RequestCreated", "Manual", "AuditLog", "IntegrationError"} <= {one["name"] for one in listed}
    for one in listed:
        jsonschema.Draft202012Validator(one["schema"]).validate(one["sample"])
    alias = (await house.client.get("/v1/event-types/AccessRequestCreated")).json()
    assert alias["name"] == "RequestCreated"


# ── payloads that were removed ───────────────────────────────────────────────────────────────────────────
async def test_an_event_says_that_its_payload_was_removed(house: House) -> None:
    await house.webhook()
    delivery_id = await accept(house, id="e-1")
    await house.delivery(delivery_id, "delivered")
    assert (await house.client.get("/v1/events/e-1")).json()["payload_removed"] is False
    await remove_payloads(house)
    for shown in (
        (await house.client.get("/v1/events/e-1")).json(),
        (await house.client.get("/v1/events")).json()["items"][0],
    ):
        assert (shown["payload_removed"], shown["envelope"]) == (True, None)
        assert (shown["type"], shown["deliveries"][0]["state"]) == ("RequestCreated", "delivered")


async def test_an_attempt_says_that_its_bodies_were_removed(house: House) -> None:
    await house.webhook()
    delivery_id = await accept(house)
    [short] = (await house.delivery(delivery_id, "delivered"))["attempt_list"]
    before = (await house.client.get(f"/v1/attempts/{short['id']}")).json()
    assert before["payload_removed"] is False
    await remove_payloads(house)
    shown = (await house.client.get(f"/v1/attempts/{before['id']}")).json()
    assert (shown["payload_removed"], shown["request"]["body"], shown["reply"]["body"]) == (True, "", "")
    assert shown["curl"] == ""
    same = ("verdict", "why", "number", "started_at", "validators")
    assert {name: shown[name] for name in same} == {name: before[name] for name in same}
    assert shown["reply"]["status"] == before["reply"]["status"]


async def test_a_repetition_is_answered_as_the_first_time_when_the_payload_is_gone(house: House) -> None:
    await house.webhook()
    first = await house.client.post("/v1/events", json=event(id="e-1"))
    await house.delivery(first.json()["deliveries"][0]["id"], "delivered")
    await remove_payloads(house)
    again = await house.client.post("/v1/events", json=event(id="e-1"))
    assert (again.status_code, again.json()) == (202, first.json())
    other = await house.client.post("/v1/events", json=event(id="e-1", extra=1))
    assert other.status_code == 409


async def test_what_needs_a_payload_that_is_gone_is_refused_with_the_reason(house: House) -> None:
    await house.webhook()
    delivery_id = await accept(house, id="e-1")
    await house.delivery(delivery_id, "delivered")
    await remove_payloads(house)
    explained = await house.client.get("/v1/webhooks/ServiceNow prod/explain", params={"event": "e-1"})
    tested = await house.client.post("/v1/webhooks/ServiceNow prod/test", json={"event_id": "e-1"})
    for answer in (explained, tested):
        assert answer.status_code == 409
        [problem] = answer.json()["problems"]
        assert "payload was removed" in problem["message"]
        assert "GRANTWIRE_KEEP_PAYLOADS_DAYS" in problem["hint"]
