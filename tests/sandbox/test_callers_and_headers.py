"""Who may call, and the headers every answer carries."""

import base64
import re

import pytest
from tests.sandbox.conftest import INCIDENT, Client


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "auth", [None, "Bearer", "Bearer nonsense", basic("admin", "wrong"), basic("nobody", "x"), "Basic !!!", "Digest a"]
)
async def test_every_wrong_credential_gets_the_recorded_401(client: Client, auth: str | None) -> None:
    got = await client.call("POST", INCIDENT, {}, auth=auth)
    assert got.status == 401
    error = {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}
    assert got.json == {"error": error, "status": "failure"}
    assert got.headers["WWW-Authenticate"] == 'BASIC realm="Service-now"'
    assert got.headers["Connection"] == "close"
    assert got.headers["X-Is-Logged-In"] == "false"


@pytest.mark.parametrize(("key", "status"), [("sandbox-api-key", 200), ("wrong", 401)])
async def test_an_api_key_is_a_credential(client: Client, key: str, status: int) -> None:
    assert (await client.call("GET", INCIDENT, auth=None, headers={"x-sn-apikey": key})).status == status


async def test_six_bad_passwords_lock_the_account(client: Client) -> None:
    for _ in range(6):
        await client.call("GET", INCIDENT, auth=basic("admin", "wrong"))
    assert (await client.call("GET", INCIDENT)).status == 401
    secrets = {"grant_type": "password", "username": "admin", "password": "admin"}
    assert (await client.token(**secrets)).status == 401


async def test_five_bad_passwords_and_a_good_one_start_the_count_again(client: Client) -> None:
    for _ in range(2):
        for _ in range(5):
            await client.call("GET", INCIDENT, auth=basic("admin", "wrong"))
        assert (await client.call("GET", INCIDENT)).status == 200


async def test_basic_can_be_closed(client: Client) -> None:
    await client.properties(glide__authenticate__basic_auth__restriction=True)
    assert (await client.call("GET", INCIDENT)).status == 401
    token = (await client.token(grant_type="client_credentials")).json["access_token"]
    assert (await client.call("GET", INCIDENT, auth=f"Bearer {token}")).status == 200


async def test_another_user_can_be_made_and_acts_under_its_own_name(client: Client) -> None:
    user = {"user_name": "grantwire", "user_password": "secret", "name": "Grant Wire"}
    await client.create(user, "sys_user")
    got = await client.call("POST", INCIDENT, {}, auth=basic("grantwire", "secret"))
    assert (got.status, got.result["sys_created_by"]) == (201, "grantwire")


async def test_an_answer_carries_the_recorded_headers(client: Client) -> None:
    got = await client.call("GET", INCIDENT)
    expected = {
        "Server": "ServiceNow",
        "Server-Timing": "sem_wait;dur=0, sesh_wait;dur=0",
        "X-Is-Logged-In": "true",
        "X-Content-Type-Options": "nosniff",
        "Pragma": "no-store,no-cache",
        "Cache-Control": "no-cache,no-store,must-revalidate,max-age=-1",
        "Expires": "0",
        "Content-Type": "application/json;charset=UTF-8",
        "Transfer-Encoding": "chunked",
        "Keep-Alive": "timeout=70",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    }
    assert {name: got.headers[name] for name in expected} == expected
    assert re.fullmatch(r"[0-9a-f]{12}", got.headers["X-Transaction-ID"])


async def test_every_answer_has_a_transaction_of_its_own(client: Client) -> None:
    seen = {(await client.call("GET", INCIDENT)).headers["X-Transaction-ID"] for _ in range(3)}
    assert len(seen) == 3


async def test_the_recorded_cookies_are_set(client: Client) -> None:
    got = await client.call("GET", INCIDENT)
    cookies = {each.split("=", 1)[0]: each for each in got.headers.getall("Set-Cookie")}
    assert list(cookies) == [
        "JSESSIONID",
        "glide_user",
        "glide_user_session",
        "glide_user_route",
        "glide_node_id_for_js",
        "glide_session_store",
        "BIGipServerpool_sandbox",
    ]
    assert "Max-Age=0" in cookies["glide_user"]
    assert re.search(r"=glide\.[0-9a-f]{32}; Max-Age=2147483647", cookies["glide_user_route"])
    assert re.search(r"=[0-9A-F]{32}; Max-Age=1800", cookies["glide_session_store"])


async def test_a_session_that_is_sent_back_is_not_made_anew(client: Client) -> None:
    got = await client.call("GET", INCIDENT, headers={"Cookie": "JSESSIONID=ABC"})
    assert not any(each.startswith("JSESSIONID") for each in got.headers.getall("Set-Cookie"))


@pytest.mark.parametrize(("accepted", "expected"), [("gzip, deflate", "gzip"), ("identity", None)])
async def test_answers_are_packed_where_the_client_takes_it(
    client: Client, accepted: str, expected: str | None
) -> None:
    await client.create({})
    got = await client.call("GET", INCIDENT, headers={"Accept-Encoding": accepted})
    assert got.headers.get("Content-Encoding") == expected
    assert got.result[0]["number"] == "INC0010001"
