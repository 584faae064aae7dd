"""Deliveries and their attempts over HTTP.

In: requests. Out: where deliveries stand; one retried, replayed, cancelled or skipped; an attempt whole.
Never: a change to what ended.
"""

from litestar import Router, get, post

from grantwire.domain.attempt import AttemptId
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.webhook import WebhookId
from grantwire.edges.api.flows import Flows
from grantwire.edges.api.given import Asked, FlowsGiven, Name
from grantwire.edges.api.query import AFTER, LIMIT, SINCE, UNTIL, QueryField, read_query, states, text
from grantwire.edges.api.wire.attempt import AttemptAnswer, attempt_answer
from grantwire.edges.api.wire.delivery import (
    DeliveryAnswer,
    DeliveryPage,
    DeliveryStoryAnswer,
    delivery_answer,
    delivery_story_answer,
)
from grantwire.ports import DeliveryQuery

_STATES_ABOUT = "Only deliveries in these states, separated by commas: pending, sending, waiting, held, blocked …"
QUERY = (
    QueryField("webhook", "Only deliveries of this webhook: its name, or its id once it is deleted.", text),
    QueryField("state", _STATES_ABOUT, states),
    QueryField("event", "Only deliveries of the event with this id.", text),
    QueryField("access_request", "Only deliveries of this access request.", text),
    SINCE,
    UNTIL,
    LIMIT,
    AFTER,
)


@get("/deliveries")
async def list_deliveries(request: Asked, flows: FlowsGiven) -> DeliveryPage:
    asked = read_query(request.scope["query_string"], QUERY)
    query = DeliveryQuery(
        webhook_id=await _webhook_id(flows, asked.get("webhook")),
        states=asked.get("state", ()),
        event_id=asked.get("event"),
        access_request_id=asked.get("access_request"),
        since=asked.get("since"),
        until=asked.get("until"),
    )
    page = await flows.look.deliveries(query, limit=asked["limit"], after=asked.get("after"))
    return DeliveryPage([delivery_answer(delivery) for delivery in page.items], page.after)


async def _webhook_id(flows: Flows, name: str | None) -> WebhookId | None:
    if name is None:
        return None
    if name.startswith("whk_"):
        return WebhookId(name)
    try:
        return (await flows.configure.webhook(name)).id
    except Refused as refused:
        hint = " ".join(problem.message for problem in refused.problems)
        raise Refused("the query is not valid", [Problem("webhook", refused.title, hint)]) from None


@get("/deliveries/{delivery_id:str}")
async def show_delivery(flows: FlowsGiven, delivery_id: Name) -> DeliveryStoryAnswer:
    story = await flows.look.delivery(DeliveryId(delivery_id))
    return delivery_story_answer(story.delivery, story.attempts)


@post("/deliveries/{delivery_id:str}/retry", status_code=200)
async def retry_delivery(flows: FlowsGiven, delivery_id: Name) -> DeliveryAnswer:
    return delivery_answer(await flows.replay.retry(DeliveryId(delivery_id)))


@post("/deliveries/{delivery_id:str}/replay", status_code=201)
async def replay_delivery(flows: FlowsGiven, delivery_id: Name) -> DeliveryAnswer:
    return delivery_answer(await flows.replay.again(DeliveryId(delivery_id)))


@post("/deliveries/{delivery_id:str}/cancel", status_code=200)
async def cancel_delivery(flows: FlowsGiven, delivery_id: Name) -> DeliveryAnswer:
    return delivery_answer(await flows.replay.cancel(DeliveryId(delivery_id)))


@post("/deliveries/{delivery_id:str}/skip", status_code=200)
async def skip_delivery(flows: FlowsGiven, delivery_id: Name) -> DeliveryAnswer:
    return delivery_answer(await flows.replay.skip(DeliveryId(delivery_id)))


@get("/attempts/{attempt_id:str}")
async def show_attempt(flows: FlowsGiven, attempt_id: Name) -> AttemptAnswer:
    return attempt_answer(await flows.look.attempt(AttemptId(attempt_id)))


def deliveries_router() -> Router:
    moves = [retry_delivery, replay_delivery, cancel_delivery, skip_delivery]
    handlers = [list_deliveries, show_delivery, *moves, show_attempt]
    return Router("/", route_handlers=handlers)
