"""A fault of our own way out costs the target nothing: no attempt, no breaker, no pause."""

from pathlib import Path

import pytest
from tests.flow.world import World, answer, open_world

from grantwire.domain.delivery import State
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Timings
from grantwire.ports import DeliveryQuery

PROXY = NotSent("Not sent: the egress proxy is down.", "down", is_passing=True, retry_after_seconds=10.0, is_ours=True)


@pytest.fixture
async def world(tmp_path: Path):
    async with open_world(tmp_path) as opened:
        yield opened


async def test_a_delivery_outlives_any_number_of_proxy_faults(world: World) -> None:
    webhook = await world.add(retry={"attempts": 2, "max_age_hours": 24})
    world.sender.replies = [*[PROXY] * 12, answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        for count in range(1, 13):
            await world.facts.until("delivery.waiting", count)
            world.clock.advance(400)
        await world.facts.until("delivery.delivered")
    page = await world.look.deliveries(DeliveryQuery())
    assert (page.items[0].state, page.items[0].attempts) == (State.DELIVERED, 1)
    assert (await world.configure.webhook(webhook.name)).paused_why is None
    assert world.facts.named("target.opened") == []


async def test_it_is_still_too_old_one_day(world: World) -> None:
    await world.add(retry={"attempts": 2, "max_age_hours": 0.01})
    world.sender.replies = [PROXY]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        world.clock.advance(40)
        await world.facts.until("delivery.dead")
    page = await world.look.deliveries(DeliveryQuery())
    assert "too old" in page.items[0].why


async def test_a_refused_client_certificate_pauses_the_webhook_and_keeps_the_delivery(world: World) -> None:
    webhook = await world.add()
    detail = "https://acme.example.com:443 says that the client certificate has ended"
    world.sender.replies = [NoResponse(Fault.CLIENT_CERTIFICATE, detail, Timings(1.0), may_have_arrived=False)]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("webhook.paused")
    page = await world.look.deliveries(DeliveryQuery())
    assert page.items[0].state is State.HELD
    assert "has ended. Mend the webhook's client certificate" in page.items[0].why
    assert (await world.configure.webhook(webhook.name)).paused_why is not None
