"""Rehearsals over HTTP: the Test button, and the template editor's question.

In: a webhook, saved or not, or a template, and an event: given, on record, or a sample. Out: the whole attempt, or the
text. Never: anything stored.
"""

from typing import Any

from litestar import post

from grantwire.domain.decode_event import read_event
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event import Event, EventId
from grantwire.domain.event_types import event_type, hint_for
from grantwire.domain.shape import name_of
from grantwire.domain.webhook import Webhook
from grantwire.edges.api.bodies import read_object, read_optional_object, unknown_fields
from grantwire.edges.api.flows import Flows
from grantwire.edges.api.given import Asked, FlowsGiven, Name
from grantwire.edges.api.rendering import Rendering, odd_receipt, read_rendering, render
from grantwire.edges.api.webhooks import writable
from grantwire.edges.api.wire.attempt import AttemptAnswer, attempt_answer
from grantwire.flow.configure import fill_masked, reveal, shown

EVENT_FIELDS = ("event", "event_id", "event_type")


@post("/webhooks/{name:str}/test", status_code=200)
async def test_webhook(request: Asked, flows: FlowsGiven, name: Name) -> AttemptAnswer:
    webhook = await flows.configure.webhook(name)
    raw = await read_optional_object(request)
    _only(raw, ("receipt", *EVENT_FIELDS))
    return await _rehearsed(flows, webhook, raw)


@post("/test", status_code=200)
async def test_unsaved_webhook(request: Asked, flows: FlowsGiven) -> AttemptAnswer:
    raw = await read_object(request)
    _only(raw, ("webhook", "receipt", *EVENT_FIELDS))
    return await _rehearsed(flows, await _unsaved(flows, raw), raw)


@post("/render", status_code=200)
async def render_template(request: Asked, flows: FlowsGiven) -> Rendering:
    raw = await read_object(request)
    asked = read_rendering({name: value for name, value in raw.items() if name not in EVENT_FIELDS})
    return render(asked, await _event(flows, raw, "RequestCreated"))


async def _rehearsed(flows: Flows, webhook: Webhook, raw: dict[str, Any]) -> AttemptAnswer:
    problems = odd_receipt(raw)
    if problems:
        raise Refused("the body is not valid", problems)
    event = await _event(flows, raw, webhook.triggers[0])
    return attempt_answer(await flows.rehearse.send(webhook, event, receipt=raw.get("receipt")))


async def _unsaved(flows: Flows, raw: dict[str, Any]) -> Webhook:
    """A secret that is still masked has the value of the saved webhook of that name."""
    definition = raw.get("webhook")
    if not isinstance(definition, dict):
        problem = Problem("webhook", f"must be a definition, an object, found {name_of(definition)}")
        raise Refused("the body is not valid", [problem])
    saved = {webhook.name: webhook for webhook in await flows.configure.webhooks()}.get(str(definition.get("name")))
    if saved is not None:
        definition = fill_masked(definition, shown(saved, reveal))
    return flows.configure.read(writable(definition), path="webhook")


async def _event(flows: Flows, raw: dict[str, Any], usual_type: str) -> Event:
    """The given event, one on record, or a sample of a type."""
    given = [name for name in EVENT_FIELDS if raw.get(name) is not None]
    if len(given) > 1:
        problem = Problem(given[1], f"only one of {', '.join(EVENT_FIELDS)} may be given")
        raise Refused("the body is not valid", [problem])
    if "event_id" in given:
        return await flows.look.whole_event(EventId(str(raw["event_id"])))
    return _read(flows, raw["event"] if "event" in given else _sample(raw.get("event_type") or usual_type))


def _sample(name: object) -> dict[str, Any]:
    kind = event_type(name) if isinstance(name, str) else None
    if kind is None:
        problem = Problem("event_type", f"{str(name)[:80]!r} is no known event type.", hint_for(str(name)))
        raise Refused("the body is not valid", [problem])
    return kind.sample()


def _read(flows: Flows, envelope: Any) -> Event:
    now = flows.clock.now()
    return read_event(envelope, body=b"", accepted_at=now, new_id=lambda: flows.dice.new_id("test", now), path="event")


def _only(raw: dict[str, Any], known: tuple[str, ...]) -> None:
    unknown = unknown_fields(raw, known)
    if unknown:
        raise Refused("the body is not valid", unknown)
