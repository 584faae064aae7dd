"""The page of all tips.

In: nothing. Out: every tip, each with an anchor. Never: a page that needs a script.
"""

from litestar import get

from grantwire.domain.tips import TIPS
from grantwire.edges.web.given import Asked, Page, VisitGiven
from grantwire.edges.web.page import page


@get("/troubleshooting")
async def show_tips(request: Asked, visit: VisitGiven) -> Page:
    return page(request, visit, "troubleshooting/page.html", tips=TIPS.items())


def routes() -> list[object]:
    return [show_tips]
