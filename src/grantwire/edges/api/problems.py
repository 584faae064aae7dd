"""Problems: what went wrong, as RFC 9457 problem details.

In: the exceptions of the three families, and those of the framework. Out: `application/problem+json` with every
problem.
Never: the inside of a defect (that goes to the log), or a secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from grantwire.domain.errors import Broken, NotNow, Problem, Refusal, Refused
from grantwire.edges.api.flows import Flows
from grantwire.edges.api.wire.problem import FoundProblem, ProblemDetails

CONTENT_TYPE = "application/problem+json"
SHOWN = 100  # problems told in one answer; a batch of 10,000 wrong events has more than anyone reads

# The ONE table from why a caller is refused to the answer's status.
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
_DEFECT = "Grantwire failed at this call; the reason is in its log"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers beside the content type, and the problem details."""

    status: int
    headers: Mapping[str, str]
    details: ProblemDetails

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self.details)


def answer_for(fault: Exception) -> Answer:
    """The answer to any exception; what is not of a known family is a defect of ours."""
    match fault:
        case Refused():
            return _refused(fault)
        case NotNow():
            return _answer(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "not_now",
                fault.title,
                headers={"Retry-After": str(fault.retry_after_seconds)},
            )
        case Broken():
            return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "broken", fault.title)
        case HTTPException(status_code=status) if status < 500:
            return _framework(fault)
        case _:
            return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "broken", _DEFECT)


def handle(flows: Flows, request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """The framework's exception handler, for every exception."""
    answer = answered(flows, fault, method=request.scope["method"], path=request.scope["path"])
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers), media_type=CONTENT_TYPE)


def answered(flows: Flows, fault: Exception, *, method: str, path: str) -> Answer:
    """The answer to any exception of a call; a defect is noted."""
    answer = answer_for(_in_our_words(fault, method=method, path=path))
    if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        flows.observer.note("api.failed", method=method, path=path, defect=fault)
    return answer


def _in_our_words(fault: Exception, *, method: str, path: str) -> Exception:
    """What the framework found, said so that a caller knows what to do; everything else as it is."""
    match fault:
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            problem = Problem(
                "", f"{method} {path[:200]} is no call of this API.", "GET /schema describes all of them."
            )
            return Refused("there is nothing at this address", [problem], why=Refusal.NOT_FOUND)
        case HTTPException(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            problem = Problem("", "is larger than this call takes.")
            return Refused("the body is too large", [problem], why=Refusal.TOO_LARGE)
        case _:
            return fault


def _refused(fault: Refused) -> Answer:
    headers = {"WWW-Authenticate": 'Bearer realm="grantwire"'} if fault.why is Refusal.UNAUTHENTICATED else {}
    return _answer(STATUS[fault.why], fault.why.value, fault.title, problems=fault.problems, headers=headers)


def _framework(fault: HTTPException) -> Answer:
    status = HTTPStatus(fault.status_code)
    headers = {name: value for name, value in (fault.headers or {}).items() if name.lower() != "content-type"}
    allowed = next((value for name, value in headers.items() if name.lower() == "allow"), None)
    problems = [Problem("", "this address does not take the method.", f"It takes {allowed}.")] if allowed else []
    word, title = status.phrase.lower().replace(" ", "_"), fault.detail or status.phrase
    return _answer(status, word, title, problems=problems, headers=headers)


def _answer(
    status: HTTPStatus,
    word: str,
    title: str,
    *,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Answer:
    shown = [found_problem(problem) for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(FoundProblem(path="", message=f"and {len(problems) - SHOWN} more problems"))
    details = ProblemDetails(
        type=f"urn:grantwire:problem:{word}",
        title=title,
        status=status.value,
        detail="; ".join(str(problem).strip() for problem in problems[:3]) + ("; …" if len(problems) > 3 else "")
        if problems
        else title,
        problems=shown,
    )
    return Answer(status.value, headers or {}, details)


def found_problem(problem: Problem) -> FoundProblem:
    return FoundProblem(
        path=problem.path,
        message=problem.message,
        hint=problem.hint,
        line=problem.line,
        column=problem.column,
    )
