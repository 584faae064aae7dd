"""Which tips help: by what came back, not by the words of our own sentences."""

from datetime import UTC, datetime
from typing import Any

import pytest

from grantwire.domain.attempt import Attempt, AttemptId, ValidatorResult
from grantwire.domain.cause import Cause
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response, Timings
from grantwire.domain.target import Method, Origin
from grantwire.domain.tips import TIPS
from grantwire.domain.verdict import VerdictKind
from grantwire.steps.advise import advise

TIMINGS = Timings(12.0)


def attempt(reply: Reply, **changes: Any) -> Attempt:
    request = Request(Method.POST, "https://acme.example.com/x", (), b"{}", Origin("https", "acme.example.com", 443))
    defaults: dict[str, Any] = {"verdict": VerdictKind.GIVEN_UP, "why": "", "request": request}
    return Attempt(
        id=AttemptId("att_1"),
        delivery_id=None,
        number=1,
        started_at=datetime(2026, 11, 24, tzinfo=UTC),
        reply=reply,
        **defaults | changes,
    )


def answered(status: int, body: bytes = b"", **headers: str) -> Response:
    rows = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, "", rows, body, is_cut=False, timings=TIMINGS)


@pytest.mark.parametrize("fault", list(Fault))
def test_every_way_to_get_no_answer_has_a_tip(fault: Fault) -> None:
    causes = advise(attempt(NoResponse(fault, "", TIMINGS, may_have_arrived=False)))
    assert len(causes) == 1


@pytest.mark.parametrize("status", [202, *range(300, 309), *range(400, 430), 451, *range(500, 512)])
def test_every_status_that_is_no_success_has_a_tip(status: int) -> None:
    assert advise(attempt(answered(status)))


def test_every_cause_has_a_tip_with_something_to_do() -> None:
    assert set(TIPS) == set(Cause)
    assert all(tip.steps for tip in TIPS.values())


def test_a_delivered_invocation_needs_none() -> None:
    assert advise(attempt(answered(201), verdict=VerdictKind.DELIVERED)) == ()


def test_a_doubtful_post_is_said_to_be_doubtful_and_a_put_is_not() -> None:
    lost = NoResponse(Fault.RESET, "", TIMINGS, may_have_arrived=True)
    assert advise(attempt(lost)) == (Cause.RESET, Cause.MAY_EXIST)
    put = Request(Method.PUT, "https://acme.example.com/x", (), b"{}", Origin("https", "acme.example.com", 443))
    assert advise(attempt(lost, request=put)) == (Cause.RESET,)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (NotSent("no", "", problems=("line 1",)), Cause.TEMPLATE),
        (NotSent("The token endpoint of x answered 401", ""), Cause.TOKEN_ENDPOINT),
        (NotSent("The environment variable X is not set.", ""), Cause.SECRET_MISSING),
        (answered(429, retry_after="5"), Cause.RATE_LIMIT),
        (answered(429), Cause.BUSY),
        (answered(200, b"<html>Instance Hibernating page"), Cause.ASLEEP),
        (answered(200, b"<html>Log in"), Cause.LOGIN_PAGE),
        (answered(403, b"<html>Access restricted", content_type="text/html"), Cause.ADDRESS_LIST),
        (answered(200, b'{"result": {}}'), Cause.NO_RECORD),
    ],
)
def test_the_reply_tells_the_cause(reply: Reply, cause: Cause) -> None:
    assert advise(attempt(reply))[0] is cause


def test_a_validator_that_failed_comes_before_everything_else() -> None:
    failed = ValidatorResult("$.a", ("1",), ("2",), passed=False)
    assert advise(attempt(answered(200), validators=(failed,))) == (Cause.VALIDATOR,)
