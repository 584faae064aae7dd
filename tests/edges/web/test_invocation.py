"""An attempt as a person reads it: nothing secret, nothing lost, nothing that could be markup."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from grantwire.domain.attempt import Attempt, AttemptId, ValidatorResult
from grantwire.domain.batching import BatchPlace
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Request, Response, Timings
from grantwire.domain.secret import MASK
from grantwire.domain.target import Method, Origin
from grantwire.domain.verdict import VerdictKind
from grantwire.edges.web.invocation import invocation_of
from grantwire.edges.web.page import environment

SYS_ID = "9d385017c611228701d22104cc95c371"
URL = "https://acme.service-now.com/api/now/table/incident"
TIMINGS = Timings(100.0, dns_ms=10.0, connect_ms=30.0, tls_ms=60.0, first_byte_ms=95.0)
INCIDENT = json.dumps({"result": {"sys_id": SYS_ID, "number": "INC0010001"}}).encode()
EVIL = "</pre><script>alert(1)</script>"


def request(**fields: Any) -> Request:
    defaults: dict[str, Any] = {
        "method": Method.POST,
        "url": URL,
        "headers": (("Content-Type", "application/json"), ("Authorization", "Bearer hush")),
        "body": b'{"cause":"RequestCreated"}',
        "origin": Origin("https", "acme.service-now.com", 443),
        "secret_headers": frozenset({"authorization"}),
    }
    return Request(**(defaults | fields))


def response(**fields: Any) -> Response:
    defaults: dict[str, Any] = {
        "status": 201,
        "reason": "Created",
        "headers": (("Content-Type", "application/json"), ("Set-Cookie", "JSESSIONID=hush")),
        "body": INCIDENT,
        "is_cut": False,
        "timings": TIMINGS,
    }
    return Response(**(defaults | fields))


def attempt(**fields: Any) -> Attempt:
    defaults: dict[str, Any] = {
        "id": AttemptId("att_1"),
        "delivery_id": DeliveryId("dlv_1"),
        "number": 1,
        "started_at": datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
        "request": request(),
        "reply": response(),
        "verdict": VerdictKind.DELIVERED,
        "why": "201 Created with result.sys_id.",
    }
    return Attempt(**(defaults | fields))


def html(one: Attempt) -> str:
    part: Any = environment().get_template("parts/invocation.html").module
    return str(part.invocation_data(invocation_of(one)))


def test_secrets_are_masked_in_the_headers_and_in_the_command() -> None:
    shown = html(attempt())
    assert "hush" not in shown
    assert shown.count(MASK) == 3  # Authorization as header and in the command, Set-Cookie of the answer


def test_the_incident_is_a_link_to_its_record_at_the_origin_of_the_request() -> None:
    incident = invocation_of(attempt()).incident
    assert incident is not None
    assert incident.number == "INC0010001"
    assert incident.address == f"https://acme.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3D{SYS_ID}"


@pytest.mark.parametrize(
    "body",
    [
        {"result": {"sys_id": "javascript:alert(1)", "number": "INC1"}},
        {"result": {"number": "INC1"}},
        {"result": {"sys_id": ["a"], "number": "INC1"}},
    ],
)
def test_an_answer_without_a_good_sys_id_gives_a_number_but_no_link(body: Any) -> None:
    incident = invocation_of(attempt(reply=response(body=json.dumps(body).encode()))).incident
    assert incident is not None
    assert (incident.number, incident.address) == ("INC1", None)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"result": []}', b'{"result": 7}', b"\xff\xfe"])
def test_other_answers_have_no_incident_and_are_shown_all_the_same(body: bytes) -> None:
    one = attempt(reply=response(body=body))
    assert invocation_of(one).incident is None
    assert "Response" in html(one)


def test_stages_follow_each_other_and_fill_the_time() -> None:
    stages = invocation_of(attempt()).stages
    assert [(one.name, one.milliseconds) for one in stages] == [
        ("DNS", 10.0),
        ("Connect", 20.0),
        ("TLS", 30.0),
        ("First byte", 35.0),
        ("Rest of the answer", 5.0),
    ]
    assert sum(one.length for one in stages) == pytest.approx(100)


def test_a_kept_alive_connection_has_only_the_wait_and_the_rest() -> None:
    reply = response(timings=Timings(8.0, first_byte_ms=6.0))
    assert [one.name for one in invocation_of(attempt(reply=reply)).stages] == ["First byte", "Rest of the answer"]


def test_json_keeps_its_digits_and_the_text_as_it_went() -> None:
    body = b'{"n":12345678901234567890.10,"again":1,"again":2}'
    shown = invocation_of(attempt(request=request(body=body))).request
    assert shown is not None
    assert shown.body is not None
    assert shown.body.shown.striptags().count("12345678901234567890.10") == 1
    assert shown.body.raw == body.decode()


@pytest.mark.parametrize(
    "reply",
    [
        response(body=EVIL.encode(), reason=EVIL, headers=((EVIL, EVIL),)),
        response(body=json.dumps({EVIL: EVIL}).encode(), is_cut=True, cut_why=EVIL),
        NoResponse(Fault.TLS, EVIL, TIMINGS, may_have_arrived=False),
        NotSent(EVIL, EVIL, problems=(EVIL,)),
    ],
)
def test_nothing_of_an_attempt_becomes_markup(reply: Any) -> None:
    evil = attempt(
        reply=reply,
        why=EVIL,
        request=request(url=f"{URL}?{EVIL}", body=EVIL.encode(), headers=((EVIL, EVIL),)),
        validators=(ValidatorResult(EVIL, (EVIL,), (EVIL,), passed=False),),
    )
    shown = html(evil)
    assert "<script" not in shown
    assert "alert(1)" in shown


def test_a_request_that_could_not_be_written_says_every_problem() -> None:
    shown = html(
        replace(
            attempt(), request=None, reply=NotSent("The body cannot be written.", "2 problems", problems=("a", "b"))
        )
    )
    assert "nothing was sent" in shown
    assert "<li>a</li><li>b</li>" in shown


def test_an_attempt_that_went_with_others_says_where_it_was_and_leads_to_them() -> None:
    place = BatchPlace("bat_7", 2, ("dlv_1", "dlv_2", EVIL), f"200 {EVIL}", (("X-Transaction-ID", EVIL),))
    shown = html(attempt(batch=place))
    assert "Went as request 2 of 3 in the batch bat_7" in shown
    assert 'href="/deliveries/dlv_1"' in shown
    assert "<strong>dlv_2</strong>" in shown
    assert "<script>" not in shown
    assert "in the batch" not in html(attempt())
