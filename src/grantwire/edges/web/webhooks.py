"""Webhooks: the table of them all.

In: what to search for, and the order. Out: the table. Never: a change (see `webhook_actions`).
"""

from litestar import get

from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import page


@get("/webhooks")
async def list_webhooks(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    return page(request, visit, "webhooks/list.html", webhooks=await flows.configure.webhooks())


def routes() -> list[object]:
    return [list_webhooks]
