"""What happens to a webhook is told by events that other webhooks carry: once per episode, and never to itself."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.world import World, answer, open_world

from grantwire.domain.event import Event
from grantwire.domain.exchange import Request, Response
from grantwire.domain.operational import NAMES, Operational, operational_envelope
from grantwire.domain.trouble import FAILURES_IN_A_ROW
from grantwire.flow.health import CheckHealth, CredentialEnd
from grantwire.ports import EventQuery

PAGER = "https://pager.example.com/hook"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        await pager(made)
        yield made


async def pager(world: World, name: str = "pager", **changes: Any) -> None:
    """A webhook that carries Grantwire's own events."""
    wanted = {"kind": "integration", "triggers": sorted(NAMES), "url": PAGER, "body": '{"what": "{{ event_type }}"}'}
    await world.add(name, **wanted | changes)


async def told(world: World) -> list[str]:
    found = (await world.look.events(EventQuery(), limit=200, after=None)).items
    return [event.type for event in reversed(found) if event.type in NAMES]


def failing_for(status: int, world: World) -> None:
    """What goes to the pager arrives, the rest meets this status."""

    def by_host(request: Request) -> Response:
        return answer(200 if request.url == PAGER else status)

    world.sender.replies = [by_host]


async def events(world: World, count: int = 1) -> None:
    for _ in range(count):
        await world.ingest.accept([world.event()])


async def news(world: World, count: int = 1) -> None:
    for _ in range(count):
        await world.announce.tell_next(world.ingest.accept)


async def test_the_fifth_failure_in_a_row_is_told_with_its_reason_and_carried(world: World) -> None:
    await world.add(limits={"concurrency": 1})
    failing_for(400, world)
    async with world.working():
        await events(world, FAILURES_IN_A_ROW)
        await news(world)
        await world.facts.until("delivery.delivered")
    assert await told(world) == ["WebhookFailing"]
    [found] = (await world.look.events(EventQuery(type="WebhookFailing"), limit=9, after=None)).items
    data = found.document()["data"]
    assert (data["name"], data["status"], data["type"]) == ("tickets", "Error", "grantwire-webhook")
    assert data["issues"][0]["message"].startswith("5 attempts failed in a row. The last one: The target answered 400")


async def test_a_success_in_between_begins_the_count_anew(world: World) -> None:
    await world.add(limits={"concurrency": 1})
    async with world.working():
        for turn in range(1, 4):
            failing_for(400, world)
            await events(world, FAILURES_IN_A_ROW - 1)
            await world.facts.until("delivery.dead", turn * (FAILURES_IN_A_ROW - 1))
            failing_for(201, world)
            await events(world)
            await world.facts.until("delivery.delivered", turn)
    assert world.announce._news.empty()


async def test_an_episode_is_told_once_and_its_end_too(world: World) -> None:
    await world.add(limits={"concurrency": 1})
    failing_for(400, world)
    async with world.working():
        await events(world, 3 * FAILURES_IN_A_ROW)
        await world.facts.until("delivery.dead", 3 * FAILURES_IN_A_ROW)
        failing_for(201, world)
        await events(world, 3)
        await world.facts.until("delivery.delivered", 3)
        await news(world, 2)
    assert await told(world) == ["WebhookFailing", "WebhookRecovered"]
    assert world.announce._news.empty()


async def test_a_target_that_is_found_down_is_told_of_at_once_for_each_webhook_that_met_it(world: World) -> None:
    await world.add("a", limits={"concurrency": 1})
    await world.add("b", limits={"concurrency": 1})
    await world.add("c", triggers=["RequestApproved"])
    failing_for(503, world)
    async with world.working():
        await events(world, 3)
        await world.facts.until("target.opened")
        await news(world, 2)
    found = (await world.look.events(EventQuery(type="WebhookFailing"), limit=9, after=None)).items
    assert sorted(event.document()["data"]["name"] for event in found) == ["a", "b"]
    assert all("left alone" in event.document()["data"]["issues"][0]["message"] for event in found)


async def test_a_pause_is_told_with_its_reason_whoever_made_it(world: World) -> None:
    webhook = await world.add()
    await world.configure.pause(webhook.id, "maintenance", by="ann@example.com")
    await news(world)
    [found] = (await world.look.events(EventQuery(type="WebhookPaused"), limit=9, after=None)).items
    assert found.document()["data"]["issues"][0]["message"].endswith("maintenance")


async def test_a_webhook_that_flaps_is_told_of_once_in_an_hour(world: World) -> None:
    await world.add(limits={"concurrency": 1})
    async with world.working():
        for turn in range(1, 5):
            failing_for(400, world)
            await events(world, FAILURES_IN_A_ROW)
            await world.facts.until("delivery.dead", turn * FAILURES_IN_A_ROW)
            failing_for(201, world)
            await events(world)
            await world.facts.until("delivery.delivered", turn)
            world.clock.advance(25 * 60)
    kinds = [world.announce._news.get_nowait()[0] for _ in range(world.announce._news.qsize())]
    assert kinds == ["WebhookFailing", "WebhookRecovered"] * 2


async def test_an_event_about_a_webhook_never_goes_to_that_webhook(world: World) -> None:
    await pager(world, "second pager", url="https://second.example.com/hook")
    webhook = await world.configure.webhook("pager")
    envelope = operational_envelope(Operational.FAILING, webhook, "it is down", at=world.clock.now())
    [promise] = await world.ingest.accept([as_event(world, envelope)])
    assert [one.webhook_name for one in promise.deliveries] == ["second pager"]
    assert [(one.webhook_name, one.why) for one in promise.skipped] == [("pager", "it is about this webhook itself")]
    explained = await world.look.explain(webhook, promise.event_id)
    assert (explained.fires, explained.why_not) == (False, "it is about this webhook itself")


async def test_two_pagers_that_are_down_do_not_call_each_other_for_ever(world: World) -> None:
    await pager(world, "second pager", url="https://second.example.com/hook")
    for name in ("pager", "second pager"):
        await world.configure.patch(name, {"limits": {"concurrency": 1}}, expected_version=None)
    await world.add(limits={"concurrency": 1})
    world.sender.replies = [answer(400)]
    async with world.working():
        await events(world, FAILURES_IN_A_ROW)
        await news(world)
        await world.facts.until("delivery.dead", FAILURES_IN_A_ROW + 2)
        for _ in range(FAILURES_IN_A_ROW):
            await world.ingest.accept([world.event("WebhookRecovered")])
        await world.facts.until("delivery.dead", 3 * FAILURES_IN_A_ROW + 2)
        await news(world, 2)  # each tells of the other, and that is the end of it
        await world.facts.until("delivery.dead", 3 * FAILURES_IN_A_ROW + 4)
    assert world.announce._news.empty()


async def test_nothing_is_raised_that_nobody_wants(tmp_path: Path) -> None:
    async with open_world(tmp_path) as alone:
        webhook = await alone.add()
        await alone.configure.pause(webhook.id, "maintenance")
        assert alone.announce._news.empty()


async def test_a_deletion_is_no_pause(world: World) -> None:
    await world.add()
    await world.configure.delete("tickets")
    assert world.announce._news.empty()


async def test_after_a_restart_an_episode_goes_on_where_it_was(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first:
        await pager(first)
        await first.add(limits={"concurrency": 1})
        failing_for(400, first)
        async with first.working():
            await events(first, FAILURES_IN_A_ROW)
            await news(first)
    async with open_world(tmp_path) as second:
        second._counter = 100  # other events than before
        await second.announce.remember()
        failing_for(400, second)
        async with second.working():
            await events(second, FAILURES_IN_A_ROW)
            await second.facts.until("delivery.dead", FAILURES_IN_A_ROW)
            assert second.announce._news.empty(), "it was told before"
            failing_for(201, second)
            await events(second)
            await news(second)
    async with open_world(tmp_path) as third:
        assert await told(third) == ["WebhookFailing", "WebhookRecovered"]


async def test_each_end_of_a_credential_is_told_once_also_after_a_restart(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first:
        await pager(first)
        webhook = await first.add()
        ends = [CredentialEnd(webhook, "client certificate", first.clock.now() + timedelta(days=3), is_over=False)]
        for _ in range(2):
            await first.announce.tell_ends(first.ingest.accept, ends)
            first.clock.advance(3600)
    async with open_world(tmp_path) as second:
        await second.announce.tell_ends(second.ingest.accept, ends)
        assert await told(second) == ["CredentialExpiring"]
        [found] = (await second.look.events(EventQuery(type="CredentialExpiring"), limit=9, after=None)).items
        said = found.document()["data"]["issues"][0]["message"]
        assert said == "Its client certificate ends at 2026-11-27 12:00 UTC."


def as_event(world: World, envelope: dict[str, Any]) -> Event:
    return replace(world.event(envelope["event_type"]), envelope=envelope, body=json.dumps(envelope).encode())


async def test_the_last_signing_key_is_told_of_before_it_ends_and_a_key_that_others_follow_is_not(world: World) -> None:
    def key(fill: str, days: int | None) -> dict[str, str]:
        until = {} if days is None else {"until": (world.clock.now() + timedelta(days=days)).isoformat()}
        return {"secret": "whsec_" + b64encode(fill.encode() * 32).decode()} | until

    await world.add("ends", signing={"keys": [key("a", 3), key("b", 9)]})
    await world.add("goes on", signing={"keys": [key("c", 3), key("d", None)]})
    await world.add("later", signing={"keys": [key("e", 90)]})
    roster = world.configure._roster
    health = CheckHealth(store=world.store, roster=roster, clock=world.clock, certificate_end=lambda _: None)
    [end] = health.ends()
    assert (end.webhook.name, end.what, end.at) == ("ends", "last signing key", world.clock.now() + timedelta(days=9))
