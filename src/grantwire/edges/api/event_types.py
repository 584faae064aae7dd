"""Event types over HTTP.

In: a name or an alias. Out: description, JSON Schema and a sample. Never: anything of this installation.
"""

from litestar import get

from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.event_types import event_type, event_types, hint_for
from grantwire.edges.api.given import Name
from grantwire.edges.api.wire.event import EventTypeAnswer, EventTypePage, event_type_answer


@get("/event-types")
async def list_event_types() -> EventTypePage:
    return EventTypePage([event_type_answer(kind) for kind in event_types().values()])


@get("/event-types/{name:str}")
async def show_event_type(name: Name) -> EventTypeAnswer:
    kind = event_type(name)
    if kind is None:
        problem = Problem("type", "is no known event type.", hint_for(name))
        raise Refused(f"there is no event type {name[:80]!r}", [problem], why=Refusal.NOT_FOUND)
    return event_type_answer(kind)
