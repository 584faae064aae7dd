"""Only what is the target's own fault speaks against it."""

from datetime import UTC, datetime

import pytest

from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.definition import read_definition
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Response, Timings
from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.steps.blame import OURS, Blame, blame

NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
SERVICENOW = "https://acme.service-now.com/api/now/table/incident"


def webhook(url: str = "https://hooks.example.com/a") -> Webhook:
    raw = {"name": "a", "url": url, "triggers": ["RequestCreated"], "body": "{}"}
    return read_definition(raw, id=WebhookId("whk_1"), allowance=None)


def attempt(reply: Reply, verdict: VerdictKind = VerdictKind.RETRY) -> Attempt:
    return Attempt(AttemptId("att_1"), DeliveryId("dlv_1"), 1, NOW, None, reply, verdict, "")


def page(status: int = 200, kind: str = "text/html", body: bytes = b"<html>") -> Response:
    return Response(status, "", (("Content-Type", kind),), body, is_cut=False, timings=Timings(1.0))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, Blame.ANSWERED),
        (301, Blame.ANSWERED),
        (400, Blame.ANSWERED),
        (401, Blame.ANSWERED),
        (404, Blame.ANSWERED),
        (408, Blame.ANSWERED),
        (410, Blame.ANSWERED),
        (429, Blame.ANSWERED),
        (500, Blame.AT_FAULT),
        (502, Blame.AT_FAULT),
        (503, Blame.AT_FAULT),
    ],
)
def test_a_5xx_is_the_targets_fault_and_a_4xx_is_about_the_request(status: int, said: Blame) -> None:
    assert blame(webhook(), attempt(page(status))) is said


@pytest.mark.parametrize("fault", list(Fault))
def test_no_answer_is_the_targets_fault_unless_we_did_not_let_it_go(fault: Fault) -> None:
    reply = NoResponse(fault, "", Timings(1.0), may_have_arrived=False)
    assert blame(webhook(), attempt(reply)) is (Blame.NOTHING if fault in OURS else Blame.AT_FAULT)


def test_a_servicenow_that_shows_a_page_instead_of_its_api_is_asleep() -> None:
    assert blame(webhook(SERVICENOW), attempt(page())) is Blame.AT_FAULT
    assert blame(webhook(SERVICENOW), attempt(page(kind="text/plain"))) is Blame.AT_FAULT


def test_a_json_answer_that_is_not_taken_for_success_comes_from_a_target_that_is_there() -> None:
    assert blame(webhook(SERVICENOW), attempt(page(202, "application/json", b"{}"))) is Blame.ANSWERED


def test_html_means_nothing_where_nobody_promised_json() -> None:
    assert blame(webhook(), attempt(page())) is Blame.ANSWERED


def test_what_never_left_says_nothing_about_the_target() -> None:
    assert blame(webhook(), attempt(NotSent("no token", ""))) is Blame.NOTHING
    assert blame(webhook(), None) is Blame.NOTHING
