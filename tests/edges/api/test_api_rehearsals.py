"""The Test button and the template editor's question: a real request, nothing stored."""

import json
from typing import Any

import pytest
from tests.edges.api.house import House, definition, event

from grantwire.domain.exchange import Fault, NoResponse, Request, Response, Timings
from grantwire.domain.secret import MASK

PATH = "/v1/webhooks/ServiceNow prod"


async def test_a_test_answers_the_whole_attempt(house: House) -> None:
    await house.webhook(response_validators=[{"json_path": "$.result.number"}])
    answer = await house.client.post(PATH + "/test", json={"event": event()})
    assert answer.status_code == 200
    attempt = answer.json()
    assert attempt["verdict"] == "delivered"
    assert attempt["delivery_id"] is None
    assert attempt["request"]["method"] == "POST"
    assert attempt["request"]["body"] == '{"short_description": "Maeve O\'Brien"}'
    assert {"name": "Authorization", "value": MASK} in attempt["request"]["headers"]
    assert (attempt["reply"]["kind"], attempt["reply"]["status"]) == ("response", 201)
    assert attempt["reply"]["timings"]["total_ms"] == 12.5
    [validator] = attempt["validators"]
    assert (validator["passed"], validator["found"]) == (True, ["INC0010001"])
    assert attempt["curl"].startswith("curl --request POST https://acme.service-now.com/")
    assert "s3cret-token" not in answer.text


async def test_a_test_stores_nothing(house: House) -> None:
    await house.webhook()
    await house.client.post(PATH + "/test")
    assert (await house.client.get("/v1/events")).json()["items"] == []
    assert (await house.client.get("/v1/deliveries")).json()["items"] == []


async def test_a_test_without_an_event_sends_a_sample_of_the_first_trigger(house: House) -> None:
    await house.webhook(triggers=["RequestExpired"], body='{"cause": "{{ event_type }}"}')
    attempt = (await house.client.post(PATH + "/test")).json()
    assert attempt["request"]["body"] == '{"cause": "RequestExpired"}'


async def test_a_test_may_name_a_type_or_an_event_on_record(house: House) -> None:
    await house.webhook(body='{"cause": "{{ event_type }}", "who": "{{ data.requester.name }}"}')
    await house.client.post("/v1/events", json=event(id="on-record"))
    typed = (await house.client.post(PATH + "/test", json={"event_type": "AccessRequestGranted"})).json()
    assert '"cause": "RequestGranted"' in typed["request"]["body"]
    recorded = (await house.client.post(PATH + "/test", json={"event_id": "on-record"})).json()
    assert "Maeve O'Brien" in recorded["request"]["body"]


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"event_type": "Nonsense"}, 400, "event_type"),
        ({"event": {"event_type": "RequestCreated"}}, 400, "event.event_time"),
        ({"event": {}, "event_type": "RequestCreated"}, 400, "event_type"),
        ({"event_id": "nowhere"}, 404, "id"),
        ({"evnt": {}}, 400, "evnt"),
    ],
)
async def test_a_test_with_an_odd_event_is_told_where(house: House, body: Any, status: int, path: str) -> None:
    await house.webhook()
    answer = await house.client.post(PATH + "/test", json=body)
    assert answer.status_code == status
    assert answer.json()["problems"][0]["path"] == path


async def test_an_unsaved_webhook_is_tested_with_the_saved_ones_secrets(house: House) -> None:
    shown = await house.webhook()
    changed = shown | {"body": '{"new": "{{ data.id }}"}'}
    answer = await house.client.post("/v1/test", json={"webhook": changed, "event": event()})
    assert answer.status_code == 200, answer.text
    sent = house.sender.sent[0]
    assert (sent.body, dict(sent.headers)["Authorization"]) == (b'{"new": "req-1"}', "Bearer s3cret-token")
    assert (await house.client.get(PATH)).json()["version"] == 1


async def test_problems_of_an_unsaved_webhook_have_their_path(house: House) -> None:
    answer = await house.client.post("/v1/test", json={"webhook": definition(url="ftp://x"), "event": event()})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["path"] == "webhook.url"


async def test_no_answer_is_an_answer_too(house: House) -> None:
    def silence(request: Request) -> NoResponse:
        return NoResponse(Fault.TIMEOUT_FIRST_BYTE, "no answer within 30 s", Timings(30000.0), may_have_arrived=True)

    await house.webhook()
    house.sender.script = silence
    reply = (await house.client.post(PATH + "/test")).json()["reply"]
    assert (reply["kind"], reply["fault"], reply["may_have_arrived"]) == ("no_response", "timeout_first_byte", True)


async def test_a_missing_secret_is_an_answer_too(house: House) -> None:
    await house.webhook(auth={"type": "bearer", "token": "${env:GRANTWIRE_TEST_NOT_SET}"})
    attempt = (await house.client.post(PATH + "/test")).json()
    assert attempt["reply"]["kind"] == "not_sent"
    assert "GRANTWIRE_TEST_NOT_SET" in attempt["reply"]["why"]


async def test_a_body_that_is_no_text_is_shown_as_base64_and_a_cut_one_is_marked(house: House) -> None:
    def picture(request: Request) -> Response:
        headers = (("Set-Cookie", "session=abc"),)
        return Response(200, "OK", headers, b"\x89PNG", is_cut=True, timings=Timings(1.0), cut_why="too long")

    await house.webhook()
    house.sender.script = picture
    answer = await house.client.post(PATH + "/test")
    reply = answer.json()["reply"]
    assert (reply["body"], reply["body_base64"], reply["is_cut"], reply["cut_why"]) == (
        None,
        "iVBORw==",
        True,
        "too long",
    )
    assert "session=abc" not in answer.text


async def test_render_gives_text_and_warnings(house: House) -> None:
    answer = await house.client.post("/v1/render", json={"template": '{"a": "{{ data.id }}"}', "event": event()})
    assert answer.json() == {"text": '{"a": "req-1"}', "warnings": [], "problems": []}


async def test_render_tells_every_problem_with_line_and_column(house: House) -> None:
    template = '{\n  "a": {{ data.id }},\n  "b": "{{ nonsense data.id }}"\n}'
    answer = await house.client.post("/v1/render", json={"template": template})
    assert answer.status_code == 200
    rendered = answer.json()
    assert rendered["text"] is None
    assert rendered["problems"]
    assert all(problem["line"] >= 1 and problem["column"] >= 1 for problem in rendered["problems"])


async def test_render_escapes_by_content_type(house: House) -> None:
    asked = {"template": "<a>{{ data.id }}</a>", "content_type": "application/xml", "event": event(data={"id": "<&>"})}
    assert (await house.client.post("/v1/render", json=asked)).json()["text"] == "<a>&lt;&amp;&gt;</a>"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"template": 7}, "template"),
        ({"template": None}, "template"),
        ({"strict": "yes"}, "strict"),
        ({"mode": "latex"}, "mode"),
        ({"content_type": "json"}, "content_type"),
        ({"partials": {"a": 1}}, "partials"),
        ({"temlpate": ""}, "temlpate"),
    ],
)
async def test_an_odd_question_to_render_is_told_where(house: House, changes: dict[str, Any], path: str) -> None:
    answer = await house.client.post("/v1/render", json={"template": "{{ data.id }}"} | changes)
    assert answer.status_code == 400
    assert path in {problem["path"] for problem in answer.json()["problems"]}


async def test_a_template_is_rendered_with_the_receipt_it_is_given(house: House) -> None:
    asked = {"template": '{"id": "{{ receipt.sys_id }}", "of": "{{ event_id }}"}', "receipt": {"sys_id": "abc"}}
    answer = await house.client.post("/v1/render", json=asked)
    assert json.loads(answer.json()["text"])["id"] == "abc"
    assert json.loads(answer.json()["text"])["of"]
    assert answer.json()["warnings"] == []


async def test_without_a_receipt_it_is_said_what_prints_nothing(house: House) -> None:
    answer = await house.client.post("/v1/render", json={"template": '{"id": "{{ receipt.sys_id }}"}'})
    assert json.loads(answer.json()["text"]) == {"id": ""}
    (warning,) = answer.json()["warnings"]
    assert warning["message"] == "receipt.sys_id: there is none, so nothing is printed"


async def test_a_receipt_that_is_none_is_refused(house: House) -> None:
    answer = await house.client.post("/v1/render", json={"template": "", "receipt": {"sys_id": 1}})
    assert answer.status_code == 400
    assert [problem["path"] for problem in answer.json()["problems"]] == ["receipt"]
