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
from grantwire.edges.web.forms import read_form
from grantwire.edges.web.shield import nonce_of
from grantwire.edges.web.visit import SESSION_COOKIE, VISIT_COOKIE, Visit, is_https

SIGN_IN = "/sign-in"
OPEN_PATHS = frozenset({SIGN_IN})  # what is seen without signing in
_SAFE = frozenset({"GET", "HEAD"})


async def enter(flows: WebFlows, request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """None lets the request through to its page."""
    token = request.cookies.get(SESSION_COOKIE, "")
    session = await flows.sign_in.who(token) if token else None
    visit = visit_of(request, session=session)
    request.scope["state"]["visit"] = visit
    if visit.person is None and request.scope["path"] not in OPEN_PATHS:
        return _to_sign_in(request)
    if request.method not in _SAFE:
        await _check_csrf(request, visit)
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


async def _check_csrf(request: Request[Any, Any, Any], visit: Visit) -> None:
    given = request.headers.get("x-csrf-token") or (await read_form(request)).text("csrf")
    if not visit.is_ours(given):
        problem = Problem("", "This form is older than your session.", "Go back, load the page again and repeat it.")
        raise Refused("the form was not accepted", [problem], why=Refusal.FORBIDDEN)


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[bytes]:
    if request.headers.get("hx-request") == "true":
        return Response(b"", status_code=204, headers={"HX-Redirect": SIGN_IN})
    if request.method not in _SAFE:
        return Response(b"", status_code=303, headers={"Location": SIGN_IN})
    query = request.scope["query_string"].decode("latin-1")
    wanted = request.scope["path"] + (f"?{query}" if query else "")
    place = SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='')}"
    return Response(b"", status_code=303, headers={"Location": place})
