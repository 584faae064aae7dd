"""The control API: what arrived, what is there, switches, and a fresh start."""

import pytest
from tests.sandbox.conftest import INCIDENT, Client


async def test_what_arrived_is_remembered_whole(client: Client) -> None:
    await client.call("POST", f"{INCIDENT}?sysparm_view=x", {"cause": "c"}, headers={"X-Event": "e-1"})
    got = (await client.call("GET", "/sandbox/requests")).json
    entry = got["requests"][0]
    assert (entry["method"], entry["path"], entry["query"]) == ("POST", INCIDENT, "sysparm_view=x")
    assert (entry["body"], entry["body_bytes"], entry["status"]) == ('{"cause": "c"}', 14, 201)
    assert entry["headers"]["X-Event"] == "e-1"
    assert entry["outcome"] == "answered"
    assert got["counters"] == {"arrived": 1, "by_status": {"201": 1}, "by_method": {"POST": 1}}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 4),
        ({"method": "get"}, 2),
        ({"path": "/problem"}, 1),
        ({"body": "needle"}, 1),
        ({"status": "502"}, 1),
        ({"fault": "bad_gateway_502"}, 1),
        ({"after": "3"}, 1),
        ({"limit": "2"}, 2),
        ({"method": "POST", "status": "201"}, 1),
    ],
)
async def test_what_arrived_can_be_narrowed(client: Client, query: dict[str, str], found: int) -> None:
    await client.call("POST", INCIDENT, {"cause": "needle"})
    await client.call("GET", INCIDENT)
    await client.call("GET", "/api/now/table/problem")
    await client.fault(mode="bad_gateway_502")
    await client.call("POST", INCIDENT, {})
    assert len((await client.call("GET", "/sandbox/requests", params=query)).json["requests"]) == found


async def test_requests_to_the_control_api_are_not_among_them(client: Client) -> None:
    await client.call("GET", "/sandbox/faults")
    await client.call("GET", "/")
    assert (await client.call("GET", "/sandbox/requests")).json["requests"] == []


async def test_the_memory_of_requests_is_bounded(client: Client) -> None:
    for _ in range(1010):
        await client.call("GET", "/nothing", auth=None)
    got = (await client.call("GET", "/sandbox/requests", params={"limit": "5000"})).json
    assert (len(got["requests"]), got["counters"]["arrived"]) == (1000, 1010)
    assert (await client.call("DELETE", "/sandbox/requests")).status == 204
    assert (await client.call("GET", "/sandbox/requests")).json["counters"]["arrived"] == 0


async def test_incidents_are_counted_and_duplicates_named(client: Client) -> None:
    for correlation in ("req-1", "req-2", "req-1", ""):
        await client.create({"correlation_id": correlation})
    got = (await client.call("GET", "/sandbox/incidents")).json
    assert (got["total"], got["without_correlation_id"]) == (4, 1)
    assert got["by_correlation_id"] == {"req-1": ["INC0010001", "INC0010003"], "req-2": ["INC0010002"]}
    assert got["duplicates"] == {"req-1": ["INC0010001", "INC0010003"]}
    assert [each["number"] for each in got["newest"]] == ["INC0010004", "INC0010003", "INC0010002", "INC0010001"]
    one = (await client.call("GET", "/sandbox/incidents", params={"correlation_id": "req-2"})).json
    assert (one["total"], one["newest"][0]["number"]) == (1, "INC0010002")


async def test_reset_is_a_fresh_start(client: Client) -> None:
    await client.create({"u_x": "1"}, "u_log")
    await client.create({})
    await client.fault(mode="hibernating", on="token")
    await client.properties(sandbox__token_lifetime_seconds=5)
    await client.call("POST", "/sandbox/columns", {"table": "incident", "name": "u_event_id"})
    assert (await client.call("POST", "/sandbox/reset")).status == 204
    assert (await client.call("GET", "/sandbox/faults")).json["faults"] == []
    assert (await client.call("GET", "/sandbox/requests")).json["requests"] == []
    assert (await client.token(grant_type="client_credentials")).json["expires_in"] == 1799
    record = await client.create({"u_event_id": "x"})
    assert (record["number"], "u_event_id" in record) == ("INC0010001", False)
    assert await client.find("", "u_log") == []


async def test_properties_are_changed_all_or_none(client: Client) -> None:
    wrong = {"glide.invalid_query.returns_no_rows": "yes", "nope": 1, "sandbox.token_lifetime_seconds": -1}
    got = await client.call("PATCH", "/sandbox/properties", {"glide.sys.default.tz": "UTC", **wrong})
    assert got.status == 400
    assert sorted(each["path"] for each in got.json["problems"]) == sorted(wrong)
    assert (await client.call("GET", "/sandbox/properties")).json["glide.sys.default.tz"] == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/sandbox/clock", {"advance_seconds": -1}, 400),
        ("POST", "/sandbox/clock", [], 400),
        ("PATCH", "/sandbox/properties", [], 400),
        ("POST", "/sandbox/columns", {"table": "nope", "name": "Bad Name", "length": 0}, 400),
        ("POST", "/sandbox/columns", {"table": "incident", "name": "state"}, 400),
        ("POST", "/sandbox/transform_maps", {"staging_table": 1}, 400),
        ("GET", "/sandbox/requests?limit=x", None, 400),
        ("PUT", "/sandbox/jwt_key", {}, 400),
        ("GET", "/sandbox/nothing", None, 404),
        ("PUT", "/sandbox/faults", {}, 405),
    ],
)
async def test_a_mistake_is_answered_with_what_is_wrong(
    client: Client, method: str, path: str, body: object, status: int
) -> None:
    got = await client.call(method, path, body)
    assert got.status == status
    assert got.json.get("problems") or got.json.get("known")


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_sites_page_cannot_switch_anything(client: Client, headers: dict[str, str]) -> None:
    for path in ("/sandbox/faults", "/sandbox/reset", "/sandbox/page/faults/clear"):
        assert (await client.call("POST", path, {"mode": "reset"}, headers=headers)).status == 403
    assert (await client.call("GET", "/sandbox/faults")).json["faults"] == []
