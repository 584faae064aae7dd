"""Webhooks over HTTP: created, shown, changed, deleted, paused, resumed, explained.

In: definitions as people write them. Out: the webhook as it now is, its secrets masked, its version as ETag.
Never: a secret read back, or a change over one that the caller did not see (If-Match).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, Router, delete, get, patch, post, put

from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.event import EventId
from grantwire.domain.webhook import Webhook
from grantwire.edges.api.bodies import read_object, read_optional_object
from grantwire.edges.api.flows import Flows
from grantwire.edges.api.given import Asked, FlowsGiven, Name
from grantwire.edges.api.query import AFTER, LIMIT, QueryField, flag, read_query, text
from grantwire.edges.api.versions import etag, tags
from grantwire.edges.api.wire.webhook import (
    MOST_PER_MINUTE,
    READ_ONLY,
    ExplanationAnswer,
    explanation_answer,
    warned_answer,
    webhook_answer,
)
from grantwire.flow.configure import fill_masked, reveal, shown

PAGE_QUERY = (LIMIT, AFTER)
EXPLAIN_QUERY = (QueryField("event", "The id of the event.", text, needed=True),)
PUT_QUERY = (
    QueryField(
        "dry_run", "Answer what the webhook would be and store nothing.", flag, {"type": "boolean"}, default=False
    ),
)
_PATH = "/webhooks/{name:str}"


@get("/webhooks")
async def list_webhooks(request: Asked, flows: FlowsGiven) -> dict[str, Any]:
    asked = read_query(request.scope["query_string"], PAGE_QUERY)
    rest = [webhook for webhook in await flows.configure.webhooks() if webhook.name > asked.get("after", "")]
    page = rest[: asked["limit"]]
    after = page[-1].name if len(rest) > len(page) else None
    return {"items": [webhook_answer(webhook) for webhook in page], "after": after}


@post("/webhooks", status_code=201)
async def create_webhook(request: Asked, flows: FlowsGiven) -> Response[dict[str, Any]]:
    return _answer(
        flows, await flows.configure.create(writable(await read_object(request)), by=_by(request)), status=201
    )


@get(_PATH)
async def show_webhook(flows: FlowsGiven, name: Name) -> Response[dict[str, Any]]:
    return _answer(flows, await flows.configure.webhook(name))


@put(_PATH)
async def put_webhook(request: Asked, flows: FlowsGiven, name: Name) -> Response[dict[str, Any]]:
    asked = read_query(request.scope["query_string"], PUT_QUERY)
    raw = writable(await read_object(request))
    wanted = await _precondition(request, flows, name)
    if not wanted.exists and raw.get("name", name) != name:
        message = f"must be {name!r}, the name in the address, found {str(raw['name'])[:80]!r}"
        raise Refused("the definition is not valid", [Problem("name", message)])
    if asked["dry_run"]:
        return _answer(flows, await _as_it_would_be(flows, name, raw))
    saved = await flows.configure.put(name, raw, expected_version=wanted.version, by=_by(request))
    return _answer(flows, saved.webhook, status=201 if saved.is_new else 200)


async def _as_it_would_be(flows: Flows, name: str, raw: Mapping[str, Any]) -> Webhook:
    """Raises `Refused` as the change itself would, but for names taken meanwhile."""
    known = {webhook.name: webhook for webhook in await flows.configure.webhooks()}.get(name)
    if known is None:
        return flows.configure.read({"name": name, **raw})
    fresh = flows.configure.read(fill_masked({"name": name, **raw}, shown(known, reveal)))
    return replace(fresh, id=known.id, version=known.version, paused_why=known.paused_why)


@patch(_PATH)
async def patch_webhook(request: Asked, flows: FlowsGiven, name: Name) -> Response[dict[str, Any]]:
    changes = writable(await read_object(request))
    wanted = await _precondition(request, flows, name)
    patched = await flows.configure.patch(name, changes, expected_version=wanted.version, by=_by(request))
    return _answer(flows, patched)


@delete(_PATH)
async def delete_webhook(request: Asked, flows: FlowsGiven, name: Name) -> None:
    wanted = await _precondition(request, flows, name)
    webhook = await flows.configure.webhook(name)
    if wanted.version not in {None, webhook.version}:
        raise _changed(f"the webhook is at version {webhook.version}, not at {wanted.version}.")
    await flows.configure.delete(name, by=_by(request))


@post(_PATH + "/pause", status_code=200)
async def pause_webhook(request: Asked, flows: FlowsGiven, name: Name) -> Response[dict[str, Any]]:
    raw = await read_optional_object(request)
    why = raw.get("why", f"by {request.state.caller}")
    if set(raw) - {"why"} or not isinstance(why, str) or not why.strip() or len(why) > 500:
        raise Refused("the body is not valid", [Problem("why", "must be the only field, text of 1 to 500 characters")])
    await flows.configure.pause((await flows.configure.webhook(name)).id, why, by=_by(request))
    return _answer(flows, await flows.configure.webhook(name))


@post(_PATH + "/resume", status_code=200)
async def resume_webhook(request: Asked, flows: FlowsGiven, name: Name) -> Response[dict[str, Any]]:
    raw = await read_optional_object(request)
    rate = raw.get("per_minute")
    is_rate = isinstance(rate, int) and not isinstance(rate, bool) and 1 <= rate <= MOST_PER_MINUTE
    if set(raw) - {"per_minute"} or not (rate is None or is_rate):
        message = f"must be the only field, a whole number from 1 to {MOST_PER_MINUTE:,}"
        raise Refused("the body is not valid", [Problem("per_minute", message)])
    await flows.configure.resume((await flows.configure.webhook(name)).id, per_minute=rate, by=_by(request))
    return _answer(flows, await flows.configure.webhook(name))


@get(_PATH + "/explain")
async def explain_webhook(request: Asked, flows: FlowsGiven, name: Name) -> ExplanationAnswer:
    asked = read_query(request.scope["query_string"], EXPLAIN_QUERY)
    webhook = await flows.configure.webhook(name)
    return explanation_answer(await flows.look.explain(webhook, EventId(asked["event"])))


def _by(request: Asked) -> str:
    """Who asks, for the history."""
    return f"API key {request.state.caller}"


def webhooks_router() -> Router:
    handlers = [
        list_webhooks,
        create_webhook,
        show_webhook,
        put_webhook,
        patch_webhook,
        delete_webhook,
        pause_webhook,
        resume_webhook,
        explain_webhook,
    ]
    return Router("/", route_handlers=handlers)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the caller knows of the webhook it changes: its version; None when it did not say."""

    exists: bool
    version: int | None


async def _precondition(request: Asked, flows: FlowsGiven, name: Name) -> _Wanted:
    """If-Match and If-None-Match (RFC 9110 §13.1). Raises `Refused` (precondition failed)."""
    known = {webhook.name: webhook.version for webhook in await flows.configure.webhooks()}
    version = known.get(name)
    if_match, if_none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if if_none_match is not None and (if_none_match.strip() == "*" or etag(version) in tags(if_none_match)):
        if version is not None:
            raise _changed(f"the webhook {name!r} exists already, at version {version}.")
        return _Wanted(exists=False, version=0)
    if if_match is None:
        return _Wanted(version is not None, None)
    if version is None:
        raise _changed(f"there is no webhook named {name!r}.")
    if if_match.strip() != "*" and etag(version) not in tags(if_match):
        raise _changed(f"the webhook is at version {etag(version)}, the call is for {if_match[:80]}.")
    return _Wanted(exists=True, version=version)


def _changed(message: str) -> Refused:
    problem = Problem("If-Match", message, "Read the webhook again, then repeat the change.")
    return Refused("the webhook is not as the call expects it", [problem], why=Refusal.PRECONDITION_FAILED)


def writable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Without the fields that an answer has beside the definition, so that an answer may be sent back."""
    return {field: value for field, value in raw.items() if field not in READ_ONLY}


def _answer(flows: Flows, webhook: Webhook, *, status: int = 200) -> Response[dict[str, Any]]:
    return Response(
        warned_answer(webhook, flows.configure.warnings(webhook)),
        status_code=status,
        headers={"ETag": etag(webhook.version)},
    )
