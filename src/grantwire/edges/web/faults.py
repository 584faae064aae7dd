"""Faults: what went wrong, as a page.

In: the exceptions of the three families, and those of the framework. Out: HTML with what to do.
Never: the inside of a defect (that goes to the log).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from grantwire.domain.errors import NotNow, Problem, Refusal, Refused
from grantwire.edges.web.entrance import visit_in, visit_of
from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.page import page
from grantwire.edges.web.shield import security_headers

# The ONE table from why a person is refused to the answer's status.
STATUS: Mapping[Refusal, HTTPStatus] = {
    Refusal.INVALID: HTTPStatus.BAD_REQUEST,
    Refusal.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Refusal.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Refusal.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Refusal.CONFLICT: HTTPStatus.CONFLICT,
    Refusal.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Refusal.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Refusal.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a fault says."""

    status: int
    title: str
    text: str
    problems: tuple[Problem, ...] = ()


def shown_for(fault: Exception) -> Shown:
    match fault:
        case HTTPException(status_code=404) | Refused(why=Refusal.NOT_FOUND):
            text = "It may have been deleted, or the address is not quite right."
            return Shown(404, "There is nothing here", text, getattr(fault, "problems", ()))
        case Refused():
            return Shown(STATUS[fault.why].value, _sentence(fault.title), "", fault.problems)
        case NotNow():
            return Shown(503, "Not just now", f"{_sentence(fault.title)} Try again in a moment.")
        case HTTPException(status_code=status) if status < 500:
            return Shown(status, HTTPStatus(status).phrase, fault.detail)
        case _:
            text = "This is a mistake of Grantwire, not yours. What happened is in its log."
            return Shown(500, "Something went wrong", text)


def answer_fault(flows: WebFlows, request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """For routes of the console, where the shield adds its headers."""
    shown = shown_for(fault)
    if shown.status == 500:
        flows.observer.note("console.failed", method=request.method, path=request.scope["path"], defect=fault)
    visit = visit_in(request.scope) or visit_of(request, session=None)
    template = "faults/fragment.html" if visit.is_fragment else "faults/page.html"
    return page(request, visit, template, status_code=shown.status, shown=shown)


def answer_lost(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes] | None:
    """For an address that is no route at all, when a browser asks; None leaves it to others."""
    is_page = "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/v1/")
    if not (is_page and isinstance(fault, HTTPException) and fault.status_code in {404, 405}):
        return None
    visit = visit_of(request, session=None)
    answer = page(request, visit, "faults/page.html", status_code=fault.status_code, shown=shown_for(fault))
    answer.headers.update(dict(security_headers(visit.nonce, is_https=visit.is_https)))
    return answer


def _sentence(title: str) -> str:
    text = title[:1].upper() + title[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
