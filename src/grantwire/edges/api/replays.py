"""Replays over HTTP: jobs that send many deliveries again.

In: requests. Out: a job and how far it came; of a dry run, what would be sent. Never: an answer that waits for a job to
end.
"""

from typing import Any

from litestar import Response, Router, get, post

from grantwire.domain.replay import ReplayId
from grantwire.edges.api.bodies import read_object
from grantwire.edges.api.flows import Flows
from grantwire.edges.api.given import Asked, FlowsGiven, Name
from grantwire.edges.api.query import AFTER, LIMIT, read_query
from grantwire.edges.api.wire.replay import ReplayAnswer, ReplayPage, plan_answer, replay_answer

QUERY = (LIMIT, AFTER)


@post("/replays")
async def start_replay(request: Asked, flows: FlowsGiven) -> Response[Any]:
    asked = flows.replays.read(await read_object(request))
    if asked.dry_run:
        return Response(plan_answer(await flows.replays.plan(asked.wanted)), status_code=200)
    replay = await flows.replays.start(asked, by=_by(request))
    location = {"Location": f"/v1/replays/{replay.id}"}
    return Response(_answer(flows, replay), status_code=202, headers=location)


@get("/replays")
async def list_replays(request: Asked, flows: FlowsGiven) -> ReplayPage:
    asked = read_query(request.scope["query_string"], QUERY)
    page = await flows.replays.all(limit=asked["limit"], after=asked.get("after"))
    return ReplayPage([_answer(flows, replay) for replay in page.items], page.after)


@get("/replays/{replay_id:str}")
async def show_replay(flows: FlowsGiven, replay_id: Name) -> ReplayAnswer:
    return _answer(flows, await flows.replays.show(ReplayId(replay_id)))


@post("/replays/{replay_id:str}/cancel", status_code=200)
async def cancel_replay(request: Asked, flows: FlowsGiven, replay_id: Name) -> ReplayAnswer:
    return _answer(flows, await flows.replays.cancel(ReplayId(replay_id), by=_by(request)))


def _answer(flows: Flows, replay: Any) -> ReplayAnswer:
    return replay_answer(replay, flows.configure.name_of)


def _by(request: Asked) -> str:
    return f"API key {request.state.caller}"


def replays_router() -> Router:
    return Router("/", route_handlers=[start_replay, list_replays, show_replay, cancel_replay])
