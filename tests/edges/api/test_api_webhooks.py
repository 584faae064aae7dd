"""Webhooks over HTTP: kept by name, changed without losing another's change, secrets never read back."""

import json
from typing import Any

import pytest
from tests.edges.api.house import House, definition, event

from grantwire.domain.secret import MASK

PATH = "/v1/webhooks/ServiceNow prod"


async def test_a_webhook_is_created_shown_and_listed(house: House) -> None:
    created = await house.client.post("/v1/webhooks", json=definition())
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    shown = await house.client.get(PATH)
    assert shown.json() == created.json()
    listed = {name: value for name, value in created.json().items() if name != "warnings"}
    assert (await house.client.get("/v1/webhooks")).json() == {"items": [listed], "after": None}


async def test_a_secret_is_never_read_back(house: House) -> None:
    headers = {"X-Api-Key": "k3y-in-a-header", "X-Team": "iam"}
    await house.webhook(headers=headers)
    for answer in (await house.client.get(PATH), await house.client.get("/v1/webhooks")):
        assert "s3cret-token" not in answer.text
        assert "k3y-in-a-header" not in answer.text
    shown = (await house.client.get(PATH)).json()
    assert shown["auth"] == {"type": "bearer", "token": MASK}
    assert shown["headers"] == {"X-Api-Key": MASK, "X-Team": "iam"}


async def test_a_reference_is_shown_for_it_says_where_the_secret_is(house: House) -> None:
    await house.webhook(auth={"type": "bearer", "token": "${env:SN_TOKEN}"})
    assert (await house.client.get(PATH)).json()["auth"]["token"] == "${env:SN_TOKEN}"


async def test_sending_back_what_was_shown_keeps_the_secrets(house: House) -> None:
    shown = await house.webhook(headers={"X-Api-Key": "k3y"})
    answer = await house.client.put(PATH, json=shown | {"timeout_seconds": 12})
    assert (answer.status_code, answer.json()["timeout_seconds"]) == (200, 12)
    await house.client.post(PATH + "/test")
    sent = dict(house.sender.sent[0].headers)
    assert (sent["Authorization"], sent["X-Api-Key"]) == ("Bearer s3cret-token", "k3y")


async def test_a_put_to_a_new_name_creates_and_to_a_known_one_replaces(house: House) -> None:
    assert (await house.client.put(PATH, json=definition())).status_code == 201
    replaced = await house.client.put(PATH, json=definition(active=False))
    assert (replaced.status_code, replaced.headers["etag"]) == (200, '"2"')


async def test_a_put_may_rename_a_webhook(house: House) -> None:
    await house.webhook()
    assert (await house.client.put(PATH, json=definition(name="ServiceNow test"))).status_code == 200
    assert (await house.client.get(PATH)).status_code == 404
    assert (await house.client.get("/v1/webhooks/ServiceNow test")).status_code == 200


async def test_a_put_that_would_create_under_another_name_is_refused(house: House) -> None:
    answer = await house.client.put(PATH, json=definition(name="Other"))
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (400, "name")


async def test_a_patch_merges_and_null_removes(house: House) -> None:
    await house.webhook(headers={"X-Team": "iam", "X-Zone": "eu"})
    answer = await house.client.patch(PATH, json={"active": False, "headers": {"X-Team": None, "X-Zone": "us"}})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["active"], shown["headers"], shown["auth"]["token"]) == (False, {"X-Zone": "us"}, MASK)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("PUT", {"If-Match": '"1"'}, 200),
        ("PUT", {"If-Match": '"7", "1"'}, 200),
        ("PUT", {"If-Match": "*"}, 200),
        ("PUT", {"If-Match": '"2"'}, 412),
        ("PUT", {"If-Match": 'W/"1"'}, 412),
        ("PUT", {"If-None-Match": "*"}, 412),
        ("PATCH", {"If-Match": '"1"'}, 200),
        ("PATCH", {"If-Match": '"2"'}, 412),
        ("DELETE", {"If-Match": '"1"'}, 204),
        ("DELETE", {"If-Match": '"2"'}, 412),
        ("DELETE", {}, 204),
    ],
)
async def test_a_change_to_another_version_than_the_caller_saw_is_refused(
    house: House, method: str, headers: dict[str, str], status: int
) -> None:
    await house.webhook()
    body = json.dumps(definition() if method == "PUT" else {"active": False})
    answer = await house.client.request(method, PATH, content=None if method == "DELETE" else body, headers=headers)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("if_match", ["*", '"1"'])
async def test_if_match_never_creates(house: House, if_match: str) -> None:
    answer = await house.client.put(PATH, json=definition(), headers={"If-Match": if_match})
    assert answer.status_code == 412
    assert (await house.client.get(PATH)).status_code == 404


async def test_a_name_that_is_taken_is_a_conflict(house: House) -> None:
    await house.webhook()
    assert (await house.client.post("/v1/webhooks", json=definition())).status_code == 409


async def test_every_problem_of_a_definition_is_told_at_once_with_its_path(house: House) -> None:
    bad = definition(
        url="http://<INSTANCE>.service-now.com:8443/x",
        triggers=["RequestCreate"],
        body='{"a": "{{ data.id "}',
        timeout_seconds=0,
        colour="red",
    )
    answer = await house.client.post("/v1/webhooks", json=bad)
    assert answer.status_code == 400
    problems = answer.json()["problems"]
    assert {"url", "triggers[0]", "body", "timeout_seconds", "colour"} <= {problem["path"] for problem in problems}
    [in_body] = [problem for problem in problems if problem["path"] == "body"]
    assert in_body["line"] == 1
    assert in_body["column"] > 1


@pytest.mark.parametrize("body", ["[]", "7", "", "{", '{"name": "a", "name": "b"}', '{"timeout_seconds": NaN}'])
async def test_a_body_that_is_no_object_is_refused(house: House, body: str) -> None:
    for method, path in (("POST", "/v1/webhooks"), ("PUT", PATH), ("POST", "/v1/test"), ("POST", "/v1/render")):
        answer = await house.client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, (method, path)
        assert answer.json()["problems"]


async def test_another_media_type_is_415_and_a_huge_body_413(house: House) -> None:
    yaml = await house.client.post("/v1/webhooks", content="name: x", headers={"Content-Type": "application/yaml"})
    assert (yaml.status_code, yaml.headers["content-type"]) == (415, "application/problem+json")
    huge = await house.client.post("/v1/webhooks", json=definition(body="x" * 1_100_000))
    assert (huge.status_code, huge.headers["content-type"]) == (413, "application/problem+json")


async def test_an_unknown_webhook_is_404_with_the_known_names(house: House) -> None:
    await house.webhook()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/v1/webhooks/nope", None),
        ("PATCH", "/v1/webhooks/nope", {}),
        ("DELETE", "/v1/webhooks/nope", None),
        ("POST", "/v1/webhooks/nope/pause", None),
        ("POST", "/v1/webhooks/nope/resume", None),
        ("POST", "/v1/webhooks/nope/test", None),
        ("GET", "/v1/webhooks/nope/explain?event=x", None),
    ]
    for method, path, body in calls:
        answer = await house.client.request(method, path, json=body)
        assert answer.status_code == 404, path
        assert "ServiceNow prod" in answer.json()["detail"]


async def test_a_pause_holds_and_a_resume_releases_what_was_held(house: House) -> None:
    await house.webhook()
    paused = await house.client.post(PATH + "/pause", json={"why": "instance upgrade"})
    assert paused.json()["paused_why"] == "instance upgrade"
    accepted = (await house.client.post("/v1/events", json=event())).json()
    delivery_id = accepted["deliveries"][0]["id"]
    held = await house.delivery(delivery_id, "held")
    assert held["why"] == "paused: instance upgrade"
    resumed = await house.client.post(PATH + "/resume")
    assert resumed.json()["paused_why"] is None
    await house.delivery(delivery_id, "delivered")


async def test_a_pause_without_a_reason_names_the_key(house: House) -> None:
    await house.webhook()
    assert (await house.client.post(PATH + "/pause")).json()["paused_why"] == "by the test"


@pytest.mark.parametrize("body", [{"why": ""}, {"why": 7}, {"reason": "x"}, {"why": "x" * 501}])
async def test_a_pause_with_an_odd_reason_is_refused(house: House, body: dict[str, Any]) -> None:
    await house.webhook()
    assert (await house.client.post(PATH + "/pause", json=body)).status_code == 400


async def test_explain_says_which_clause_decided(house: House) -> None:
    await house.webhook(filters={"integration": ["test db"]})
    accepted = (await house.client.post("/v1/events", json=event())).json()
    answer = (await house.client.get(f"{PATH}/explain", params={"event": accepted["id"]})).json()
    assert answer["fires"] is False
    assert answer["why_not"] == accepted["skipped"][0]["why"]
    [clause] = [clause for clause in answer["clauses"] if not clause["passed"]]
    assert (clause["name"], clause["wanted"], clause["found"]) == ("integration", ["test db"], ["prod db"])


async def test_explain_without_an_event_says_what_is_missing(house: House) -> None:
    await house.webhook()
    answer = await house.client.get(f"{PATH}/explain")
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (400, "event")


async def test_a_deleted_webhook_leaves_its_deliveries_on_record(house: House) -> None:
    shown = await house.webhook()
    await house.client.post(PATH + "/pause")
    accepted = (await house.client.post("/v1/events", json=event())).json()
    assert (await house.client.delete(PATH)).status_code == 204
    cancelled = await house.delivery(accepted["deliveries"][0]["id"], "cancelled")
    assert cancelled["webhook"] == "ServiceNow prod"
    listed = (await house.client.get("/v1/deliveries", params={"webhook": shown["id"]})).json()["items"]
    assert [one["id"] for one in listed] == [cancelled["id"]]


async def test_pages_of_webhooks_follow_one_another_by_name(house: House) -> None:
    for name in ("c", "a", "b"):
        await house.webhook(name)
    first = (await house.client.get("/v1/webhooks", params={"limit": 2})).json()
    assert ([one["name"] for one in first["items"]], first["after"]) == (["a", "b"], "b")
    second = (await house.client.get("/v1/webhooks", params={"limit": 2, "after": first["after"]})).json()
    assert ([one["name"] for one in second["items"]], second["after"]) == (["c"], None)


async def test_a_dry_run_answers_what_would_be_and_stores_nothing(house: House) -> None:
    new = await house.client.put(PATH, json=definition(), params={"dry_run": "true"})
    assert (new.status_code, new.json()["timeout_seconds"]) == (200, 30)
    assert (await house.client.get(PATH)).status_code == 404
    shown = await house.webhook()
    changed = await house.client.put(PATH, json=shown | {"active": False}, params={"dry_run": "true"})
    assert (changed.json()["active"], changed.json()["version"]) == (False, 1)
    assert (await house.client.get(PATH)).json() == shown
    bad = await house.client.put(PATH, json=definition(url="ftp://x"), params={"dry_run": "true"})
    assert bad.status_code == 400
    odd = await house.client.put(PATH, json=definition(), params={"dry_run": "perhaps"})
    assert (odd.status_code, odd.json()["problems"][0]["path"]) == (400, "dry_run")


async def test_secrets_in_rows_of_headers_are_kept_when_the_mask_comes_back(house: House) -> None:
    rows = [{"name": "X-Plain", "value": "hidden", "secret": True}, {"name": "X-Team", "value": "iam"}]
    shown = await house.webhook(headers=rows)
    assert "hidden" not in json.dumps(shown)
    answer = await house.client.put(PATH, json=shown)
    assert answer.status_code == 200, answer.text
    await house.client.post(PATH + "/test")
    assert dict(house.sender.sent[0].headers)["X-Plain"] == "hidden"


async def test_what_is_most_likely_not_meant_is_warned_of_with_its_place(house: House) -> None:
    body = '{"caused_by": "{{ data.requestor.name }}", "correlation_id": "{{ data.id }}"}'
    created = await house.client.post("/v1/webhooks", json=definition() | {"body": body})
    warnings = created.json()["warnings"]
    assert {(one["path"], one["line"]) for one in warnings} == {("body", 1)}
    assert any("requester" in one.get("hint", "") + one["message"] for one in warnings)
    again = await house.client.put(PATH, json=created.json())
    assert again.status_code == 200


async def test_a_webhook_with_validators_is_replaced_and_keeps_its_secrets(house: House) -> None:
    validators = [{"json_path": "$.result.number", "expected_values": []}]
    await house.webhook(headers={"X-Api-Key": "k3y-in-a-header"}, response_validators=validators)
    rows = [{"name": "x-api-key", "value": MASK}, {"name": "X-Team", "value": "iam"}]
    again = await house.client.put(PATH, json=definition(headers=rows, response_validators=validators))
    assert again.status_code == 200, again.text
    assert again.json()["headers"]["x-api-key"] == MASK


async def test_a_resume_takes_a_rate_and_the_answer_shows_it(house: House) -> None:
    await house.client.put(PATH, json=definition())
    await house.client.post(PATH + "/pause")
    resumed = await house.client.post(PATH + "/resume", json={"per_minute": 30})
    assert (resumed.status_code, resumed.json()["release_per_minute"]) == (200, 30)


@pytest.mark.parametrize("body", [{"per_minute": 0}, {"per_minute": "6"}, {"per_minute": True}, {"rate": 6}])
async def test_a_rate_that_is_none_is_refused(house: House, body: dict[str, object]) -> None:
    await house.client.put(PATH, json=definition())
    refused = await house.client.post(PATH + "/resume", json=body)
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (400, "per_minute")


async def test_targets_are_listed_with_their_webhooks_and_state(house: House) -> None:
    await house.client.put(PATH, json=definition())
    [target] = (await house.client.get("/v1/targets")).json()["items"]
    assert target["state"] == "closed"
    assert len(target["webhooks"]) == 1
    assert target["next_probe_at"] is None
