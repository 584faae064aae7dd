"""Ask before repeating: after an outcome that leaves doubt the target is asked, and only what is not there is sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.world import START, ScriptedSender, World, answer, open_world

from grantwire.domain.delivery import State
from grantwire.domain.exchange import Fault, NoResponse, Reply, Request, Response, Timings
from grantwire.domain.reconcile import Presence
from grantwire.domain.target import Method
from grantwire.domain.webhook import Webhook
from grantwire.ports import DeliveryQuery

TABLE = "https://acme.service-now.com/api/now/table/incident"
QUERY = (
    f"{TABLE}?sysparm_query=correlation_id={{{{event_id}}}}&sysparm_fields=sys_id,number,correlation_id&sysparm_limit=2"
)
RECONCILE = {
    "method": "GET",
    "url": QUERY,
    "match": "$.result[*].correlation_id",
    "equals": "{{ event_id }}",
    "captures": {"sys_id": "$.sys_id", "number": "$.number"},
}
JSON_500 = answer(500, {"error": {"message": "java.lang.NullPointerException"}, "status": "failure"})
RESET = NoResponse(Fault.RESET, "the connection was reset", Timings(5.0), may_have_arrived=True)
ROW = {"sys_id": "b" * 32, "number": "INC0010042", "correlation_id": "evt-1"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def add(world: World, **changes: Any) -> Webhook:
    body = '{"correlation_id": "{{ event_id }}"}'
    return await world.add(**({"url": TABLE, "body": body, "reconcile": RECONCILE} | changes))


def rows(*found: dict[str, Any]) -> Response:
    return answer(200, {"result": list(found)})


def methods(sender: ScriptedSender) -> list[str]:
    return [str(request.method) for request in sender.sent]


async def only(world: World) -> Any:
    (delivery,) = (await world.look.deliveries(DeliveryQuery())).items
    return await world.look.delivery(delivery.id)


async def go(world: World, *replies: Reply, fact: str = "delivery.delivered", seconds: float = 6) -> Any:
    """Accepts one event, lets it fail once, and waits for `fact` after its first wait."""
    world.sender.replies = list(replies)
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(seconds)
        await world.facts.until(fact, 2 if fact == "delivery.waiting" else 1)
    return await only(world)


async def test_what_the_target_has_in_spite_of_its_500_is_delivered_without_a_second_request(world: World) -> None:
    webhook = await add(world)
    story = await go(world, JSON_500, rows(ROW))
    assert methods(world.sender) == ["POST", "GET"]
    assert story.delivery.state is State.DELIVERED
    assert "found by asking" in story.delivery.why
    assert "INC0010042" in story.delivery.why
    (question,) = story.attempts[1].asked
    assert (question.presence, question.expected, question.found) == (Presence.FOUND, "evt-1", ("evt-1",))
    assert question.request.url == QUERY.replace("{{event_id}}", "evt-1")
    receipt = await world.store.receipt(webhook.id, story.delivery.access_request_id)
    assert receipt is not None
    assert receipt.values == {"sys_id": "b" * 32, "number": "INC0010042"}


async def test_what_the_target_does_not_have_is_sent(world: World) -> None:
    await add(world)
    story = await go(world, JSON_500, rows(), answer())
    assert methods(world.sender) == ["POST", "GET", "POST"]
    assert [question.presence for question in story.attempts[1].asked] == [Presence.ABSENT]
    assert story.attempts[1].request.method is Method.POST


UNCLEAR: dict[str, Reply] = {
    "no answer": RESET,
    "500": JSON_500,
    "403": answer(403, {"error": {"message": "Insufficient rights to query records"}}),
    "a web page": Response(200, "", (("Content-Type", "text/html"),), b"<html>", is_cut=False, timings=Timings(1.0)),
    "an error after the rows": answer(200, {"result": [], "error": {"message": "Transaction cancelled"}}),
    "rows of strangers, for the query was dropped": rows(ROW | {"correlation_id": "evt-7"}),
    "rows without the field, for the user may not read it": rows({"sys_id": "c" * 32}),
    "nothing where the rows should be": answer(200, {"records": []}),
    "404 for an address that is wrong": answer(404, {"error": {"message": "Requested URI does not represent any"}}),
}


@pytest.mark.parametrize("reply", UNCLEAR.values(), ids=UNCLEAR)
async def test_while_the_question_has_no_clear_answer_nothing_is_repeated(world: World, reply: Reply) -> None:
    await add(world)
    story = await go(world, JSON_500, reply, fact="delivery.waiting")
    assert methods(world.sender) == ["POST", "GET"]
    assert story.delivery.state is State.WAITING
    assert "nothing is repeated" in story.delivery.why
    async with world.working():
        world.sender.replies = [rows(ROW)]
        world.clock.advance(40)
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET", "GET"]


async def test_a_refused_question_holds_the_webhook_and_the_doubt_outlasts_the_pause(world: World) -> None:
    webhook = await add(world)
    world.sender.replies = [JSON_500, answer(401, {})]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(6)
        await world.facts.until("webhook.paused")
        world.sender.replies = [rows(ROW)]
        await world.configure.resume(webhook.id)
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET", "GET"]


async def test_a_pause_while_a_delivery_waits_in_doubt_does_not_make_it_forget(world: World) -> None:
    webhook = await add(world)
    world.sender.replies = [JSON_500, rows(ROW)]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.waiting")
        await world.configure.pause(webhook.id, "maintenance")
        await world.configure.catch_up()
        await world.configure.resume(webhook.id)
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET"]


async def test_without_an_answer_not_there_counts_only_when_the_target_cannot_be_at_work_any_more(world: World) -> None:
    await add(world)
    story = await go(world, RESET, rows(), fact="delivery.waiting")
    assert methods(world.sender) == ["POST", "GET"]
    assert story.delivery.due_at == START + timedelta(seconds=300)
    assert story.delivery.attempts == 1  # waiting is not failing
    async with world.working():
        world.sender.replies = [rows(ROW)]  # it came meanwhile
        world.clock.advance(300)
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET", "GET"]


async def test_what_is_not_there_after_that_time_is_sent(world: World) -> None:
    await add(world, reconcile=RECONCILE | {"wait_seconds": 60})
    await go(world, RESET, rows(), rows(), answer(), fact="delivery.waiting")
    async with world.working():
        world.clock.advance(60)
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET", "GET", "POST"]


REFUSALS = {
    "403 by an access rule": answer(
        403,
        {"error": {"message": "Operation Failed", "detail": "ACL Exception Insert Failed due to security constraints"}},
    ),
    "403 by a unique key": answer(403, {"error": {"message": "Operation Failed", "detail": "Unique Key violation"}}),
    "400": answer(400, {"error": {"message": "odd"}}),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal_that_created_all_the_same_is_delivered_and_pauses_nothing(
    world: World, refusal: Response
) -> None:
    await add(world)
    world.sender.replies = [refusal, rows(ROW)]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET"]
    assert world.facts.named("webhook.paused") == []
    assert "In spite of its answer" in (await only(world)).delivery.why


async def test_a_refusal_pauses_nothing_while_it_is_unknown_whether_it_is_one(world: World) -> None:
    await add(world)
    world.sender.replies = [REFUSALS["403 by an access rule"], answer(503, {}), rows(ROW)]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(6)
        await world.facts.until("delivery.delivered")
    assert methods(world.sender) == ["POST", "GET", "GET"]
    assert world.facts.named("webhook.paused") == []


@pytest.mark.parametrize("reply", [rows(), answer(403, {})], ids=["it is not there", "the question is refused too"])
async def test_a_refusal_that_is_one_pauses_the_webhook(world: World, reply: Response) -> None:
    await add(world)
    world.sender.replies = [REFUSALS["403 by an access rule"], reply]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("webhook.paused")
    assert methods(world.sender) == ["POST", "GET"]


async def test_a_refusal_that_created_nothing_stays_one_and_says_that_it_was_asked(world: World) -> None:
    await add(world)
    world.sender.replies = [REFUSALS["403 by a unique key"], rows()]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.dead")
    assert "Asked afterwards: it is not there" in (await only(world)).delivery.why


async def test_the_last_attempt_is_asked_for_before_the_delivery_ends(world: World) -> None:
    await add(world, retry={"attempts": 1})
    story = await go(world, RESET, rows(ROW), seconds=300)
    assert story.delivery.state is State.DELIVERED
    assert methods(world.sender) == ["POST", "GET"]


async def test_a_last_attempt_that_is_not_there_ends_dead_and_is_not_sent_once_more(world: World) -> None:
    await add(world, retry={"attempts": 1})
    story = await go(world, RESET, rows(), fact="delivery.dead", seconds=300)
    assert methods(world.sender) == ["POST", "GET"]
    assert "gave up after 1 attempts" in story.delivery.why


@pytest.mark.parametrize("field", ["equals", "url"])
async def test_an_empty_value_is_never_asked_for_and_nothing_is_repeated(world: World, field: str) -> None:
    empty = {"equals": "{{ data.nowhere }}", "url": QUERY.replace("event_id", "data.nowhere")}[field]
    await add(world, reconcile=RECONCILE | {field: empty})
    story = await go(world, JSON_500, fact="delivery.dead")
    assert methods(world.sender) == ["POST"]
    assert "nothing can be asked" in story.delivery.why
    assert f"reconcile.{field}" in story.delivery.why


async def test_a_worker_that_died_while_sending_leaves_doubt(tmp_path: Path) -> None:
    async with open_world(tmp_path) as first:
        await add(first)
        async with first.working():
            first.sender.gate = asyncio.Event()
            await first.ingest.accept([first.event(id_="evt-1")])
            while not first.sender.sent:
                await asyncio.sleep(0)
    async with open_world(tmp_path) as second:
        second.sender.replies = [rows(ROW)]
        async with second.working():
            second.clock.advance(1)
            await second.facts.until("delivery.delivered")
        assert methods(second.sender) == ["GET"]


async def test_captures_of_a_delivered_reply_are_kept_beside_the_built_in_ones(world: World) -> None:
    webhook = await add(world, captures={"group": "$.result.assignment_group.value", "nothing": "$.result.nowhere"})
    world.sender.replies = [answer(201, {"result": ROW | {"assignment_group": {"value": "g1"}}})]
    async with world.working():
        await world.ingest.accept([world.event(id_="evt-1")])
        await world.facts.until("delivery.delivered")
    receipt = await world.store.receipt(webhook.id, (await only(world)).delivery.access_request_id)
    assert receipt is not None
    assert receipt.values == {"sys_id": "b" * 32, "number": "INC0010042", "group": "g1"}


def body_of(request: Request) -> Any:
    return json.loads(request.body)
