"""Replays over HTTP: asked for, planned, shown, listed, cancelled."""

import asyncio
from typing import Any

import pytest
from tests.edges.api.house import House, event


@pytest.fixture
async def skipped(house: House) -> list[str]:
    """The ids of three deliveries that ended without success, oldest first."""
    await house.webhook(filters={"integration": ["none"]})
    await house.client.post("/v1/events", json=[event(id=name) for name in "abc"])
    found = (await house.client.get("/v1/deliveries")).json()["items"]
    return [one["id"] for one in reversed(found)]


async def ended(house: House, replay_id: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while (found := (await house.client.get(f"/v1/replays/{replay_id}")).json())["ended_at"] is None:
            await asyncio.sleep(0.01)
    return found


async def test_a_replay_is_a_job_whose_address_is_told_at_once(house: House, skipped: list[str]) -> None:
    asked = {"webhooks": "ServiceNow prod", "states": ["skipped"], "per_minute": 60_000}
    answer = await house.client.post("/v1/replays", json=asked)
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/replays/{job['id']}")
    assert (job["state"], job["requested_by"]) == ("pending", "API key the test")
    assert (job["wanted"]["webhooks"], job["wanted"]["states"]) == (["ServiceNow prod"], ["skipped"])
    done = await ended(house, job["id"])
    assert (done["state"], done["found"], done["made"], done["refused"], done["gone"]) == ("done", 3, 3, {}, 0)
    found = (await house.client.get("/v1/deliveries")).json()["items"]
    assert sorted(one["replay_of"] for one in found if one["replay_of"]) == sorted(skipped)
    listed = (await house.client.get("/v1/replays", params={"limit": 1})).json()
    assert ([one["id"] for one in listed["items"]], listed["after"]) == ([job["id"]], None)


async def test_a_dry_run_counts_by_state_webhook_and_type_and_starts_nothing(house: House, skipped: list[str]) -> None:
    answer = await house.client.post("/v1/replays", json={"webhooks": "*", "states": "skipped", "dry_run": True})
    plan = answer.json()
    assert (answer.status_code, plan["count"], plan["has_more"]) == (200, 3, False)
    assert (plan["by_state"], plan["by_event_type"]) == ({"skipped": 3}, {"RequestCreated": 3})
    assert [(one["webhook"], one["count"], one["refused"]) for one in plan["by_webhook"]] == [
        ("ServiceNow prod", 3, None)
    ]
    assert [one["id"] for one in plan["first"]] == skipped
    assert (await house.client.get("/v1/replays")).json()["items"] == []


async def test_the_same_id_with_the_same_content_is_the_same_job(house: House, skipped: list[str]) -> None:
    asked = {"id": "mine", "webhooks": "*", "states": "skipped"}
    first = await house.client.post("/v1/replays", json=asked)
    again = await house.client.post("/v1/replays", json=asked)
    other = await house.client.post("/v1/replays", json=asked | {"states": "dead"})
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert first.json()["id"] == again.json()["id"] == "mine"
    assert (await ended(house, "mine"))["made"] == 3


async def test_every_fault_is_told_at_once(house: House) -> None:
    asked = {"webhooks": ["none"], "states": ["pending"], "until": "x", "per_minute": 0, "webhok": 1}
    answer = await house.client.post("/v1/replays", json=asked)
    assert answer.status_code == 400
    paths = {problem["path"] for problem in answer.json()["problems"]}
    assert paths == {"webhooks[0]", "states[0]", "until", "per_minute", "webhok"}


async def test_a_job_is_cancelled_once(house: House, skipped: list[str]) -> None:
    asked = {"id": "mine", "webhooks": "*", "states": "skipped", "per_minute": 1}
    await house.client.post("/v1/replays", json=asked)
    cancelled = await house.client.post("/v1/replays/mine/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert cancelled.json()["why"] == "by API key the test"
    assert (await house.client.post("/v1/replays/mine/cancel")).status_code == 409
    assert (await house.client.get("/v1/replays/none")).status_code == 404


async def test_one_delivery_is_sent_again(house: House, skipped: list[str]) -> None:
    answer = await house.client.post(f"/v1/deliveries/{skipped[0]}/replay")
    assert (answer.status_code, answer.json()["replay_of"]) == (201, skipped[0])
    retried = await house.client.post(f"/v1/deliveries/{skipped[0]}/retry")
    assert retried.status_code == 409
    assert f"/v1/deliveries/{skipped[0]}/replay" in retried.json()["problems"][0]["hint"]
