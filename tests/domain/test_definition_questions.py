"""The parts `reconcile`, `captures` and `actions` of a definition: read, written back, and all their problems."""

from typing import Any

import pytest

from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.definition_questions import question_warnings
from grantwire.domain.definition_warnings import definition_warnings
from grantwire.domain.errors import Refused
from grantwire.domain.secret import Secret
from grantwire.domain.webhook import Webhook, WebhookId

TABLE = "https://acme.service-now.com/api/now/table/incident"
RECONCILE = {
    "method": "GET",
    "url": TABLE + "?sysparm_query=correlation_id={{event_id}}&sysparm_limit=2",
    "headers": {"X-Team": "{{ data.id }}"},
    "match": "$.result[*].correlation_id",
    "equals": "{{ event_id }}",
    "captures": {"sys_id": "$.sys_id"},
    "wait_seconds": 60,
}
ACTION = {
    "method": "PATCH",
    "url": TABLE + "/{{receipt.sys_id}}",
    "body": '{"work_notes": "{{ receipt.group }}", "correlation_display": "{{ event_id }}"}',
    "without_receipt": "create",
    "reconcile": {
        "method": "GET",
        "url": TABLE + "/{{receipt.sys_id}}",
        "match": "$.result.correlation_display",
        "equals": "{{ event_id }}",
        "wait_seconds": 300,
    },
}
DEFINITION = {
    "name": "tickets",
    "url": TABLE,
    "auth": {"type": "bearer", "token": "${env:TOKEN}"},
    "body": '{"correlation_id": "{{ event_id }}"}',
    "triggers": ["RequestCreated", "RequestApproved"],
    "order": "per_request",
    "reconcile": RECONCILE,
    "captures": {"group": "$.result.assignment_group.value"},
    "actions": {"RequestApproved": ACTION},
}


def read(**changes: Any) -> Webhook:
    return read_definition(DEFINITION | changes, id=WebhookId("w"), allowance=Allowance())


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        read(**changes)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_what_is_read_is_written_back() -> None:
    written = write_definition(read(), show=Secret.reveal)
    assert {name: written[name] for name in ("reconcile", "captures", "actions")} == {
        name: DEFINITION[name] for name in ("reconcile", "captures", "actions")
    }
    assert read_definition(written, id=WebhookId("w"), allowance=Allowance()).actions == read().actions


def test_a_webhook_with_all_of_it_gives_no_warning() -> None:
    assert definition_warnings(read()) == ()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("method", "DELETE", "DELETE is not possible"),
        ("url", "https://other.example.com/{{event_id}}", "leads to https://other.example.com:443"),
        ("url", "http://acme.service-now.com/", "must use HTTPS"),
        ("url", "https://acme.service-now.com:8443/", "must not name a port of its own"),
        ("url", TABLE + "/{{event_id", "never closed"),
        ("match", "result[", "is no JSONPath"),
        ("equals", "fixed", "is the same for every event"),
        ("equals", "{{#if x}}", "is never closed"),
        ("body", "{}", "a GET has none"),
        ("wait_seconds", 3601, "must be a number from 0 to 3600"),
        ("headers", {"Authorization": "Bearer x"}, "Authorization is a secret"),
    ],
)
def test_a_problem_of_a_question_is_told_with_its_path(field: str, value: object, said: str) -> None:
    found = problems(reconcile=RECONCILE | {field: value})
    assert said in found[f"reconcile.{field}"]


def test_all_problems_of_all_parts_come_at_once() -> None:
    found = problems(
        reconcile={"match": "$["},
        captures={"1st": "$.a", "group": "a["},
        actions={"RequestExpired": ACTION, "RequestApproved": ACTION | {"url": "", "without_receipt": "maybe"}},
    )
    assert set(found) == {
        *("reconcile.url", "reconcile.equals", "reconcile.match", "captures.1st", "captures.group"),
        *("actions.RequestExpired", "actions.RequestApproved.url", "actions.RequestApproved.without_receipt"),
    }


def warnings(**changes: Any) -> list[str]:
    return [f"{problem.path}: {problem.message}" for problem in definition_warnings(read(**changes))]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"order": "none"}, "actions: without order: per_request an update may overtake"),
        ({"reconcile": None}, "actions: without reconcile a ticket whose answer was lost"),
        (
            {"actions": {"RequestApproved": ACTION | {"reconcile": None}}},
            "has no reconcile, so a PATCH",
        ),
        ({"body": '{"correlation_id": "{{ receipt.number }}"}'}, "body: receipt.number is empty as long as no receipt"),
    ],
)
def test_what_is_most_likely_not_meant_is_said(changes: dict[str, Any], said: str) -> None:
    assert any(said in warning for warning in warnings(**changes)), warnings(**changes)


def test_a_name_that_no_receipt_has_is_told_with_the_one_that_was_meant() -> None:
    url = TABLE + "/{{receipt.sysid}}"
    (warning,) = warnings(actions={"RequestApproved": ACTION | {"url": url}})
    assert warning.startswith("actions.RequestApproved.url:")
    assert "sysid" in warning


MARKED = {"body": '{"correlation_id": "{{ data.id }}", "correlation_display": "{{ event_id }}"}'}


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        (MARKED, True),
        ({}, False),
        ({"body": '{"correlation_display": "Grantwire", "correlation_id": "{{ event_id }}"}'}, False),
        (MARKED | {"actions": {"RequestApproved": ACTION | {"without_receipt": "give_up"}}}, False),
    ],
    ids=["the same mark", "another field", "another value", "makes no ticket"],
)
def test_a_body_that_writes_the_mark_of_an_update_is_warned_of(changes: dict[str, Any], is_told: bool) -> None:
    found = [one for one in question_warnings(read(**changes), path="") if "same mark" in one.message]
    assert [one.path for one in found] == (["actions.RequestApproved.reconcile"] if is_told else [])
