"""What a webhook is warned of although it may be saved."""

from pathlib import Path
from typing import Any

import pytest

from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition
from grantwire.domain.definition_warnings import definition_warnings
from grantwire.domain.event import Family
from grantwire.domain.event_paths import oddity_of
from grantwire.domain.webhook import Webhook, WebhookId

INCIDENT = "https://x.service-now.com/api/now/table/incident"
GUIDE = Path(__file__).parents[2] / "src/grantwire/presets/servicenow_guide.hbs"


def webhook(**fields: Any) -> Webhook:
    raw = {"name": "a", "url": "https://example.com/in", "triggers": ["RequestCreated"], "body": "{}"} | fields
    return read_definition(raw, id=WebhookId("w"), allowance=Allowance.of(("http://10.0.0.1:80",)))


def warnings(**fields: Any) -> list[str]:
    found = definition_warnings(webhook(**fields), path="webhooks[0]")
    assert all(problem.is_warning for problem in found)
    return [str(problem).removeprefix("webhooks[0].") for problem in found]


def test_a_webhook_without_oddities_is_not_warned() -> None:
    body = '{"a": "{{ data.requester.name }}", "b": {{#each data.access_groups}}{{#if @first}}1{{/if}}{{/each}}}'
    assert warnings(body=body.replace("{{#each data.access_groups}}{{#if @first}}1{{/if}}{{/each}}", "1")) == []


def test_the_mistakes_of_the_guides_body_are_told_with_their_places() -> None:
    found = warnings(url=INCIDENT, body=GUIDE.read_text(), headers={"Authorization": "Bearer x"})
    begins = [
        'body (line 2, column 17): "caused_by" refers to a record of change_request',
        'body (line 3, column 28): "data.access_groups": the list may have no item 0',
        'body (line 5, column 19): "description" holds 4000 characters',
        'body (line 5, column 605): "access_bundle_name" is filled from "data.access_bundle.id"',
        'body (line 6, column 19): "reopened_by" refers to a record of sys_user',
        "body: has no correlation_id, so an incident whose answer was lost cannot be asked for.",
    ]
    assert [line[: len(begin)] for line, begin in zip(found, begins, strict=True)] == begins


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"body": '{\n "a": "{{ data.requestor.name }}"}'},
            'body (line 2, column 11): "data.requestor.name": the events have no "requestor" here. Did you mean',
        ),
        ({"url": "https://example.com/{{ data.idd }}"}, "url (line 1, column 24): data.idd is no documented field"),
        ({"headers": {"X-A": "{{ data.idd }}"}}, "headers.X-A (line 1, column 4): data.idd is no documented field"),
        ({"body": '{"a": "{{> p}}"}', "partials": {"p": "{{data.idd}}"}}, 'partials.p (line 1, column 3): "data.idd"'),
        (
            {"body": '{"a": "{{ data.approvals.status }}"}'},
            'body (line 1, column 11): "data.approvals.status": "status" is asked of a list',
        ),
        (
            {"body": '{"a": "{{ data.id.name }}"}'},
            'body (line 1, column 11): "data.id.name": the events have no "name" here',
        ),
        ({"filters": {"expression": "data.requestor.id == 'x'"}}, "filters.expression: data.requestor is no"),
        (
            {"body": '{"requester_id": "{{ data.requester.name }}"}'},
            'body (line 1, column 19): "requester_id" is filled',
        ),
        (
            {"kind": "audit", "triggers": ["AuditLog"], "body": "{}", "order": "per_request"},
            "order: has no effect: audit events belong to no access request",
        ),
        ({"body": None}, "body: is empty; the target gets a POST without content"),
        ({"method": "DELETE"}, "body: many targets ignore or refuse the body of a DELETE"),
        ({"url": "http://10.0.0.1/", "headers": {"Authorization": "x"}}, "url: sends credentials over plain HTTP"),
        ({"url": INCIDENT, "body": '{"correlation_id": "1"}'}, "auth: is missing; ServiceNow answers 401"),
    ],
)
def test_an_oddity_is_told_with_its_place(fields: dict[str, Any], expected: str) -> None:
    (found,) = warnings(**fields)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    "body",
    [
        '{"a": "{{#each data.access_groups}}{{ integration.name }} {{ [integration].type }}{{/each}}"}',
        '{"a": "{{ data.access_groups.length }}"}',
        '{"a": "{{ data.custom_fields.anything }}"}',
        '{"a": "{{ data.labels.[0] }}"}',
        '{"a": "{{ default data.friendly_id "data.nonsense" }}"}',
        '{"a": "{{!-- data.nonsense --}}data.nonsense"}',
        '{"caused": "{{ data.id }}"}',
    ],
)
def test_what_is_meant_is_not_warned_of(body: str) -> None:
    assert warnings(body=body) == []


def test_a_reference_filled_with_a_sys_id_is_right() -> None:
    body = '{"correlation_id": "1", "rfc": "6816f79cc0a8016401c5a33be04be441", "opened_by": "{{ data.sys_id }}"}'
    found = warnings(url=INCIDENT, body=body, headers={"Authorization": "x"})
    assert [line for line in found if "reference" in line] == []


@pytest.mark.parametrize(
    ("steps", "family", "words"),
    [
        (("issues", "status"), Family.INTEGRATION, "is an array"),
        (("issues", "0", "status"), Family.INTEGRATION, None),
        (("current_target_object", "x", "y"), Family.AUDIT, None),
        (("requester",), Family.AUDIT, "no documented field of audit events"),
        ((), Family.AUDIT, None),
    ],
)
def test_a_path_is_looked_up_in_the_events_of_its_family(
    steps: tuple[str, ...], family: Family, words: str | None
) -> None:
    odd = oddity_of(steps, family)
    assert odd is None if words is None else odd is not None and words in odd[0]
