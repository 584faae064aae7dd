"""Events: what happened.

In: a query. Out: a page of them, newest first. Never: a change.
"""

from litestar import get

from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import page
from grantwire.edges.web.paging import PAGE, listing_of
from grantwire.ports import EventQuery


@get("/events")
async def list_events(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    listing = listing_of(request)
    found = await flows.look.events(EventQuery(), limit=PAGE, after=listing.after)
    return page(request, visit, "events/list.html", found=found, listing=listing)


def routes() -> list[object]:
    return [list_events]
