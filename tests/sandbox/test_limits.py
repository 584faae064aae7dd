"""A busy instance: sessions one at a time, the API semaphore, the hourly rule."""

import asyncio
from collections import Counter

import aiohttp
from tests.sandbox.conftest import INCIDENT, Client

SLOW = {"mode": "slow", "delay_seconds": 0.5, "on": "table"}
COOKIE = {"Cookie": "JSESSIONID=ABC"}


async def statuses(client: Client, number: int, headers: dict[str, str] | None = None) -> Counter[int]:
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(client.call("POST", INCIDENT, {}, headers=headers)) for _ in range(number)]
    return Counter(call.result().status for call in calls)


async def test_beyond_ten_waiting_requests_of_one_session_the_rest_get_202(client: Client) -> None:
    await client.fault(**SLOW, count=1)
    assert await statuses(client, 15, COOKIE) == {201: 11, 202: 4}
    assert await client.total() == 11


async def test_a_client_that_keeps_cookies_waits_for_itself(client: Client) -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies of an address without a name
    async with aiohttp.ClientSession(cookie_jar=jar) as keeping:
        keeper = Client(keeping, client.running)
        await keeper.call("GET", INCIDENT)
        await client.fault(**SLOW, count=1)
        assert (await statuses(keeper, 15))[202] == 4


async def test_without_a_session_all_run_together(client: Client) -> None:
    await client.fault(**SLOW)
    started = asyncio.get_running_loop().time()
    assert await statuses(client, 15) == {201: 15}
    assert asyncio.get_running_loop().time() - started < 15 * SLOW["delay_seconds"]


async def test_a_session_that_runs_too_long_turns_the_next_away(client: Client) -> None:
    await client.properties(sandbox__session__longest_wait_seconds=0)
    await client.fault(**SLOW, count=1)
    assert await statuses(client, 2, COOKIE) == {201: 1, 202: 1}


async def test_the_semaphore_lets_four_run_and_fifty_wait(client: Client) -> None:
    await client.properties(sandbox__semaphore__enabled=True)
    await client.fault(**SLOW, count=4)
    assert await statuses(client, 60) == {201: 54, 429: 6}


async def test_a_semaphore_refusal_has_no_rate_limit_headers(client: Client) -> None:
    await client.properties(
        sandbox__semaphore__enabled=True, sandbox__semaphore__running=0, sandbox__semaphore__waiting=0
    )
    got = await client.call("POST", INCIDENT, {})
    assert (got.status, "Retry-After" in got.headers, "X-RateLimit-Limit" in got.headers) == (429, False, False)


async def test_the_hourly_rule_counts_down_and_starts_again(client: Client) -> None:
    await client.properties(sandbox__rate_limit__requests_per_hour=2)
    got = [await client.call("POST", INCIDENT, {}) for _ in range(3)]
    assert [each.status for each in got] == [201, 201, 429]
    assert {each.headers["X-RateLimit-Limit"] for each in got} == {"2"}
    wait = int(got[2].headers["Retry-After"])
    assert 0 < wait <= 3600
    assert got[2].json["error"]["detail"] == "Rate limit of 2 requests per hour for Table API exceeded"
    await client.call("POST", "/sandbox/clock", {"advance_seconds": wait + 1})
    assert (await client.call("POST", INCIDENT, {})).status == 201
    assert await client.total() == 3


async def test_without_a_rule_no_such_header_is_sent(client: Client) -> None:
    assert "X-RateLimit-Limit" not in (await client.call("POST", INCIDENT, {})).headers
