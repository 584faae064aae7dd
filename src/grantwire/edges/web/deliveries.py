"""Deliveries: what became of each event at each webhook.

In: filters. Out: a page of them, newest first. Never: a change (see `delivery`).
"""

from litestar import get

from grantwire.edges.web.filters import DELIVERY_FIELDS, chips, choices, delivery_query
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import page
from grantwire.edges.web.paging import PAGE, listing_of


@get("/deliveries")
async def list_deliveries(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    listing = listing_of(request, *DELIVERY_FIELDS)
    query = delivery_query(listing, await flows.configure.webhooks(), now=flows.clock.now())
    found = await flows.look.deliveries(query, limit=PAGE, after=listing.after)
    return page(
        request,
        visit,
        "deliveries/list.html",
        found=found,
        listing=listing,
        headlines=await flows.look.headlines(one.event_id for one in found.items),
        choices=await choices(flows, listing),
        chips=chips(listing),
    )


def routes() -> list[object]:
    return [list_deliveries]
