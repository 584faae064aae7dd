"""The whole trip of an event, from accept to settle, on a real store."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.flow.world import START, World, answer, open_world, states

from grantwire.domain.delivery import Room, State
from grantwire.domain.errors import Refusal, Refused
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Timings
from grantwire.flow.configure import masked, shown
from grantwire.ports import DeliveryQuery


@pytest.fixture
async def world(tmp_path: Path):
    async with open_world(tmp_path) as opened:
        yield opened


async def one(world: World):
    """The story of the only delivery there is."""
    page = await world.look.deliveries(DeliveryQuery())
    assert len(page.items) == 1
    return await world.look.delivery(page.items[0].id)


async def test_an_event_becomes_one_request_and_is_on_record(world: World) -> None:
    await world.add()
    async with world.working():
        (promise,) = await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    (request,) = world.sender.sent
    assert json.loads(request.body) == {"type": "RequestCreated", "who": "Maeve O'Brien"}
    assert dict(request.headers)["Grantwire-Delivery"] == promise.deliveries[0].id
    story = await one(world)
    assert story.delivery.state is State.DELIVERED
    assert [attempt.number for attempt in story.attempts] == [1]
    assert story.attempts[0].request is not None
    assert story.attempts[0].request.body == request.body


async def test_an_event_is_promised_to_each_webhook_that_wants_it_and_says_who_does_not(world: World) -> None:
    await world.add("wants it")
    await world.add("other trigger", triggers=["RequestExpired"])
    await world.add("inactive", active=False)
    await world.add("filtered", filters={"integration": ["staging db"]})
    (promise,) = await world.ingest.accept([world.event()])
    assert [d.webhook_name for d in promise.deliveries] == ["wants it"]
    assert {d.webhook_name for d in promise.skipped} == {"inactive", "filtered"}
    assert all(skipped.why for skipped in promise.skipped)


async def test_a_failure_is_tried_again_when_its_wait_is_over_and_not_before(world: World) -> None:
    await world.add()
    world.sender.replies = [answer(500), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        world.clock.advance(4.9)
        await asyncio.sleep(0)
        assert len(world.sender.sent) == 1
        world.clock.advance(0.7)
        await world.facts.until("delivery.delivered")
    assert [a.number for a in (await one(world)).attempts] == [1, 2]


async def test_a_429_waits_as_long_as_the_target_asked(world: World) -> None:
    await world.add()
    world.sender.replies = [answer(429, {}, Retry_After="120"), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        due_at = (await one(world)).delivery.due_at
        assert due_at is not None
        assert due_at >= START + timedelta(seconds=120)
        world.clock.advance(300)  # what the target asked, and the spread of retries
        await world.facts.until("delivery.delivered")


async def test_after_the_last_attempt_a_delivery_is_dead_and_says_why(world: World) -> None:
    await world.add(retry={"attempts": 2, "max_age_hours": 24})
    world.sender.replies = [answer(500)]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        world.clock.advance(10)
        await world.facts.until("delivery.dead")
    story = await one(world)
    assert story.delivery.state is State.DEAD
    assert "2 attempts" in story.delivery.why


async def test_a_refused_token_is_renewed_once_and_the_request_sent_again_in_the_same_attempt(world: World) -> None:
    await world.add(auth=OAUTH)
    world.sender.replies = [answer(401, {}), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    assert world.credentials.renewed == 1
    assert [dict(r.headers)["Authorization"] for r in world.sender.sent] == ["Bearer token-0", "Bearer token-1"]
    assert len((await one(world)).attempts) == 1


async def test_a_token_that_stays_refused_pauses_the_webhook_and_holds_what_it_has(world: World) -> None:
    await world.add(auth=OAUTH)
    world.sender.replies = [answer(401, {})]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("webhook.paused")
        await world.ingest.accept([world.event()])
    page = await world.look.deliveries(DeliveryQuery())
    assert states(page.items) == ["held", "held"]
    assert len(world.sender.sent) == 2  # the first token and the renewed one; never a third


async def test_a_resume_releases_everything_that_was_held(world: World) -> None:
    webhook = await world.add()
    await world.configure.pause(webhook.id, "maintenance")
    await world.ingest.accept([world.event(), world.event(), world.event()])
    assert world.sender.sent == []
    async with world.working():
        await world.configure.resume(webhook.id)
        await world.facts.until("delivery.delivered", 3)
    assert len(world.sender.sent) == 3


async def test_a_pause_holds_what_waits_and_the_first_reason_stays(world: World) -> None:
    webhook = await world.add()
    world.sender.replies = [answer(503)]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
    await world.configure.pause(webhook.id, "maintenance")
    await world.configure.pause(webhook.id, "another reason")
    await world.configure.catch_up()
    story = await one(world)
    assert (story.delivery.state, story.delivery.why) == (State.HELD, "paused: maintenance")


async def test_the_same_event_again_is_answered_as_the_first_time_and_delivered_once(world: World) -> None:
    await world.add()
    event = world.event(id_="evt-same")
    async with world.working():
        (first,) = await world.ingest.accept([event])
        (again,) = await world.ingest.accept([event])
        await world.facts.until("delivery.delivered")
    assert [d.id for d in again.deliveries] == [d.id for d in first.deliveries]
    assert len(world.sender.sent) == 1


async def test_the_same_id_with_other_content_is_refused_and_the_whole_call_with_it(world: World) -> None:
    await world.add()
    await world.ingest.accept([world.event(id_="evt-same")])
    with pytest.raises(Refused) as refused:
        await world.ingest.accept([world.event(id_="evt-new"), world.event(id_="evt-same", justification="other")])
    assert refused.value.why is Refusal.CONFLICT
    assert refused.value.problems[0].path == "[1]"
    assert await world.store.event("evt-new") is None


async def test_an_unrenderable_body_is_dead_with_the_reason_and_nothing_is_sent(world: World) -> None:
    await world.add(strict=True, body='{"x": "{{ data.access_bundle.name }}"}')
    async with world.working():
        await world.ingest.accept([world.event(access_bundle=None)])
        await world.facts.until("delivery.dead")
    assert world.sender.sent == []
    assert "access_bundle" in (await one(world)).delivery.why


async def test_no_token_for_now_is_waiting_and_not_failing_the_delivery(world: World) -> None:
    await world.add(auth=OAUTH)
    world.credentials.refusal = NotSent("the token endpoint is asleep", "hibernating", is_passing=True)
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        world.credentials.refusal = None
        world.clock.advance(10)
        await world.facts.until("delivery.delivered")


async def test_a_deleted_webhook_takes_its_waiting_deliveries_with_it(world: World) -> None:
    await world.add()
    world.sender.replies = [answer(500)]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
    await world.configure.delete("tickets")
    story = await one(world)
    assert (story.delivery.state, story.delivery.why) == (State.CANCELLED, "the webhook was deleted")


@pytest.mark.parametrize("status", [201, 500])
async def test_what_is_being_sent_while_its_webhook_is_deleted_ends_with_it(world: World, status: int) -> None:
    await world.add()
    world.sender.replies = [answer(status)]
    world.sender.gate = asyncio.Event()
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.configure.delete("tickets")
        world.sender.gate.set()
        await world.facts.until("delivery.delivered" if status == 201 else "delivery.waiting")
    story = await one(world)
    assert story.delivery.state is (State.DELIVERED if status == 201 else State.CANCELLED)


async def test_a_stop_hands_back_what_waits_and_what_is_being_sent(world: World, tmp_path: Path) -> None:
    await world.add(limits={"concurrency": 1})
    world.sender.gate = asyncio.Event()
    async with world.working():
        await world.facts.until("webhook.saved")
        await world.ingest.accept([world.event(), world.event(), world.event()])
        await wait_for(lambda: len(world.sender.sent) == 1)
    page = await world.look.deliveries(DeliveryQuery())
    assert sorted(states(page.items)) == ["pending", "pending", "waiting"]
    world.sender.gate = None
    async with world.working():
        await world.facts.until("delivery.delivered", 3)


async def test_what_a_killed_process_had_claimed_is_sent_after_its_lease(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first:
        await first.add()
        await first.ingest.accept([first.event()])
        webhook = (await first.configure.webhooks())[0]
        claims = await first.store.claim(
            {webhook.id: Room(5, 5)}, now=first.clock.now(), lease_until=first.clock.now() + timedelta(seconds=400)
        )
        assert len(claims) == 1
    async with open_world(tmp_path) as second, second.working():
        second.clock.advance(401)
        await second.facts.until("delivery.delivered")


async def test_a_process_that_knows_itself_alone_sends_at_once_what_a_killed_one_had_claimed(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first:
        webhook = await first.add()
        await first.ingest.accept([first.event()])
        now = first.clock.now()
        await first.store.claim({webhook.id: Room(5, 5)}, now=now, lease_until=now + timedelta(seconds=400))
    async with open_world(tmp_path) as second:
        assert await second.store.take_back(now=second.clock.now()) == 1
        async with second.working():
            await second.facts.until("delivery.delivered")


async def test_a_connection_that_broke_after_sending_is_tried_again(world: World) -> None:
    await world.add()
    world.sender.replies = [NoResponse(Fault.RESET, "reset", Timings(5.0), may_have_arrived=True), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        world.clock.advance(10)
        await world.facts.until("delivery.delivered")


async def test_a_retry_now_does_not_wait(world: World) -> None:
    await world.add()
    world.sender.replies = [answer(500), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        await world.replay.retry((await one(world)).delivery.id)
        await world.facts.until("delivery.delivered")


async def test_a_cancelled_delivery_is_never_sent_again(world: World) -> None:
    await world.add()
    world.sender.replies = [answer(500), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.waiting")
        await world.replay.cancel((await one(world)).delivery.id)
        world.clock.advance(100)
        await asyncio.sleep(0)
    assert len(world.sender.sent) == 1
    with pytest.raises(Refused):
        await world.replay.cancel((await one(world)).delivery.id)


async def test_no_more_requests_run_at_once_than_the_limit_allows(world: World) -> None:
    await world.add(limits={"concurrency": 3})
    world.sender.gate = asyncio.Event()
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(40)])
        await wait_for(lambda: len(world.sender.sent) == 3)
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 40)


async def test_no_more_requests_start_in_a_minute_than_the_limit_allows(world: World) -> None:
    await world.add(limits={"per_minute": 5})
    async with world.working():
        await world.ingest.accept([world.event() for _ in range(12)])
        await world.facts.until("delivery.delivered", 5)
        world.clock.advance(59)
        assert len(world.sender.sent) == 5
        world.clock.advance(2)
        await world.facts.until("delivery.delivered", 10)
        world.clock.advance(61)
        await world.facts.until("delivery.delivered", 12)


async def test_a_hanging_target_does_not_keep_another_webhook_waiting(world: World) -> None:
    hanging = asyncio.Event()
    await world.add("hangs", limits={"concurrency": 1})
    async with world.working():
        world.sender.gate = hanging
        await world.ingest.accept([world.event() for _ in range(30)])
        await wait_for(lambda: len(world.sender.sent) == 1)
        world.sender.gate = None
        await world.add("well", url="https://other.example.com/hook")
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
        assert world.facts.named("delivery.delivered")[0]["webhook"] == "well"
        hanging.set()


async def test_a_test_sends_one_request_and_leaves_no_trace(world: World) -> None:
    webhook = await world.add()
    attempt = await world.rehearse.send(webhook, world.event())
    assert attempt.verdict == "delivered"
    assert len(world.sender.sent) == 1
    assert (await world.look.deliveries(DeliveryQuery())).items == ()


OAUTH = {
    "type": "oauth2",
    "grant": "client_credentials",
    "token_url": "https://acme.example.com/oauth_token.do",
    "client_id": "abc",
    "client_secret": "very-secret",
}


async def wait_for(is_so) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0)


async def test_a_mask_that_is_sent_back_keeps_the_secret_it_stands_for(world: World) -> None:
    rows = [{"name": "X-Team", "value": "iam"}, {"name": "X-Odd", "value": "hidden", "secret": True}]
    webhook = await world.add(headers=rows, auth=OAUTH)
    shown_form = shown(webhook, masked)
    assert "hidden" not in json.dumps(shown_form)
    assert "very-secret" not in json.dumps(shown_form)
    saved = await world.configure.put("tickets", shown_form, expected_version=None)
    assert saved.webhook.target.headers == webhook.target.headers
    assert saved.webhook.credential == webhook.credential
