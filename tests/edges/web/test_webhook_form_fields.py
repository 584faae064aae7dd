"""The form of a webhook and its definition say the same, whichever way one goes."""

from typing import Any
from urllib.parse import urlencode

import pytest

from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition
from grantwire.domain.errors import Problem
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.edges.web.forms import form_of
from grantwire.edges.web.webhook_definition import AUTH_FIELDS, SECRETS, definition_of
from grantwire.edges.web.webhook_problems import by_field, field_of, label_of
from grantwire.edges.web.webhook_shown import typed_of_definition
from grantwire.edges.web.webhook_typed import Typed, typed_of
from grantwire.flow.configure import fill_masked, masked, reveal, shown
from grantwire.presets.catalog import by_name

FULL: dict[str, Any] = {
    "name": "Everything",
    "active": True,
    "kind": "request",
    "method": "PUT",
    "url": "https://acme.example.com/{{ data.id }}",
    "headers": [
        {"name": "X-Team", "value": "iam"},
        {"name": "X-Api-Key", "value": "k3y"},
        {"name": "X-Plain-Token", "value": "{{ data.id }}", "secret": False},
        {"name": "X-Hidden", "value": "h1dden", "secret": True},
        {"name": "X-Ref", "value": "${env:NAME}"},
    ],
    "auth": {
        "type": "oauth2",
        "grant": "password",
        "token_url": "https://acme.example.com/token",
        "client_id": "abc",
        "client_secret": "s3cret",
        "username": "robot",
        "password": "p4ss",
        "scopes": ["a", "b"],
        "client_authentication": "basic",
    },
    "content_type": "application/json",
    "body": '{\n  "a": "{{> note }}",\n  "b": "{{ data.id }}"\n}\n',
    "partials": {"note": "{{ data.justification }}"},
    "strict": True,
    "triggers": ["RequestCreated", "Manual"],
    "filters": {
        "integration": ["prod db", "a, b"],
        "min_duration_seconds": 3600,
        "hour": ["9-17"],
        "not": {"requester": ["robot@example.com"], "max_duration_seconds": 1.5},
        "expression": 'data.id != "1"',
        "time_zone": "Europe/Berlin",
    },
    "timeout_seconds": 12.5,
    "connect_timeout_seconds": 5,
    "first_byte_timeout_seconds": 7,
    "response_validators": [
        {"json_path": "$.result.number", "expected_values": []},
        {"json_path": "$.state", "expected_values": ["1", "2"]},
    ],
    "success": "generic",
    "retry": {"attempts": 3, "max_age_hours": 0.5, "schedule_seconds": [1, 2.5]},
    "limits": {"concurrency": 2, "per_minute": 60},
    "order": "per_request",
    "reconcile": {
        "method": "POST",
        "url": "https://acme.example.com/search",
        "headers": {"X-Team": "a: b"},
        "body": '{"q": "{{ event_id }}"}',
        "match": "$.rows[*].id",
        "equals": "{{ event_id }}",
        "captures": {"number": "$.number"},
        "wait_seconds": 60,
    },
    "captures": {"group": "$.group"},
    "actions": {
        "Manual": {
            "method": "PATCH",
            "url": "https://acme.example.com/{{receipt.number}}",
            "body": "{}",
            "without_receipt": "create",
            "reconcile": {
                "method": "GET",
                "url": "https://acme.example.com/{{receipt.number}}",
                "match": "$.last",
                "equals": "{{ event_id }}",
                "wait_seconds": 300,
            },
        }
    },
    "tls": {"ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
    "signing": {
        "keys": [
            {"secret": "whsec_c2lnbmluZ3NpZ25pbmdzaWduaW5nc2lnbmluZzE="},
            {"secret": "${env:OLD_KEY}", "until": "2026-12-01T10:30:00Z"},
            {"secret": "whsec_c2lnbmluZ3NpZ25pbmdzaWduaW5nc2lnbmluZzI=", "until": "2026-12-01T10:30:07Z"},
        ]
    },
}


def read(raw: dict[str, Any]) -> Webhook:
    return read_definition(raw, id=WebhookId("whk_1"), allowance=Allowance())


def sent(typed: Typed) -> Typed:
    """What a browser sends of a page that shows it."""
    fields = list(typed.texts.items()) + [(name, value) for name, values in typed.lists.items() for value in values]
    plain = (("header", typed.headers), ("validator", typed.validators))
    for kind, rows in (*plain, ("partial", typed.partials), ("signing", typed.signing)):
        fields += [(f"{kind}.{at}.{name}", text) for at, row in enumerate(rows) for name, text in row.texts.items()]
    fields += [("kept", name) for name in typed.kept]
    return typed_of(form_of(urlencode(fields).encode()))


def test_a_batch_is_shown_and_sent_back() -> None:
    url = "https://acme.service-now.com/api/now/table/incident"
    raw = {
        "name": "b",
        "url": url,
        "triggers": ["Manual"],
        "body": "{}",
        "batch": {"size": 20, "wait_milliseconds": 50},
    }
    webhook = read(raw)
    back = definition_of(sent(typed_of_definition(shown(webhook, masked))))
    assert back["batch"] == raw["batch"]
    assert read(back) == webhook


@pytest.mark.parametrize("auth", ["none", "bearer", "basic", "api_key", "oauth2", "client_certificate"])
def test_what_is_shown_and_sent_back_untouched_changes_nothing(auth: str) -> None:
    raw = FULL if auth == "oauth2" else FULL | {"auth": AUTHS[auth]}
    webhook = read_definition(raw, id=WebhookId("whk_1"), allowance=None)
    back = definition_of(sent(typed_of_definition(shown(webhook, masked))))
    again = read_definition(fill_masked(back, shown(webhook, reveal)), id=WebhookId("whk_1"), allowance=None)
    assert again == webhook


PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
AUTHS: dict[str, dict[str, str]] = {
    "none": {"type": "none"},
    "bearer": {"type": "bearer", "token": "t0ken"},
    "basic": {"type": "basic", "username": "robot", "password": "p4ss"},
    "api_key": {"type": "api_key", "header": "x-sn-apikey", "key": "k3y"},
    "client_certificate": {
        "type": "client_certificate",
        "certificate": PEM,
        "private_key": "${file:/run/key}",
        "passphrase": "p4ss",
    },
}


def test_no_secret_is_in_what_is_shown() -> None:
    typed = typed_of_definition(shown(read(FULL), masked))
    text = str(typed)
    assert not any(secret in text for secret in ("s3cret", "p4ss", "k3y", "h1dden", "whsec_"))
    assert "${env:NAME}" in text


def test_every_preset_fits_into_the_form() -> None:
    for preset in by_name().values():
        back = definition_of(sent(typed_of_definition(preset.definition)))
        assert back["body"] == preset.definition["body"]
        assert back["triggers"] == preset.definition["triggers"]
        assert back["auth"] == preset.definition.get("auth", {"type": "none"})
        for name in ("reconcile", "actions", "order"):
            assert back.get(name) == preset.definition.get(name)


def test_secrets_of_every_authentication_are_known_as_such() -> None:
    named = {name for names in AUTH_FIELDS.values() for name in names}
    assert named >= SECRETS


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("name", "name"),
        ("triggers[2]", "triggers"),
        ("headers[1]", "header.1.name"),
        ("headers.x-team", "header.0.name"),
        ("auth.token_url", "auth.oauth2.token_url"),
        ("auth.type", "auth.type"),
        ("filters.integration[1]", "filter.integration"),
        ("filters.not.requester", "except.requester"),
        ("filters.expression", "filters.expression"),
        ("response_validators[1].json_path", "validator.1.path"),
        ("response_validators[0].expected_values[1]", "validator.0.values"),
        ("retry.schedule_seconds[1]", "retry.schedule_seconds"),
        ("partials.note", "partial.0.text"),
        ("reconcile.captures.number", "reconcile.captures"),
        ("reconcile.headers.X-Team", "reconcile.headers"),
        ("captures.group", "captures"),
        ("actions.Manual.url", "actions.Manual.url"),
        ("actions.Manual.reconcile.captures.number", "actions.Manual.reconcile.captures"),
        ("signing", "signing"),
        ("signing.keys", "signing"),
        ("signing.keys[1]", "signing.1.key"),
        ("signing.keys[1].secret", "signing.1.key"),
        ("signing.keys[2].until", "signing.2.until"),
        ("", ""),
    ],
)
def test_a_problem_finds_its_field(path: str, field: str) -> None:
    typed = typed_of_definition(shown(read(FULL), masked))
    assert field_of(path, typed) == field
    assert by_field([Problem(path, "is odd")], typed) == {field: (Problem(path, "is odd"),)}
    assert label_of(path) or not path


def test_a_blank_row_is_no_row_and_a_number_that_is_none_stays_as_typed() -> None:
    body = urlencode({"header.0.name": "", "header.0.value": " ", "header.3.name": "X-A", "timeout_seconds": "soon"})
    raw = definition_of(typed_of(form_of(body.encode())))
    assert raw["headers"] == [{"name": "X-A", "value": ""}]
    assert raw["timeout_seconds"] == "soon"
