"""Bad input at POST /v1/events: a problem that names every fault, and nothing stored."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.edges.api.house import House, event, open_house

from grantwire.edges.api.flows import ApiOptions

NDJSON = {"Content-Type": "application/x-ndjson"}
CLOUD_EVENT = {"Content-Type": "application/cloudevents+json"}
SMALL = ApiOptions(max_event_bytes=2000, max_batch_bytes=4000, max_batch_events=3)


@pytest.fixture
async def small_house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, options=SMALL) as opened:
        yield opened


async def refused(house: House, status: int, content: Any, **headers: str) -> list[dict[str, Any]]:
    """The problems of the answer; nothing was stored."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await house.client.post("/v1/events", content=content, headers=named)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["type"].startswith("urn:grantwire:problem:")
    assert (await house.client.get("/v1/events")).json()["items"] == []
    return problem["problems"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b'{"a": 1', "delimiter", id="malformed"),
        pytest.param(b'{"event_type": "\xff"}', "not valid UTF-8", id="invalid UTF-8"),
        pytest.param(b'{"event_time": NaN}', "NaN is not JSON", id="NaN"),
        pytest.param(b'{"a": 1, "a": 2}', "given twice", id="duplicate keys"),
        pytest.param(b'{"a": "\\ud800"}', "surrogate", id="half a surrogate pair"),
        pytest.param(b"[" * 100_000, "nested deeper", id="billion-laughs depth"),
        pytest.param(b'{"a":' * 90_000 + b"1" + b"}" * 90_000, "nested deeper", id="deep objects"),
        pytest.param(b'"text"', "must be an object", id="no object"),
        pytest.param(b'[{"a": NaN}]', "NaN is not JSON", id="NaN in a batch"),
        pytest.param(b'[{"a": 1, "a": 2}]', "given twice", id="duplicate keys in a batch"),
        pytest.param(b'[{"a": "\xff"}]', "not valid UTF-8", id="invalid UTF-8 in a batch"),
        pytest.param(b'[{"a": 1},]', "", id="malformed batch"),
    ],
)
async def test_a_body_that_is_no_strict_json_is_told_why(house: House, body: bytes, words: str) -> None:
    problems = await refused(house, 400, body)
    assert words in problems[0]["message"]


async def test_a_malformed_body_is_told_its_line_and_column(house: House) -> None:
    [problem] = await refused(house, 400, b'{\n  "a": tru\n}')
    assert (problem["line"], problem["column"]) == (2, 8)


async def test_every_fault_of_an_event_is_told_at_once(house: House) -> None:
    bad = {"event_type": "RequestCreate", "event_time": "yesterday", "data": {"id": 7, "requester": "Maeve"}}
    problems = await refused(house, 400, json.dumps(bad))
    assert {problem["path"] for problem in problems} == {"event_type", "event_time", "data.id", "data.requester"}
    assert "Did you mean RequestCreated?" in json.dumps(problems)


async def test_one_bad_event_refuses_the_batch_with_its_index(house: House) -> None:
    batch = [event(id="good"), event(event_type="Nonsense"), event(event_time=None)]
    problems = await refused(house, 400, json.dumps(batch))
    assert [problem["path"] for problem in problems] == ["[1].event_type", "[2].event_time"]


async def test_a_bad_line_is_told_its_number_and_its_index(house: House) -> None:
    body = f"{json.dumps(event())}\n\n{{oops\n"
    [problem] = await refused(house, 400, body, **NDJSON_NAMES)
    assert (problem["path"], problem["line"]) == ("[1]", 3)


NDJSON_NAMES = {"Content_Type": "application/x-ndjson"}


async def test_thousands_of_problems_are_counted_not_listed(house: House) -> None:
    problems = await refused(house, 400, json.dumps([{}] * 300))
    assert len(problems) == 101
    assert problems[-1]["message"].startswith("and 800 more") or "more problems" in problems[-1]["message"]


async def test_an_event_over_a_mebibyte_is_too_large(house: House) -> None:
    body = json.dumps(event(padding="x" * 1_048_576))
    [problem] = await refused(house, 413, body)
    assert "1048576 bytes" in problem["message"]


async def test_a_body_without_a_length_is_measured_as_it_comes(house: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'{"a": "'
        for _ in range(100):
            yield b"x" * 65536

    answer = await house.client.post("/v1/events", content=endless())
    assert answer.status_code == 413


async def test_a_batch_may_be_larger_than_an_event_but_not_each_of_its_events(small_house: House) -> None:
    fits = [event(padding="x" * 1000), event(padding="x" * 1000)]
    assert (await small_house.client.post("/v1/events", json=fits)).status_code == 202
    answer = await small_house.client.post("/v1/events", json=[event(), event(padding="x" * 2000)])
    assert answer.status_code == 413
    assert answer.json()["problems"][0]["path"] == "[1]"


async def test_a_batch_has_a_largest_size_and_number(small_house: House) -> None:
    await refused(small_house, 413, json.dumps([event(padding="x" * 1200)] * 3))
    [problem] = await refused(small_house, 413, json.dumps([event()] * 4).replace(" ", "")[:4000])
    assert "4 events, at most 3" in problem["message"]


async def test_a_batch_of_more_than_ten_thousand_is_too_large(house: House) -> None:
    [problem] = await refused(house, 413, json.dumps([{}] * 10_001))
    assert "10001 events, at most 10000" in problem["message"]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Content_Type": "text/plain"}, "application/json"),
        ({"Content_Type": "application/x-www-form-urlencoded"}, "application/json"),
        ({"Content_Type": "application/json; charset=latin-1"}, "UTF-8"),
        ({"Content_Encoding": "gzip"}, "not compressed"),
    ],
)
async def test_another_form_is_told_what_to_send(house: House, headers: dict[str, str], words: str) -> None:
    [problem] = await refused(house, 415, json.dumps(event()), **headers)
    assert words in problem["hint"]


async def test_every_fault_of_a_cloud_event_is_told_at_once_by_its_own_names(house: House) -> None:
    bad = {"specversion": "0.3", "type": "RequestCreated", "data_base64": "e30="}
    problems = await refused(house, 400, json.dumps(bad), Content_Type="application/cloudevents+json")
    assert {problem["path"] for problem in problems} == {"specversion", "id", "source", "data_base64"}
    odd = {"specversion": "1.0", "id": "1", "source": "/x", "type": "Nonsense", "time": "noon", "data": {}}
    problems = await refused(house, 400, json.dumps(odd), Content_Type="application/cloudevents+json")
    assert {problem["path"] for problem in problems} == {"type", "time", "data.id"}


async def test_without_a_key_there_is_401_and_how_to_give_one(house: House) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}):
        answer = await httpx.AsyncClient(transport=house.client._transport, base_url="http://grantwire").post(
            "/v1/events", json=event(), headers=headers
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "Authorization: Bearer" in answer.json()["problems"][0]["hint"]
        assert "wrong" not in answer.text


async def test_other_methods_are_told_which_ones_there_are(house: House) -> None:
    answer = await house.client.delete("/v1/events")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert "It takes GET, HEAD, POST." in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_refusal_is_noted_with_its_kind_and_without_the_callers_words(house: House) -> None:
    await house.client.post("/v1/events", content=b'{"private": "words"')
    assert house.facts.named("event.refused") == [{"why": "invalid"}]
