"""Batches in the worker: who goes with whom, and what becomes of each."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.world import World, answer, open_world

from grantwire.domain.delivery import Claim, State
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Timings
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import WebhookId
from grantwire.ports import DeliveryQuery, Room

URL = "https://acme.service-now.com/api/now/table/incident"
BODY = '{"correlation_id": "{{ data.id }}"}'
OAUTH = {"type": "oauth2", "token_url": "https://acme.service-now.com/t", "client_id": "c", "client_secret": "s"}
CREATED = {"result": {"sys_id": "a" * 32, "number": "INC0010001"}}
Serve = Callable[[dict[str, Any]], dict[str, Any] | None]


@pytest.fixture
async def world(tmp_path: Path):
    async with open_world(tmp_path) as opened:
        yield opened


def is_call(request: Request) -> bool:
    return request.url == "https://acme.service-now.com/api/now/v1/batch"


def items_of(request: Request) -> list[dict[str, Any]]:
    return list(json.loads(request.body)["rest_requests"])


def said(item: dict[str, Any], status: int = 201, body: Any = None) -> dict[str, Any]:
    text = json.dumps(CREATED if body is None else body)
    headers = [{"name": "Content-Type", "value": "application/json;charset=UTF-8"}]
    code = b64encode(text.encode()).decode()
    return {"id": item["id"], "status_code": status, "status_text": "", "headers": headers, "body": code}


def instance(serve: Serve = said) -> Callable[[Request], Reply]:
    """Answers a call item by item (None: not served), and single requests as usual."""

    def replied(request: Request) -> Reply:
        if not is_call(request):
            return answer()
        served = {item["id"]: serve(item) for item in items_of(request)}
        return answer(
            200,
            {
                "batch_request_id": json.loads(request.body)["batch_request_id"],
                "serviced_requests": [one for one in served.values() if one is not None],
                "unserviced_requests": [id_ for id_, one in served.items() if one is None],
            },
            X_Transaction_ID="abc",
        )

    return replied


async def add(world: World, **changes: Any):
    given = {"url": URL, "body": BODY, "limits": {"concurrency": 1}, "batch": {"size": 10}} | changes
    return await world.add(**given)


async def accept_behind_one(world: World, count: int) -> None:
    """The first goes alone and is held at the target, so that the others are together when it ends."""
    world.sender.gate = asyncio.Event()
    world.sender.is_gated = lambda _: len(world.sender.sent) == 1
    await world.ingest.accept([world.event()])
    while not world.sender.sent:
        await asyncio.sleep(0)
    await world.ingest.accept([world.event() for _ in range(count)])
    world.sender.gate.set()


async def moved_until(world: World, fact: str, count: int) -> None:
    while len(world.facts.named(fact)) < count:
        world.clock.advance(0.05)
        await asyncio.sleep(0)


def calls(world: World) -> list[Request]:
    return [request for request in world.sender.sent if is_call(request)]


async def test_what_waits_for_the_slot_goes_in_one_call(world: World) -> None:
    await add(world, auth=OAUTH)
    world.sender.replies = [instance()]
    async with world.working():
        await accept_behind_one(world, 7)
        await world.facts.until("delivery.delivered", 8)
    assert [is_call(request) for request in world.sender.sent] == [False, True]
    (call,) = calls(world)
    assert len(items_of(call)) == 7
    assert dict(call.headers)["Authorization"] == "Bearer token-0"
    assert "Authorization" not in str(items_of(call))


async def test_a_call_holds_no_more_than_its_size(world: World) -> None:
    await add(world, batch={"size": 4})
    world.sender.replies = [instance()]
    async with world.working():
        await accept_behind_one(world, 10)
        await world.facts.until("delivery.delivered", 11)
    assert [len(items_of(call)) for call in calls(world)] == [4, 4, 2]


async def test_a_quiet_lane_waits_for_nobody(world: World) -> None:
    await add(world)
    world.sender.replies = [instance()]
    async with world.working():
        for count in range(1, 4):
            await world.ingest.accept([world.event()])
            await world.facts.until("delivery.delivered", count)
    assert calls(world) == []


async def test_the_first_waits_for_others_where_it_is_told_to(world: World) -> None:
    await add(world, batch={"size": 10, "wait_milliseconds": 200})
    world.sender.replies = [instance()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await moved_until(world, "delivery.delivered", 1)  # alone, and from here on new ones are handed over at once
        await world.ingest.accept([world.event()])
        await world.ingest.accept([world.event()])
        assert len(world.sender.sent) == 1
        await moved_until(world, "delivery.delivered", 3)
    assert [len(items_of(call)) for call in calls(world)] == [2]


async def test_each_has_its_own_verdict_and_retry(world: World) -> None:
    await add(world)
    outcomes: list[tuple[int, Any]] = [(201, None), (403, {"error": {"message": "Data Policy Exception"}}), (503, {})]
    seen: list[str] = []

    def serve(item: dict[str, Any]) -> dict[str, Any]:
        status, body = outcomes[len(seen)] if len(seen) < 3 else (201, None)
        seen.append(item["id"])
        return said(item, status, body)

    world.sender.replies = [instance(serve)]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until("delivery.delivered", 2)
        await world.facts.until("delivery.dead")
        await world.facts.until("delivery.waiting")
        world.clock.advance(60)
        await world.facts.until("delivery.delivered", 3)
    assert not is_call(world.sender.sent[-1]), "what may have arrived goes alone"


async def test_invocation_data_say_where_it_was_in_which_call(world: World) -> None:
    await add(world)
    world.sender.replies = [instance()]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until("delivery.delivered", 4)
    (call,) = calls(world)
    ids = [item["id"] for item in items_of(call)]
    for number, id_ in enumerate(ids, 1):
        (attempt,) = (await world.look.delivery(id_)).attempts
        assert attempt.batch is not None
        assert attempt.batch.batch_id == json.loads(call.body)["batch_request_id"]
        assert (attempt.batch.number, attempt.batch.deliveries) == (number, tuple(ids))
        assert attempt.batch.called.startswith("200")
        assert ("X-Transaction-ID", "abc") in attempt.batch.headers
        assert attempt.request is not None
        assert attempt.request.url == URL
        assert attempt.request.body == b64decode(items_of(call)[number - 1]["body"])
        assert getattr(attempt.reply, "status", None) == 201


async def test_what_did_not_come_to_its_turn_goes_again_and_uses_no_attempt(world: World) -> None:
    await add(world)
    served: set[str] = set()

    def two_of_each_call(item: dict[str, Any]) -> dict[str, Any] | None:
        served.add(item["id"])
        return said(item) if len(served) % 5 in {1, 2} else None

    world.sender.replies = [instance(two_of_each_call)]
    async with world.working():
        await accept_behind_one(world, 5)
        await world.facts.until("delivery.waiting", 3)
        served.clear()
        world.clock.advance(31)
        await world.facts.until("delivery.delivered", 6)
    found = (await world.look.deliveries(DeliveryQuery())).items
    assert {one.attempts for one in found} == {1}


@pytest.mark.parametrize(
    ("reply", "state", "is_ambiguous"),
    [
        (NoResponse(Fault.RESET, "reset", Timings(1.0), may_have_arrived=True), State.WAITING, True),
        (NoResponse(Fault.CONNECT, "refused", Timings(1.0), may_have_arrived=False), State.WAITING, False),
        (answer(503, {}), State.WAITING, True),
        (answer(200, "not a batch"), State.WAITING, True),
        (answer(401, {}), State.HELD, False),
        (NotSent("Not sent: proxy", "", is_passing=True, is_ours=True), State.WAITING, False),
    ],
)
async def test_a_call_that_fails_as_a_whole_is_judged_for_each(
    world: World, reply: Reply, state: State, is_ambiguous: bool
) -> None:
    await add(world)
    world.sender.replies = [lambda request: reply if is_call(request) else answer()]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until(f"delivery.{state}", 3)
    found = (await world.look.deliveries(DeliveryQuery(states=(state,)))).items
    assert len(found) == 3
    told = [(await world.look.delivery(one.id)).attempts[-1] for one in found]
    assert len({one.batch.batch_id for one in told if one.batch}) == 1
    if state is State.WAITING:
        assert {claim.is_ambiguous for claim in await claimed(world, found[0].webhook_id)} == {is_ambiguous}


async def test_an_answer_that_leaves_one_out_leaves_it_in_doubt(world: World) -> None:
    await add(world)

    def without_the_last(request: Request) -> Reply:
        if not is_call(request):
            return answer()
        return answer(200, {"serviced_requests": [said(item) for item in items_of(request)[:-1]]})

    world.sender.replies = [without_the_last]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until("delivery.waiting")
    (left,) = (await world.look.deliveries(DeliveryQuery(states=(State.WAITING,)))).items
    (attempt,) = (await world.look.delivery(left.id)).attempts
    assert attempt.verdict is VerdictKind.RETRY
    assert "may have taken it all the same" in attempt.why


RECONCILE = {
    "url": "https://acme.service-now.com/api/now/table/incident?sysparm_query=correlation_id={{event_id}}",
    "match": "$.result[*].correlation_id",
    "equals": "{{ event_id }}",
    "captures": {"sys_id": "$.sys_id"},
    "wait_seconds": 0,
}


async def test_what_a_lost_call_may_have_made_is_asked_for_one_by_one(world: World) -> None:
    """Of three in a call whose answer is lost, the instance has made two."""
    await add(world, body='{"correlation_id": "{{ event_id }}"}', reconcile=RECONCILE)
    made: list[str] = []

    def replied(request: Request) -> Reply:
        if is_call(request):
            made.extend(json.loads(b64decode(item["body"]))["correlation_id"] for item in items_of(request)[:2])
            return NoResponse(Fault.RESET, "reset", Timings(1.0), may_have_arrived=True)
        if request.method == "GET":
            rows = [{"correlation_id": id_, "sys_id": "b" * 32} for id_ in made if id_ in request.url]
            return answer(200, {"result": rows})
        made.append(json.loads(request.body)["correlation_id"])
        return answer()

    world.sender.replies = [replied]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until("delivery.waiting", 3)
        world.clock.advance(60)
        await world.facts.until("delivery.delivered", 4)
    assert len(made) == len(set(made)) == 4
    assert len(calls(world)) == 1


async def test_what_needs_a_receipt_goes_alone(world: World) -> None:
    await add(world, url=URL + "/{{ receipt.sys_id }}", method="PATCH")
    world.sender.replies = [answer(200, CREATED)]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until("delivery.delivered", 4)
    assert calls(world) == []


async def test_an_instance_that_takes_no_batches_gets_them_one_by_one(world: World) -> None:
    await add(world)
    world.sender.replies = [lambda request: answer(404, {"error": {}}) if is_call(request) else answer()]
    async with world.working():
        await accept_behind_one(world, 6)
        await world.facts.until("delivery.delivered", 7)
    assert len(calls(world)) == 1
    found = (await world.look.deliveries(DeliveryQuery())).items
    assert {one.attempts for one in found} == {1}
    assert world.facts.named("batch.refused")[0]["why"].startswith("ServiceNow answered the batch with 404")


async def test_a_refused_token_is_renewed_once_for_the_whole_call(world: World) -> None:
    await add(world, auth=OAUTH)
    refused: list[Request] = []

    def once(request: Request) -> Reply:
        if is_call(request) and not refused:
            refused.append(request)
            return answer(401, {})
        return instance()(request)

    world.sender.replies = [once]
    async with world.working():
        await accept_behind_one(world, 3)
        await world.facts.until("delivery.delivered", 4)
    assert world.credentials.renewed == 1
    found = (await world.look.deliveries(DeliveryQuery())).items
    assert {one.attempts for one in found} == {1}


async def test_one_that_cannot_be_rendered_harms_no_other(world: World) -> None:
    await add(world, strict=True, body='{"who": "{{ data.requester.name }}"}')
    world.sender.replies = [instance()]
    world.sender.gate = asyncio.Event()
    world.sender.is_gated = lambda _: len(world.sender.sent) == 1
    async with world.working():
        await world.ingest.accept([world.event()])
        while not world.sender.sent:
            await asyncio.sleep(0)
        await world.ingest.accept([world.event(), world.event(requester={}), world.event()])
        world.sender.gate.set()
        await world.facts.until("delivery.delivered", 3)
        await world.facts.until("delivery.dead")
    assert [len(items_of(call)) for call in calls(world)] == [2]


async def test_each_counts_as_a_start_of_the_rate(world: World) -> None:
    await add(world, limits={"concurrency": 1, "per_minute": 4})
    world.sender.replies = [instance()]
    async with world.working():
        await accept_behind_one(world, 9)
        await world.facts.until("delivery.delivered", 4)
        world.clock.advance(61)
        await world.facts.until("delivery.delivered", 8)
    assert all(len(items_of(call)) <= 4 for call in calls(world))


async def test_in_order_no_call_holds_two_of_one_access_request(world: World) -> None:
    await add(world, order="per_request")
    world.sender.replies = [instance()]
    async with world.working():
        await accept_behind_one(world, 0)
        await world.ingest.accept(
            [world.event(id=request) for _ in range(3) for request in ("one", "two", "three", "four")]
        )
        await world.facts.until("delivery.delivered", 13)
    for call in calls(world):
        requests = [json.loads(b64decode(item["body"]))["correlation_id"] for item in items_of(call)]
        assert len(requests) == len(set(requests))


async def test_a_stop_settles_all_of_a_call_that_is_under_way(world: World) -> None:
    await add(world)
    world.sender.replies = [instance()]
    async with world.working():
        await accept_behind_one(world, 4)
        world.sender.gate = asyncio.Event()
        world.sender.is_gated = is_call
        while not calls(world):
            await asyncio.sleep(0)
    found = (await world.look.deliveries(DeliveryQuery(states=(State.WAITING,)))).items
    assert len(found) == 4
    assert {one.why for one in found} == {"stopped while it was being sent"}
    claims = await claimed(world, found[0].webhook_id)
    assert all(claim.is_ambiguous for claim in claims)
    assert len(claims) == 4


async def claimed(world: World, webhook_id: WebhookId) -> Sequence[Claim]:
    """What waits, an hour later."""
    now = world.clock.now() + timedelta(hours=1)
    return await world.store.claim({webhook_id: Room(10, 10)}, now=now, lease_until=now + timedelta(seconds=400))
