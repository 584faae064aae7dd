"""Entrance: every request to the console comes through here.

In: a request. Out: its `Visit`, kept for the page; or at once an answer: to the sign-in, or a refusal.
Never: a page behind the sign-in for nobody, or a form that another site sent.
"""

from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.types import Scope

from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.person import Session
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.forms import Form, read_form
from grantwire.edges.web.shield import nonce_of
from grantwire.edges.web.visit import SESSION_COOKIE, VISIT_COOKIE, Visit, is_https

SIGN_IN = "/sign-in"
SIGN_IN_WITH_DRAFT = "/sign-in/with-draft"
AS_TYPED = "/webhook-form/again"  # shows a form as it was typed, and changes nothing
OPEN_PATHS = frozenset({SIGN_IN, SIGN_IN_WITH_DRAFT})  # what is seen without signing in
_SAFE = frozenset({"GET", "HEAD"})


async def enter(flows: WebFlows, request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """None lets the request through to its page."""
    token = request.cookies.get(SESSION_COOKIE, "")
    session = await flows.sign_in.who(token) if token else None
    visit = visit_of(request, session=session)
    request.scope["state"]["visit"] = visit
    if visit.person is None and request.scope["path"] not in OPEN_PATHS:
        return await _to_sign_in(flows, request, visit)
    if request.method not in _SAFE:
        return await _check_csrf(flows, request, visit)
    return None


def visit_of(request: Request[Any, Any, Any], *, session: Session | None) -> Visit:
    before = request.cookies.get(VISIT_COOKIE, "") or token_urlsafe(24)
    return Visit(
        path=request.scope["path"],
        token=request.cookies[SESSION_COOKIE] if session else before,
        nonce=nonce_of(request.scope),
        person=session.person if session else None,
        is_https=is_https(request),
        is_fragment=request.headers.get("hx-request") == "true",
    )


def visit_in(scope: Scope) -> Visit | None:
    visit: Visit | None = scope["state"].get("visit")
    return visit


def given_visit(request: Request[Any, Any, Any]) -> Visit:
    """Dependency of every page."""
    return request.scope["state"]["visit"]  # type: ignore[no-any-return]


def cookie(visit: Visit, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    return Cookie(name, value=value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=visit.is_https)


async def _check_csrf(flows: WebFlows, request: Request[Any, Any, Any], visit: Visit) -> Response[bytes] | None:
    """A form from before this session may still be shown again as it was typed, to the one who typed it."""
    form = await read_form(request)
    if visit.is_ours(request.headers.get("x-csrf-token") or form.text("csrf")):
        return None
    if _is_of_this_person(flows, form, visit):
        return None if request.scope["path"] == AS_TYPED else _with_what_was_typed(visit, AS_TYPED)
    if request.scope["path"] == SIGN_IN_WITH_DRAFT and flows.drafts.whose(form.text("slip")) is not None:
        return None  # shows the sign-in, and changes nothing
    problem = Problem("", "This form is older than your session.", "Go back, load the page again and repeat it.")
    raise Refused("the form was not accepted", [problem], why=Refusal.FORBIDDEN)


def _is_of_this_person(flows: WebFlows, form: Form, visit: Visit) -> bool:
    if visit.person is None:
        return False
    is_draft = flows.drafts.open(form.text("draft"), visit.person.id) is not None
    return is_draft or flows.drafts.whose(form.text("slip")) == visit.person.id


def _with_what_was_typed(visit: Visit, place: str) -> Response[bytes]:
    """The browser sends the same form there (307). A part of a page stays as it is, with a word and a button."""
    if visit.is_fragment:
        return Response(_ENDED.encode(), status_code=401, media_type="text/html")
    return Response(b"", status_code=307, headers={"Location": place})


# In the form of the page, so that the button sends everything that was typed.
_ENDED = f"""<div class="notice notice-warning" role="alert"><div>
<strong>Your session has ended.</strong> What you typed is still here, and not saved.
<button class="btn btn-sm" type="submit" formaction="{AS_TYPED}">Sign in and go on</button>
</div></div>"""


async def _to_sign_in(flows: WebFlows, request: Request[Any, Any, Any], visit: Visit) -> Response[bytes]:
    if request.method not in _SAFE and flows.drafts.whose((await read_form(request)).text("slip")) is not None:
        return _with_what_was_typed(visit, SIGN_IN_WITH_DRAFT)
    if visit.is_fragment:
        return Response(b"", status_code=204, headers={"HX-Redirect": SIGN_IN})
    if request.method not in _SAFE:
        return Response(b"", status_code=303, headers={"Location": SIGN_IN})
    query = request.scope["query_string"].decode("latin-1")
    wanted = request.scope["path"] + (f"?{query}" if query else "")
    place = SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='')}"
    return Response(b"", status_code=303, headers={"Location": place})
