"""Overview: is everything well?

In: nothing. Out: what waits, and which webhooks need a look. Never: a change.
"""

from litestar import get

from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import page


@get("/")
async def show_overview(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    webhooks = await flows.configure.webhooks()
    backlog = await flows.look.backlog()
    paused = [webhook for webhook in webhooks if webhook.active and webhook.paused_why is not None]
    return page(request, visit, "overview/page.html", webhooks=webhooks, paused=paused, backlog=backlog)


def routes() -> list[object]:
    return [show_overview]
