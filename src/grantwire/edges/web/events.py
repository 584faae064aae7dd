"""Events: what happened, and what every webhook answered to it.

In: filters, or an id. Out: a page of events, newest first; one event with the answers and the reasons. Never: a change.
"""

from litestar import get

from grantwire.domain.delivery import State
from grantwire.domain.event import EventId
from grantwire.domain.headline import headline_of
from grantwire.edges.web.filters import EVENT_FIELDS, chips, choices, event_query
from grantwire.edges.web.given import Asked, FlowsGiven, Name, Page, VisitGiven
from grantwire.edges.web.json_marks import indented, marked
from grantwire.edges.web.page import page
from grantwire.edges.web.paging import PAGE, listing_of
from grantwire.edges.web.words import STATE_TONES
from grantwire.flow.look import Answer


@get("/events")
async def list_events(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    listing = listing_of(request, *EVENT_FIELDS)
    query = event_query(listing, now=flows.clock.now())
    found = await flows.look.events(query, limit=PAGE, after=listing.after)
    return page(
        request,
        visit,
        "events/list.html",
        found=found,
        listing=listing,
        headlines={event.id: headline_of(event) for event in found.items},
        choices=await choices(flows, listing),
        chips=chips(listing),
        here=str(request.base_url).rstrip("/"),
    )


@get("/events/{name:str}")
async def show_event(request: Asked, flows: FlowsGiven, visit: VisitGiven, name: Name) -> Page:
    story = await flows.look.event(EventId(name))
    answers = flows.look.answers(story, await flows.configure.webhooks())
    body = story.event.body.decode(errors="replace")
    return page(
        request,
        visit,
        "events/page.html",
        event=story.event,
        headline=headline_of(story.event),
        payload=marked(indented(body) or body),
        answers=sorted(answers, key=lambda one: not one.deliveries),
        words_of=words_of,
    )


def words_of(answer: Answer) -> tuple[str, str]:
    """What the webhook answered, and the tone of it."""
    if answer.deliveries:
        latest = answer.deliveries[0]
        words = f"skipped: {latest.why}" if latest.state is State.SKIPPED else latest.state.value
        return words, STATE_TONES[latest.state]
    if answer.now is None or answer.now.why_not is None:
        return "not asked: it did not want such events then", "secondary"
    return f"not asked: {answer.now.why_not}", "secondary"


def routes() -> list[object]:
    return [list_events, show_event]
