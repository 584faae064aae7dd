"""Events over HTTP: accepted, listed, shown.

In: requests. Out: what `ingest` promised, after the commit; events on record with their deliveries.
Never: an answer before the commit. `POST` is the hot path: it is answered in front of the framework.
"""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Litestar, asgi, get
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from grantwire.domain.errors import Refused
from grantwire.domain.event import EventId
from grantwire.edges.api.bodies import Disconnected, read_body
from grantwire.edges.api.event_forms import Decoder, Form, form_of, is_batch, too_large_batch, too_large_event
from grantwire.edges.api.flows import ApiOptions, Flows
from grantwire.edges.api.given import FlowsGiven, Name
from grantwire.edges.api.keys import caller_of
from grantwire.edges.api.problems import CONTENT_TYPE, answered
from grantwire.edges.api.query import AFTER, EVENT_TYPE, LIMIT, SINCE, UNTIL, QueryField, read_query, text
from grantwire.edges.api.wire.delivery import DeliveryAnswer, delivery_answer
from grantwire.edges.api.wire.event import EventAnswer, EventPage, accepted, event_answer
from grantwire.ports import DeliveryQuery, EventQuery

PATH = "/v1/events"
Headers = tuple[tuple[bytes, bytes], ...]
RawAnswer = tuple[int, Headers, bytes]
QUERY = (
    EVENT_TYPE,
    QueryField("access_request", "Only events of this access request.", text),
    SINCE,
    UNTIL,
    LIMIT,
    AFTER,
)
_encode = msgspec.json.Encoder().encode
Write = Callable[[asyncio.Transport, bytes], None]


def write_now(transport: asyncio.Transport, data: bytes) -> None:
    transport.write(data)


def events_route(flows: Flows) -> ASGIRouteHandler:
    """Every method but POST, which `FrontDoor` takes."""

    @asgi(PATH, copy_scope=False)
    async def events(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the framework's form
        caller_of(dict(scope["headers"]).get(b"authorization"), flows.api_keys)
        if scope["method"] not in {"GET", "HEAD"}:  # type: ignore[typeddict-item]
            raise MethodNotAllowedException(headers={"Allow": "GET, HEAD, POST"})
        body = _encode(await list_events(flows, scope["query_string"]))
        await _answer(send, 200, _headers("application/json", len(body)), body)

    return events


class FrontDoor:
    """An ASGI application that takes events itself and leaves every other call to `inner`. `write` is how an answer
    leaves that does not go ASGI's way."""

    def __init__(self, flows: Flows, options: ApiOptions, *, inner: Litestar, write: Write = write_now) -> None:
        self.write = write
        self._flows = flows
        self._accept = Accept(flows, options)
        self.inner = inner

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != PATH:
            await self.inner(scope, receive, send)
            return
        answer = await self.take(dict(scope["headers"]), receive)
        if answer is not None:
            await _answer(send, *answer)

    async def take(self, headers: Mapping[bytes, bytes], receive: Receive) -> RawAnswer | None:
        """The answer to `POST /v1/events`; None when the caller went away before all was there."""
        try:
            caller_of(headers.get(b"authorization"), self._flows.api_keys)
            body = await self._accept(headers, receive)
        except Disconnected:
            return None
        except Exception as fault:  # noqa: BLE001 - the edge: every fault has its answer
            return self._refused(fault)
        return _accepted(body)

    async def take_whole(self, headers: Mapping[bytes, bytes], sent: bytes) -> RawAnswer:
        """The same for a call whose body is all there."""
        try:
            caller_of(headers.get(b"authorization"), self._flows.api_keys)
            body = await self._accept.whole(headers, sent)
        except Exception as fault:  # noqa: BLE001 - the edge: every fault has its answer
            return self._refused(fault)
        return _accepted(body)

    def _refused(self, fault: Exception) -> RawAnswer:
        if isinstance(fault, Refused):
            self._flows.observer.note("event.refused", why=fault.why.value)
        found = answered(self._flows, fault, method="POST", path=PATH)
        headers = _headers(CONTENT_TYPE, len(found.body))
        more = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in found.headers.items())
        return found.status, (*headers, *more), found.body


class Accept:
    """One call of `POST /v1/events`."""

    def __init__(self, flows: Flows, options: ApiOptions) -> None:
        self._flows = flows
        self._options = options
        self._decoder = Decoder(options=options, clock=flows.clock, dice=flows.dice)

    async def __call__(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """The body of the answer. Raises `Refused`, `NotNow`, and `Disconnected` when the caller went away before all
        was there."""
        form = form_of(headers)
        body, is_many = await self._read(form, headers, receive)
        return await self._answer(form, headers, body, is_many=is_many)

    async def whole(self, headers: Mapping[bytes, bytes], body: bytes) -> bytes:
        """The same for a call whose body is all there."""
        form = form_of(headers)
        is_many = _is_many(form, headers, body)
        if len(body) > self._most_bytes(is_many=is_many):
            raise self._too_large(is_many=is_many)
        return await self._answer(form, headers, body, is_many=is_many)

    async def _answer(self, form: Form, headers: Mapping[bytes, bytes], body: bytes, *, is_many: bool) -> bytes:
        if is_many:
            events = await self._decoder.many(form, body)
            return _encode([accepted(promise) for promise in await self._flows.ingest.accept(events)])
        promises = await self._flows.ingest.accept((self._decoder.one(form, headers, body),))
        return _encode(accepted(promises[0]))

    async def _read(self, form: Form, headers: Mapping[bytes, bytes], receive: Receive) -> tuple[bytes, bool]:
        is_many = False

        def limit(start: bytes) -> int:
            nonlocal is_many
            is_many = _is_many(form, headers, start)
            return self._most_bytes(is_many=is_many)

        body = await read_body(receive, headers, limit=limit)
        if body is None:
            raise self._too_large(is_many=is_many)
        return body, is_many

    def _most_bytes(self, *, is_many: bool) -> int:
        return self._options.max_batch_bytes if is_many else self._options.max_event_bytes

    def _too_large(self, *, is_many: bool) -> Refused:
        return too_large_batch(self._options) if is_many else too_large_event("", self._options)


def _is_many(form: Form, headers: Mapping[bytes, bytes], start: bytes) -> bool:
    return b"ce-specversion" not in headers and is_batch(form, start)


def _accepted(body: bytes) -> RawAnswer:
    return 202, _headers("application/json", len(body)), body


async def _answer(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@functools.lru_cache(maxsize=1024)
def _headers(content_type: str, length: int) -> Headers:
    return (b"content-type", content_type.encode()), (b"content-length", b"%d" % length)


async def list_events(flows: Flows, query_string: bytes) -> EventPage:
    asked = read_query(query_string, QUERY)
    query = EventQuery(
        type=asked.get("type"),
        access_request_id=asked.get("access_request"),
        since=asked.get("since"),
        until=asked.get("until"),
    )
    page = await flows.look.events(query, limit=asked["limit"], after=asked.get("after"))
    items = [event_answer(event, await _deliveries_of(flows, event.id)) for event in page.items]
    return EventPage(items, page.after)


async def _deliveries_of(flows: Flows, event_id: EventId) -> list[DeliveryAnswer]:
    page = await flows.look.deliveries(DeliveryQuery(event_id=event_id), limit=1000)
    return [delivery_answer(delivery) for delivery in page.items]


@get("/events/{event_id:str}")
async def show_event(flows: FlowsGiven, event_id: Name) -> EventAnswer:
    story = await flows.look.event(EventId(event_id))
    return event_answer(story.event, [delivery_answer(delivery) for delivery in story.deliveries])
