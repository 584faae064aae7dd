"""POST /v1/events: every form, answered only after the commit."""

import json
from typing import Any

import pytest
from tests.edges.api.house import KEY, House, event

NDJSON = {"Content-Type": "application/x-ndjson"}
CLOUD_EVENT = {"Content-Type": "application/cloudevents+json"}
CLOUD_EVENTS = {"Content-Type": "application/cloudevents-batch+json"}


def cloud_event(**changes: Any) -> dict[str, Any]:
    attributes = {"specversion": "1.0", "id": "ce-1", "source": "/iam", "type": "com.acme.RequestCreated"}
    return attributes | {"time": "2026-11-23T16:30:00Z", "data": event()["data"]} | changes


async def test_one_event_is_answered_with_its_deliveries_and_delivered(house: House) -> None:
    await house.webhook()
    answer = await house.client.post("/v1/events", json=event())
    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["id"].startswith("evt_")
    assert [delivery["webhook"] for delivery in accepted["deliveries"]] == ["ServiceNow prod"]
    assert accepted["skipped"] == []
    delivery = await house.delivery(accepted["deliveries"][0]["id"], "delivered")
    assert delivery["attempts"] == 1
    assert json.loads(house.sender.sent[0].body) == {"short_description": "Maeve O'Brien"}


async def test_a_webhook_that_does_not_want_the_event_is_named_with_the_reason(house: House) -> None:
    await house.webhook(filters={"integration": ["test db"]})
    accepted = (await house.client.post("/v1/events", json=event())).json()
    assert accepted["deliveries"] == []
    [skipped] = accepted["skipped"]
    assert skipped["webhook"] == "ServiceNow prod"
    assert "integration" in skipped["why"]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", ""]
)
async def test_json_may_be_named_in_any_case_or_not_at_all(house: House, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await house.client.post("/v1/events", content=json.dumps(event()), headers=headers)
    assert answer.status_code == 202


async def test_an_array_is_answered_with_an_array_in_the_same_order(house: House) -> None:
    answer = await house.client.post("/v1/events", json=[event(id="b"), event(id="a")])
    assert answer.status_code == 202
    assert [accepted["id"] for accepted in answer.json()] == ["b", "a"]


async def test_an_array_may_begin_after_spaces(house: House) -> None:
    body = b" \n\t" + json.dumps([event(id="a")]).encode()
    answer = await house.client.post("/v1/events", content=body)
    assert [accepted["id"] for accepted in answer.json()] == ["a"]


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/ndjson", "application/jsonl"])
async def test_lines_are_a_batch_and_blank_ones_do_not_count(house: House, content_type: str) -> None:
    body = f"{json.dumps(event(id='a'))}\n\n{json.dumps(event(id='b'))}\r\n"
    answer = await house.client.post("/v1/events", content=body, headers={"Content-Type": content_type})
    assert [accepted["id"] for accepted in answer.json()] == ["a", "b"]


async def test_an_empty_batch_stores_nothing_and_is_fine(house: House) -> None:
    answer = await house.client.post("/v1/events", json=[])
    assert (answer.status_code, answer.json()) == (202, [])


async def test_a_structured_cloud_event_names_its_type_time_and_id(house: House) -> None:
    answer = await house.client.post("/v1/events", content=json.dumps(cloud_event()), headers=CLOUD_EVENT)
    assert answer.status_code == 202
    shown = (await house.client.get("/v1/events/ce-1")).json()
    assert shown["type"] == "RequestCreated"
    assert shown["occurred_at"] == "2026-11-23T16:30:00Z"
    assert shown["envelope"]["source"] == "/iam"


async def test_a_cloud_event_may_hold_the_whole_envelope(house: House) -> None:
    wrapped = cloud_event(type="anything", data=event())
    await house.client.post("/v1/events", content=json.dumps(wrapped), headers=CLOUD_EVENT)
    assert (await house.client.get("/v1/events/ce-1")).json()["envelope"] == event()


async def test_batched_cloud_events_are_a_batch(house: House) -> None:
    body = json.dumps([cloud_event(id="a"), cloud_event(id="b")])
    answer = await house.client.post("/v1/events", content=body, headers=CLOUD_EVENTS)
    assert [accepted["id"] for accepted in answer.json()] == ["a", "b"]


async def test_a_binary_cloud_event_has_its_attributes_in_headers(house: House) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "ce-9",
        "ce-source": "/iam",
        "ce-type": "RequestCreated",
        "ce-time": "2026-11-23T16:30:00Z",
        "ce-subject": "M%C3%A4ve",
    }
    answer = await house.client.post("/v1/events", json=event()["data"], headers=headers)
    assert answer.json()["id"] == "ce-9"
    assert (await house.client.get("/v1/events/ce-9")).json()["envelope"]["subject"] == "Mäve"


async def test_the_same_event_again_gets_the_first_answer_and_nothing_is_sent_twice(house: House) -> None:
    await house.webhook()
    first = await house.client.post("/v1/events", json=event(id="once"))
    await house.delivery(first.json()["deliveries"][0]["id"], "delivered")
    spaced = json.dumps(event(id="once"), indent=2)
    again = await house.client.post("/v1/events", content=spaced)
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(house.sender.sent) == 1


async def test_an_event_id_with_other_content_is_a_conflict(house: House) -> None:
    await house.client.post("/v1/events", json=event(id="once"))
    answer = await house.client.post("/v1/events", json=event(id="once", event_time=1))
    assert answer.status_code == 409
    assert "'once'" in answer.json()["problems"][0]["message"]


async def test_a_conflict_in_a_batch_stores_nothing_of_it(house: House) -> None:
    await house.client.post("/v1/events", json=event(id="once"))
    answer = await house.client.post("/v1/events", json=[event(id="new"), event(id="once", event_time=1)])
    assert answer.status_code == 409
    assert answer.json()["problems"][0]["path"] == "[1]"
    assert (await house.client.get("/v1/events/new")).status_code == 404


async def test_numbers_beyond_64_bits_are_kept_as_they_are(house: House) -> None:
    big = event(id="big", number=10**30)
    assert (await house.client.post("/v1/events", json=big)).status_code == 202
    assert (await house.client.post("/v1/events", content=json.dumps(big, indent=1))).status_code == 202
    assert (await house.client.get("/v1/events/big")).json()["envelope"]["number"] == 10**30


async def test_a_caller_who_goes_away_in_the_middle_leaves_nothing_behind(house: House) -> None:
    messages = iter([{"type": "http.request", "body": b'{"event_', "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {KEY}".encode()), (b"host", b"grantwire")]
    scope = {"type": "http", "method": "POST", "path": "/v1/events", "query_string": b"", "headers": headers}
    await house.app(scope | {"root_path": ""}, receive, send)  # type: ignore[arg-type]
    assert sent == []
    assert house.facts.named("api.failed") == []
