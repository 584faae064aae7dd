"""A webhook's page says when its target is left alone, and how a release goes."""

import asyncio

import pytest
from tests.edges.api.house import event
from tests.edges.web.conftest import Console

from grantwire.domain.breaker import FAULTS_IN_A_ROW
from grantwire.domain.exchange import Fault, NoResponse, Timings

PAGE = "/webhooks/ServiceNow%20prod"
SILENT = NoResponse(Fault.CONNECT, "nobody listens <there>", Timings(1.0), may_have_arrived=False)


@pytest.fixture
async def signed_in(console: Console) -> Console:
    await console.sign_in()
    return console


async def until_open(console: Console) -> None:
    async with asyncio.timeout(5):
        while console.house.flows.targets.statuses()[0].phase != "open":
            await asyncio.sleep(0.005)


async def pressed(console: Console, action: str, **fields: str) -> str:
    form = {"csrf": await console.csrf(PAGE), **fields}
    await console.browser.post(f"{PAGE}/{action}", data=form)
    return (await console.browser.get(PAGE)).text


async def test_the_page_says_that_its_target_is_left_alone_since_when_and_why(signed_in: Console) -> None:
    await signed_in.house.webhook(limits={"concurrency": 1})
    assert "left alone" not in (await signed_in.browser.get(PAGE)).text
    signed_in.house.sender.script = lambda _: SILENT
    for number in range(FAULTS_IN_A_ROW):
        await signed_in.house.client.post("/v1/events", json=event(id=f"evt-{number}"))
    await until_open(signed_in)
    text = (await signed_in.browser.get(PAGE)).text
    assert "The target is left alone" in text
    assert "goes out as a probe at <time" in text
    assert "nobody listens &lt;there&gt;" in text


async def test_a_resume_at_a_rate_is_told_and_can_be_changed(signed_in: Console) -> None:
    await signed_in.house.webhook()
    await pressed(signed_in, "pause")
    await signed_in.house.client.post("/v1/events", json=event())
    text = await pressed(signed_in, "resume", per_minute="30")
    assert "Releasing 30 a minute" in text
    assert "Change rate" in text
    await pressed(signed_in, "resume", per_minute="")
    shown = (await signed_in.house.client.get("/v1/webhooks/ServiceNow prod")).json()
    assert shown["release_per_minute"] is None


@pytest.mark.parametrize("typed", ["0", "-1", "many", "1000000"])
async def test_a_rate_that_is_none_resumes_nothing(signed_in: Console, typed: str) -> None:
    await signed_in.house.webhook()
    await pressed(signed_in, "pause")
    assert "is not resumed" in await pressed(signed_in, "resume", per_minute=typed)
    shown = (await signed_in.house.client.get("/v1/webhooks/ServiceNow prod")).json()
    assert shown["paused_why"] is not None
