"""Sign in and out.

In: an email address and a password; a draft that waits for its person. Out: a session cookie.
Never: a way to an address of another site.
"""

from dataclasses import replace

from litestar import get, post

from grantwire.domain.errors import Refused
from grantwire.domain.secret import Secret
from grantwire.edges.web.entrance import AS_TYPED, SIGN_IN, SIGN_IN_WITH_DRAFT, cookie
from grantwire.edges.web.flash import Flash, Tone
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.page import go_to, page
from grantwire.edges.web.visit import SESSION_COOKIE, VISIT_COOKIE

_NOT_YOURS = Flash("What was typed before was not typed by you, so it is not shown.", Tone.WARNING)


@get(SIGN_IN)
async def show_sign_in(request: Asked, visit: VisitGiven) -> Page:
    place = safe_place(request.query_params.get("next", "/"))
    if visit.person is not None:
        return go_to(visit, place)
    return page(request, visit, "sign_in/page.html", email="", next=place, draft="", problems=())


@post(SIGN_IN_WITH_DRAFT, status_code=200)
async def show_sign_in_with_draft(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    """For a form that came after its session had ended: the page carries it, sealed, until somebody has signed in."""
    form = await read_form(request)
    typed = {name: values for name, values in form.fields.items() if name not in {"csrf", "slip"}}
    draft = flows.drafts.keep(form.text("slip"), typed)
    return page(request, visit, "sign_in/page.html", email="", next="/", draft=draft, problems=())


@post(SIGN_IN, status_code=200)
async def sign_in(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    form = await read_form(request)
    email, place, draft = form.text("email"), safe_place(form.text("next")), form.text("draft")
    try:
        entry = await flows.sign_in.enter(email, Secret(form.text("password")), source=_source(request))
    except Refused as refused:
        facts = {"email": email, "next": place, "draft": draft, "problems": refused.problems}
        return page(request, visit, "sign_in/page.html", status_code=401, **facts)  # type: ignore[arg-type]
    if visit.person is not None:
        await flows.sign_in.leave(visit.token)
    seconds = int((entry.session.ends_at - flows.clock.now()).total_seconds())
    cookies = (cookie(visit, SESSION_COOKIE, entry.token, max_age=seconds), cookie(visit, VISIT_COOKIE, "", max_age=0))
    if not draft:
        return go_to(visit, place, cookies=cookies)
    if flows.drafts.open(draft, entry.session.person.id) is not None:
        return go_to(visit, AS_TYPED, cookies=cookies, status_code=307)
    return go_to(replace(visit, token=entry.token), place, flash=_NOT_YOURS, cookies=cookies)


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
    return [show_sign_in, show_sign_in_with_draft, sign_in, sign_out]


def _source(request: Asked) -> str:
    return request.client.host if request.client else ""
