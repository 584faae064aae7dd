"""Sign in and out.

In: an email address and a password. Out: a session cookie. Never: a way to an address of another site.
"""

from litestar import get, post

from grantwire.domain.errors import Refused
from grantwire.domain.secret import Secret
from grantwire.edges.web.entrance import SIGN_IN, cookie
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import go_to, page
from grantwire.edges.web.visit import SESSION_COOKIE, VISIT_COOKIE


@get(SIGN_IN)
async def show_sign_in(request: Asked, visit: VisitGiven) -> Page:
    place = safe_place(request.query_params.get("next", "/"))
    if visit.person is not None:
        return go_to(visit, place)
    return page(request, visit, "sign_in/page.html", email="", next=place, problems=())


@post(SIGN_IN, status_code=200)
async def sign_in(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    form = await read_form(request)
    email, place = form.text("email"), safe_place(form.text("next"))
    try:
        entry = await flows.sign_in.enter(email, Secret(form.text("password")), source=_source(request))
    except Refused as refused:
        told = refused.problems
        return page(request, visit, "sign_in/page.html", status_code=401, email=email, next=place, problems=told)
    if visit.person is not None:
        await flows.sign_in.leave(visit.token)
    seconds = int((entry.session.ends_at - flows.clock.now()).total_seconds())
    cookies = (cookie(visit, SESSION_COOKIE, entry.token, max_age=seconds), cookie(visit, VISIT_COOKIE, "", max_age=0))
    return go_to(visit, place, cookies=cookies)


@post("/sign-out", status_code=200)
async def sign_out(flows: FlowsGiven, visit: VisitGiven) -> Page:
    await flows.sign_in.leave(visit.token)
    gone = cookie(visit, SESSION_COOKIE, "", max_age=0)
    return go_to(visit, SIGN_IN, cookies=(gone,))


def safe_place(place: str) -> str:
    """A path of this site; anything else becomes the first page."""
    is_path = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if is_path and "\\" not in place else "/"


def routes() -> list[object]:
    return [show_sign_in, sign_in, sign_out]


def _source(request: Asked) -> str:
    return request.client.host if request.client else ""
