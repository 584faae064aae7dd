"""Every fault mode, and when a fault strikes."""

import asyncio
import json
import ssl

import aiohttp
import pytest
from tests.sandbox.conftest import BASIC, INCIDENT, Client, Served

from grantwire.sandbox.faults.modes import MODES, Ending, Wait
from grantwire.sandbox.options import SandboxOptions

TOKEN = {"grant_type": "client_credentials"}
REFUSED = "Operation Failed"


async def test_a_hibernating_instance_answers_everything_with_the_page(client: Client) -> None:
    await client.fault(mode="hibernating")
    for got in (await client.call("POST", INCIDENT, {}), await client.token(**TOKEN)):
        assert (got.status, got.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
        assert "<title>Instance Hibernating page</title>" in got.text
    assert await client.total() == 0


@pytest.mark.parametrize(
    ("mode", "status", "inside"),
    [
        ("maintenance_503", 503, "<html"),
        ("bad_gateway_502", 502, "<html"),
        ("login_page", 200, "Log in | ServiceNow"),
        ("ip_blocked_403", 403, "IP not authorized"),
        ("request_timeout_408", 408, "<html"),
    ],
)
async def test_answers_in_html(client: Client, mode: str, status: int, inside: str) -> None:
    await client.fault(mode=mode)
    got = await client.call("POST", INCIDENT, {})
    assert (got.status, got.headers["Content-Type"]) == (status, "text/html;charset=UTF-8")
    assert inside in got.text


@pytest.mark.parametrize(
    ("mode", "status", "message", "detail"),
    [
        ("unauthorized_401", 401, "User Not Authenticated", "Required to provide Auth information"),
        ("unscoped_403", 403, "User Not Authorized", "Access to unscoped api is not allowed"),
        ("missing_scope_403", 403, "User Not Authorized", "Missing required api access scope"),
        ("api_acl_403", 403, "User Not Authorized", "Failed API level ACL Validation"),
        ("acl_403", 403, REFUSED, "ACL Exception Insert Failed due to security constraints"),
        ("query_403", 403, "Insufficient rights to query records", "Field(s) present in the query"),
        ("data_policy_403", 403, REFUSED, "Data Policy Exception: The following fields are mandatory: "),
        ("business_rule_403", 403, REFUSED, "Operation against file 'incident' was aborted by Business Rule '"),
        ("unique_key_403", 403, REFUSED, "Unique Key violation detected by database"),
        ("script_error_500", 500, "java.lang", "enable glide.rest.debug property"),
        ("transaction_cancelled_500", 500, "maximum execution time exceeded", ""),
        ("oversized_400", 400, "Exception while reading request", "content-length = 15105102 bytes"),
        ("rate_limited_429", 429, "Rate limit exceeded", "Rate limit of 100 requests per hour for Table API exceeded"),
    ],
)
async def test_answers_in_the_envelope_and_nothing_is_done(
    client: Client, mode: str, status: int, message: str, detail: str
) -> None:
    await client.fault(mode=mode, match={"method": "POST"})
    got = await client.call("POST", INCIDENT, {})
    assert (got.status, got.json["status"]) == (status, "failure")
    assert message in got.json["error"]["message"]
    assert detail in (got.json["error"]["detail"] or "")
    assert await client.total() == 0


async def test_a_redirect_leads_to_the_login_page(client: Client) -> None:
    await client.fault(mode="redirect_to_login")
    got = await client.call("POST", INCIDENT, {})
    assert (got.status, got.headers["Location"]) == (302, f"{client.url}/login.do")


async def test_a_full_session_queue_is_202_and_empty(client: Client) -> None:
    await client.fault(mode="session_queue_202")
    got = await client.call("POST", INCIDENT, {})
    assert (got.status, got.body, await client.total()) == (202, b"", 0)


async def test_a_rate_limit_says_how_long_to_wait_and_a_semaphore_does_not(client: Client) -> None:
    await client.fault(mode="rate_limited_429", retry_after_seconds=3600, count=1)
    limited = await client.call("POST", INCIDENT, {})
    assert limited.headers["Retry-After"] == "3600"
    assert limited.headers["X-RateLimit-Limit"] == "100"
    assert limited.headers["X-RateLimit-Reset"].isdigit()
    assert len(limited.headers["X-RateLimit-Rule"]) == 32
    await client.fault(mode="semaphore_429", count=1)
    full = await client.call("POST", INCIDENT, {})
    assert full.status == 429
    assert not [name for name in full.headers if name.startswith("X-RateLimit") or name == "Retry-After"]


async def test_an_expired_token_stays_dead_and_a_new_one_works(client: Client) -> None:
    first = (await client.token(**TOKEN)).json["access_token"]
    await client.fault(mode="token_expired", count=1)
    for _ in range(2):
        assert (await client.call("POST", INCIDENT, {}, auth=f"Bearer {first}")).status == 401
    second = (await client.token(**TOKEN)).json["access_token"]
    assert second != first
    assert (await client.call("POST", INCIDENT, {}, auth=f"Bearer {second}")).status == 201


async def test_a_refused_token_looks_as_the_token_url_refuses(client: Client) -> None:
    await client.fault(mode="token_refused")
    got = await client.token(**TOKEN)
    assert (got.status, got.json) == (401, {"error_description": "access_denied", "error": "server_error"})
    assert (await client.call("POST", INCIDENT, {})).status == 201


@pytest.mark.parametrize(("mode", "status"), [("created_but_403", 403), ("created_but_500", 500)])
async def test_a_failure_status_hides_a_created_record(client: Client, mode: str, status: int) -> None:
    await client.fault(mode=mode)
    got = await client.call("POST", INCIDENT, {"correlation_id": "req-1"})
    assert got.status == status
    assert len(await client.find("correlation_id=req-1")) == 1


async def test_a_fault_of_writing_leaves_reading_alone_unless_told_otherwise(client: Client) -> None:
    await client.fault(mode="data_policy_403")
    assert (await client.call("GET", INCIDENT)).status == 200
    await client.fault(mode="data_policy_403", match={"method": "GET"})
    assert (await client.call("GET", INCIDENT)).status == 403


async def test_what_was_refused_anyway_keeps_its_own_refusal(client: Client) -> None:
    await client.fault(mode="created_but_500")
    assert (await client.call("POST", INCIDENT, {"state": "7"})).status == 403
    assert await client.total() == 0


@pytest.mark.parametrize(("mode", "total"), [("created_then_reset", 1), ("reset", 0)])
async def test_a_reset_connection_may_hide_a_created_record(client: Client, mode: str, total: int) -> None:
    await client.fault(mode=mode, count=1)
    with pytest.raises(aiohttp.ClientError) as caught:
        await client.call("POST", INCIDENT, {})
    assert isinstance(caught.value, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError)
    assert await client.total() == total
    entry = (await client.call("GET", "/sandbox/requests")).json["requests"][0]
    assert (entry["outcome"], entry["status"]) == ("connection reset", None)


async def test_a_record_may_be_created_after_the_client_gave_up(client: Client) -> None:
    await client.fault(mode="created_after_timeout", delay_seconds=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.call("POST", INCIDENT, {})
    assert await client.total() == 0
    async with asyncio.timeout(20):
        while await client.total() == 0:
            await asyncio.sleep(0.02)


async def test_a_slow_answer_comes_after_the_work(client: Client) -> None:
    await client.fault(mode="slow", delay_seconds=30, on="table")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await client.call("POST", INCIDENT, {})
    assert await client.total() == 1


async def test_waits_add_up_and_the_answer_is_the_real_one(client: Client) -> None:
    await client.fault(mode="slow", delay_seconds=0.1)
    await client.fault(mode="created_after_timeout", delay_seconds=0.1)
    started = asyncio.get_running_loop().time()
    assert (await client.call("POST", INCIDENT, {})).status == 201
    assert asyncio.get_running_loop().time() - started >= 0.2


async def test_a_trailing_error_follows_a_result_in_a_200(client: Client) -> None:
    await client.create({"short_description": "a"})
    await client.fault(mode="trailing_error")
    got = await client.call("GET", INCIDENT)
    assert (got.status, got.json["status"]) == (200, "failure")
    assert got.json["result"][0]["short_description"] == "a"
    assert got.json["error"]["message"].startswith("Transaction cancelled: maximum execution time exceeded")


async def test_broken_json_does_not_parse(client: Client) -> None:
    await client.create({})
    await client.fault(mode="broken_json")
    got = await client.call("GET", INCIDENT)
    assert got.status == 200
    with pytest.raises(json.JSONDecodeError):
        _ = got.json


async def test_a_truncated_body_breaks_its_promise(client: Client) -> None:
    await client.fault(mode="truncated_body")
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.call("POST", INCIDENT, {})
    assert await client.total() == 1


async def test_a_slow_body_begins_at_once_and_ends_late(client: Client) -> None:
    await client.fault(mode="slow_body", delay_seconds=0.3)
    started = asyncio.get_running_loop().time()
    async with client.session.get(client.url + INCIDENT, headers={"Authorization": BASIC}) as response:
        began = asyncio.get_running_loop().time() - started
        body = await response.json()
    assert body == {"result": []}
    assert asyncio.get_running_loop().time() - started >= began + 0.15


@pytest.mark.parametrize("mode", list(MODES))
async def test_every_mode_ends_when_its_count_is_used_up(client: Client, mode: str) -> None:
    aim = {"on": "any", "match": {"method": "POST"}}
    fault = await client.fault(mode=mode, count=1, delay_seconds=0.01, **aim)
    try:
        await client.call("POST", INCIDENT, {})
    except aiohttp.ClientError:
        assert MODES[mode].ending in {Ending.RESET, Ending.TRUNCATED}
    assert (await client.call("POST", INCIDENT, {})).status == 201
    listed = (await client.call("GET", "/sandbox/faults")).json["faults"]
    assert [(each["id"], each["struck"], each["is_spent"]) for each in listed] == [(fault["id"], 1, True)]
    assert MODES[mode].wait in tuple(Wait)


@pytest.mark.parametrize(
    ("definition", "strikes"),
    [
        ({"on": "token"}, {"token"}),
        ({"on": "table"}, {"post", "get", "other"}),
        ({"on": "api"}, {"post", "get", "other", "stats"}),
        ({"on": "any"}, {"token", "post", "get", "other", "stats"}),
        ({"match": {"method": "POST"}}, {"post"}),
        ({"match": {"method": ["get", "PATCH"]}}, {"get", "other"}),
        ({"match": {"path": "/table/problem"}}, {"other"}),
        ({"match": {"path": "sysparm_limit=1"}}, {"get"}),
        ({"match": {"headers": {"x-event": "abc"}}}, {"post"}),
        ({"match": {"body": "RequestCreated"}}, {"post"}),
        ({"match": {"body": "RequestCreated", "method": "GET"}}, set()),
    ],
)
async def test_a_fault_strikes_only_what_it_aims_at(
    client: Client, definition: dict[str, object], strikes: set[str]
) -> None:
    await client.fault(mode="bad_gateway_502", **{"on": "table", **definition})
    got = {
        "token": await client.token(**TOKEN),
        "post": await client.call("POST", INCIDENT, {"cause": "RequestCreated"}, headers={"X-Event": "1abc2"}),
        "get": await client.call("GET", INCIDENT, params={"sysparm_limit": "1"}),
        "other": await client.call("GET", "/api/now/table/problem"),
        "stats": await client.call("GET", "/api/now/stats/incident"),
    }
    assert {name for name, each in got.items() if each.status == 502} == strikes


async def test_skip_lets_the_first_ones_through(client: Client) -> None:
    await client.fault(mode="script_error_500", skip=2, count=1)
    assert [(await client.call("POST", INCIDENT, {})).status for _ in range(4)] == [201, 201, 500, 201]


async def test_a_probability_strikes_some(client: Client) -> None:
    await client.fault(mode="script_error_500", probability=0.5)
    struck = sum([(await client.call("GET", INCIDENT)).status == 500 for _ in range(60)])
    assert 10 < struck < 50


async def test_of_several_answering_faults_the_first_speaks_and_the_rest_are_not_used_up(client: Client) -> None:
    await client.fault(mode="script_error_500", count=1)
    await client.fault(mode="acl_403", count=1)
    assert [(await client.call("POST", INCIDENT, {})).status for _ in range(3)] == [500, 403, 201]


async def test_a_fault_can_be_switched_off_alone_or_with_all(client: Client) -> None:
    one = await client.fault(mode="script_error_500")
    await client.fault(mode="acl_403")
    assert (await client.call("DELETE", f"/sandbox/faults/{one['id']}")).status == 204
    assert (await client.call("DELETE", "/sandbox/faults/f99")).status == 404
    assert (await client.call("POST", INCIDENT, {})).status == 403
    assert (await client.call("DELETE", "/sandbox/faults")).status == 204
    assert (await client.call("POST", INCIDENT, {})).status == 201


async def test_several_can_be_switched_on_at_once_or_none(client: Client) -> None:
    good, bad = {"mode": "acl_403"}, {"mode": "acl_403", "count": -1}
    assert (await client.call("POST", "/sandbox/faults", [good, good])).status == 201
    refused = await client.call("POST", "/sandbox/faults", [good, bad])
    assert (refused.status, refused.json["problems"][0]["path"]) == (400, "[1].count")
    assert len((await client.call("GET", "/sandbox/faults")).json["faults"]) == 2


async def test_every_problem_of_a_definition_is_answered_at_once(client: Client) -> None:
    wrong = {
        "mode": "x",
        "probability": 2,
        "count": 0,
        "skip": "1",
        "on": "moon",
        "delay_seconds": -1,
        "retry_after_seconds": True,
        "nope": 1,
        "match": {"method": 1, "headers": [], "body": 3, "verb": "x"},
    }
    got = await client.call("POST", "/sandbox/faults", wrong)
    assert got.status == 400
    assert sorted(each["path"] for each in got.json["problems"]) == [
        "count",
        "delay_seconds",
        "match.body",
        "match.headers",
        "match.method",
        "match.verb",
        "mode",
        "nope",
        "on",
        "probability",
        "retry_after_seconds",
        "skip",
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b"[3]", b'{"mode": []}', b'{"mode": "reset", "match": 3}'])
async def test_a_definition_that_is_none_is_400(client: Client, body: bytes) -> None:
    got = await client.call("POST", "/sandbox/faults", data=body)
    assert got.status == 400
    assert got.json["problems"]


async def test_a_reset_works_over_tls_too(tmp_path: object) -> None:
    options = SandboxOptions(port=0, tls=True, certificate_folder=str(tmp_path))
    async with Served(options) as running, aiohttp.ClientSession() as session:
        assert running.certificate is not None
        trusted = ssl.create_default_context(cafile=str(running.certificate))
        async with session.post(f"{running.url}/sandbox/faults", json={"mode": "reset", "count": 1}, ssl=trusted) as r:
            assert r.status == 201
        asked = {"Authorization": BASIC}
        with pytest.raises(aiohttp.ClientError):
            await session.post(running.url + INCIDENT, json={}, ssl=trusted, headers=asked)
        async with session.post(running.url + INCIDENT, json={}, ssl=trusted, headers=asked) as response:
            assert response.status == 201
