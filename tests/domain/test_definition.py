"""What a definition of a webhook means, and what every faulty one is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import Basic, Bearer, ClientAuthentication, Grant, NoCredential, OAuth2
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.errors import Refused
from grantwire.domain.event import Family
from grantwire.domain.filter import Clause, Dimension
from grantwire.domain.secret import MASK, Secret
from grantwire.domain.target import Header, Method
from grantwire.domain.webhook import SuccessRule, Webhook, WebhookId

NOBODY = Allowance()
EXAMPLE = """
name: ServiceNow prod
active: true
kind: request
method: POST
url: https://acme.service-now.com/api/now/table/incident
headers:
  X-Team: iam
auth:
  type: oauth2
  grant: client_credentials
  token_url: https://acme.service-now.com/oauth_token.do
  client_id: abc
  client_secret: ${env:SN_CLIENT_SECRET}
  scopes: []
body: |
  {"short_description": "{{ data.access_groups.[0].integration.name }}", "cause": "{{ event_type }}"}
triggers: [RequestCreated, AccessRequestApproved, RequestApproved, Manual]
filters:
  integration: [prod db]
  resource_type: postgresql-database
  expression: data.access_duration_in_seconds > 3600
  not: {requester: [bot@example.com]}
timeout_seconds: 30
response_validators:
  - json_path: $.result.number
    expected_values: []
  - {json_path: $.result.state, expected_values: [1, true, "x"]}
retry: {attempts: 5, max_age_hours: 1.5, schedule_seconds: [1, 2.5]}
limits: {concurrency: 4, per_minute: 600}
"""


def read(raw: Any, *, allowed: tuple[str, ...] = (), **changes: Any) -> Webhook:
    return read_definition(raw, id=WebhookId("whk_1"), allowance=Allowance.of(allowed), **changes)


def small(**fields: Any) -> dict[str, Any]:
    return {"name": "a", "url": "https://example.com/in", "triggers": ["RequestCreated"], "body": "{}"} | fields


def faults(raw: Any, **given: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        read(raw, **given)
    assert all(not problem.is_warning for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def reveal(secret: Secret) -> object:
    return secret.reveal()


def test_the_example_of_the_documentation_is_read_field_by_field() -> None:
    webhook = read(yaml.safe_load(EXAMPLE))
    assert (webhook.name, webhook.active, webhook.kind) == ("ServiceNow prod", True, Family.REQUEST)
    assert webhook.target.method is Method.POST
    assert webhook.target.headers == (Header("X-Team", "iam"),)
    assert webhook.credential == OAuth2(
        Grant.CLIENT_CREDENTIALS,
        "https://acme.service-now.com/oauth_token.do",
        "abc",
        Secret("${env:SN_CLIENT_SECRET}"),
        client_authentication=ClientAuthentication.BODY,
    )
    assert webhook.triggers == ("RequestCreated", "RequestApproved", "Manual")
    assert webhook.filters.clauses == (
        Clause(Dimension.INTEGRATION, ("prod db",)),
        Clause(Dimension.RESOURCE_TYPE, ("postgresql-database",)),
        Clause(Dimension.REQUESTER, ("bot@example.com",), is_negated=True),
    )
    assert webhook.filters.expression == "data.access_duration_in_seconds > 3600"
    assert webhook.timeouts.total == timedelta(seconds=30)
    assert webhook.validators[0].expected_values == ()
    assert webhook.validators[1].expected_values == ("1", "true", "x")
    assert (webhook.retry.attempts, webhook.retry.max_age) == (5, timedelta(hours=1.5))
    assert webhook.retry.steps_seconds == (1, 2.5)
    assert (webhook.limits.concurrency, webhook.limits.per_minute) == (4, 600)
    assert webhook.success is SuccessRule.SERVICENOW


def test_what_is_left_out_has_a_default() -> None:
    webhook = read({"name": "a", "url": "https://example.com", "triggers": ["Manual"]})
    assert (webhook.active, webhook.kind, webhook.target.method) == (True, Family.REQUEST, Method.POST)
    assert webhook.credential == NoCredential()
    assert (webhook.body, webhook.content_type) == (None, "application/json")
    assert webhook.retry.attempts == 10


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://x.service-now.com/api/now/table/incident", SuccessRule.SERVICENOW),
        ("https://x.service-now.com/api/now/v2/table/incident?a=b", SuccessRule.SERVICENOW),
        ("https://snow.example.com/api/now/import/u_stage", SuccessRule.SERVICENOW),
        ("https://x.service-now.com/api/now/table/{{ data.id }}", SuccessRule.SERVICENOW),
        ("https://x.service-now.com/api/acme/access", SuccessRule.GENERIC),
        ("https://example.com/in", SuccessRule.GENERIC),
    ],
)
def test_the_rule_of_success_follows_the_path_unless_it_is_given(url: str, rule: SuccessRule) -> None:
    assert read(small(url=url)).success is rule
    assert read(small(url=url, success="generic")).success is SuccessRule.GENERIC


def test_audit_and_integration_webhooks_take_every_trigger_of_their_kind_when_none_is_named() -> None:
    raw = {"name": "a", "url": "https://example.com", "kind": "integration"}
    own = ("WebhookFailing", "WebhookPaused", "WebhookRecovered", "CredentialExpiring")
    assert read(raw).triggers == ("IntegrationWarning", "IntegrationError", *own)
    assert read(raw | {"kind": "audit"}).triggers == ("AuditLog",)
    assert "triggers: needs at least one trigger" in faults(raw | {"triggers": []})[0]


TERRIBLE = """
name: "bad/name "
active: "yes"
methd: POST
method: PSOT
url: http://user:pw@127.0.0.1:8081/x y#f
headers: {Host: a, X-B: "c\\nd", X-C: "<PUT IT>", x-c: e, X-Token: "{{data.id}}", X-R: "${env:}", X-D: "{{#if}}"}
auth: {type: oauth2, grant: password, token_url: "http://x.y:99/", client_id: "<ID>", client_secret: 5, scope: a}
body: |
  {"a": "{{ data.id }",
   "b": {{#if x}}1{{/each}}}
triggers: [RequestCreate, AuditLog, 5]
filters:
  integraton: a
  action: [x]
  hour: [25]
  weekday: [Mo]
  integration: []
  expression: "data.x == "
  time_zone: Mars/Phobos
  not: {approval_mode: automatc}
  min_duration_seconds: "x"
timeout_seconds: 500
response_validators: [{json_path: "$.a["}, {json_pth: "$"}, 5]
retry: {attempts: 0, max_age_hours: -1, schedule_seconds: [1, x]}
limits: {concurrency: 1.5}
success: generc
content_type: json
"""


def test_every_fault_of_a_terrible_definition_is_told_at_once() -> None:
    found = faults(yaml.safe_load(TERRIBLE), path="webhooks[0]")
    paths = {line.split(": ")[0] for line in found}
    assert {path.removeprefix("webhooks[0].") for path in paths} == {
        "name",
        "active",
        "methd",
        "method",
        "url",
        "headers.Host",
        "headers.X-B",
        "headers.X-C",
        "headers.x-c",
        "headers.X-Token",
        "headers.X-R",
        "headers.X-D (line 1, column 1)",
        "auth.token_url",
        "auth.client_id",
        "auth.client_secret",
        "auth.username",
        "auth.password",
        "auth.scope",
        "body (line 1, column 8)",
        "body (line 2, column 7)",
        "body (line 2, column 17)",
        "triggers[0]",
        "triggers[1]",
        "triggers[2]",
        "filters.integraton",
        "filters.action",
        "filters.hour",
        "filters.weekday",
        "filters.integration",
        "filters.expression (line 1, column 11)",
        "filters.time_zone",
        "filters.not.approval_mode",
        "filters.min_duration_seconds",
        "timeout_seconds",
        "response_validators[0].json_path (line 1, column 5)",
        "response_validators[1].json_path",
        "response_validators[1].json_pth",
        "response_validators[2]",
        "retry.attempts",
        "retry.max_age_hours",
        "retry.schedule_seconds[1]",
        "limits.concurrency",
        "success",
        "content_type",
    }


@pytest.mark.parametrize("raw", [None, [], "x", 5, {}, {"name": None, "url": "", "triggers": {}}])
def test_a_definition_that_is_none_is_refused_not_broken(raw: Any) -> None:
    assert faults(raw)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/", "must use HTTPS"),
        ("https://example.com:8443/", "must not name a port of its own, found 8443"),
        ("https://user:pw@example.com/", "user name or password"),
        ("https://<SERVICENOW_INSTANCE_ID>.service-now.com/api", "placeholder <SERVICENOW_INSTANCE_ID>"),
        ("https://example.com/<your token>/x", "placeholder <your token>"),
        ("https://{{ data.id }}.example.com/", "host must be written out"),
        ("https://example.com:{{ data.port }}/", "host must be written out"),
        ("{{ data.url }}", "is no URL"),
        ("https//:hooks.slack.com/x", "is no URL"),
        ("example.com", "is no URL"),
        ("ftp://example.com", "must use HTTPS, found ftp"),
        ("https:///path", "no host"),
        ("https://exa mple.com/", "spaces"),
        ("https://example.com/a\\b", "backslashes"),
        ("https://example.com\\@evil.example/", "backslashes"),
        ("https://example.com/#top", "fragment"),
        ("https://example.com:99999/", "Port out of range"),
        ("https://10.1.2.3/", "no public address"),
        ("https://169.254.169.254/latest", "no public address"),
        ("https://[::1]/", "no public address"),
        ("https://[::ffff:10.0.0.1]/", "no public address"),
        ("https://localhost/", "no public address"),
        ("https://2130706433/", "reads as an address"),
        ("https://0x7f.1/", "reads as an address"),
        ("https://db.internal/", "no public address"),
        ("https://münchen.de/", "Write it as xn--mnchen-3ya.de."),
        ("https://example.com/" + "x" * 2048, "at most 2048"),
        ("https://example.com/${env:TOKEN}", "reference"),
    ],
)
def test_a_url_that_breaks_a_rule_is_told_which(url: str, words: str) -> None:
    assert any(line.startswith("url") and words in line for line in faults(small(url=url)))
    oauth = {"type": "oauth2", "client_id": "a", "client_secret": "b", "token_url": url}
    if "{{" not in url:
        assert any(line.startswith("auth.token_url") and words in line for line in faults(small(auth=oauth)))


def test_an_allowed_origin_may_break_the_rules_of_https_port_and_address_and_no_other_may() -> None:
    origin = "http://127.0.0.1:8081"
    assert read(small(url=f"{origin}/api/now/table/incident"), allowed=(origin,))
    assert len(faults(small(url="http://127.0.0.1:8082/"), allowed=(origin,))) == 3
    assert len(faults(small(url="https://127.0.0.1:8081/"), allowed=(origin,))) == 2
    assert "user name" in faults(small(url="http://a:b@127.0.0.1:8081/"), allowed=(origin,))[0]


def test_the_port_443_is_no_port_of_its_own() -> None:
    assert read(small(url="https://example.com:443/x"))


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "proxy-authorization",
        "Cookie",
        "X-Api-Key",
        "x-sn-apikey",
        "DD-API-KEY",
        "X-Auth-Token",
        "DD-APPLICATION-KEY",
    ],
)
def test_a_header_with_a_telling_name_is_a_secret(name: str) -> None:
    (header,) = read(small(headers={name: "abc"})).target.headers
    assert header.value == Secret("abc")


def test_headers_are_a_map_or_rows_and_say_themselves_what_is_secret() -> None:
    rows = [
        {"name": "X-A", "value": "1"},
        {"key": "X-B", "value": "2", "secret": True},
        {"name": "X-Token-Kind", "value": "{{ data.id }}", "secret": False},
        {"name": "X-C", "value": "${file:/run/secrets/c}"},
        {"name": "Authorization", "value": "x", "secret": False},
    ]
    webhook = read(small(headers=rows))
    assert [header.value for header in webhook.target.headers] == [
        "1",
        Secret("2"),
        "{{ data.id }}",
        Secret("${file:/run/secrets/c}"),
        Secret("x"),
    ]
    assert read(write_definition(webhook, show=reveal)) == webhook


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "1"},
        {"Transfer-Encoding": "chunked"},
        {"connection": "close"},
        {"Grantwire-Event": "x"},
        {"a b": "x"},
        {"": "x"},
        {"X-A": "a\r\nX-B: b"},
        {"Authorization": "Bearer a\n"},
        {"X-A": None},
        {"X-A": ["b"]},
        {"Authorization": "Bearer <SERVICENOW_TOKEN>"},
        {"Authorization": "Bearer ${TOKEN}"},
        {"Authorization": "${file:relative}"},
        {"Authorization": ""},
        [{"name": "X-A"}],
        [{"name": "X-A", "value": "b", "secrt": True}],
        [{"name": "X-A", "value": "b", "secret": "yes"}],
        [5],
        "X-A: b",
    ],
)
def test_a_header_that_could_not_be_sent_is_refused(headers: Any) -> None:
    assert all(line.startswith("headers") for line in faults(small(headers=headers)))


def test_a_placeholder_left_in_the_guides_webhook_is_named() -> None:
    raw = small(
        url="https://<SERVICENOW_INSTANCE_ID>.service-now.com/api/now/table/incident",
        headers={"Authorization": "Bearer <SERVICENOW_TOKEN>"},
    )
    assert faults(raw) == [
        "headers.Authorization: still holds the placeholder <SERVICENOW_TOKEN>",
        "url: still holds the placeholder <SERVICENOW_INSTANCE_ID>",
    ]


def test_auth_and_a_header_cannot_both_say_who_we_are() -> None:
    auth = {"type": "bearer", "token": "t"}
    assert faults(small(auth=auth, headers={"authorization": "x"})) == [
        "headers.authorization: the header authorization is set by auth already. Keep one of the two."
    ]


def test_a_content_type_among_the_headers_is_the_content_type() -> None:
    webhook = read(small(headers={"content-type": "application/xml; charset=utf-8"}, body="<a>{{ data.id }}</a>"))
    assert webhook.content_type == "application/xml; charset=utf-8"
    assert webhook.target.headers == ()
    assert "content_type" in faults(small(headers={"Content-Type": "a/b"}, content_type="c/d"))[0]


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (None, NoCredential()),
        ({"type": "none"}, NoCredential()),
        ({"type": "bearer", "token": "t"}, Bearer(Secret("t"))),
        ({"type": "Basic", "username": "u", "password": "p"}, Basic("u", Secret("p"))),
    ],
)
def test_auth_is_read_by_its_type(auth: Any, expected: object) -> None:
    assert read(small(auth=auth)).credential == expected


@pytest.mark.parametrize(
    ("auth", "path"),
    [
        ({"token": "t"}, "auth.type"),
        ({"type": "hmac", "key": "k"}, "auth.type"),
        ({"type": "bearer"}, "auth.token"),
        ({"type": "bearer", "token": "t", "user": "u"}, "auth.user"),
        ({"type": "bearer", "token": MASK}, "auth.token"),
        ({"type": "bearer", "token": {"sealed": "x"}}, "auth.token"),
        ({"type": "basic", "username": "${env:U}", "password": "p"}, "auth.username"),
        ({"type": "api_key", "header": "Host", "key": "k"}, "auth.header"),
        ({"type": "client_certificate", "certificate": "x", "private_key": "k"}, "auth.certificate"),
        ({"type": "client_certificate", "certificate": "${file:here}", "private_key": "k"}, "auth.certificate"),
        (
            {
                "type": "oauth2",
                "grant": "refresh_token",
                "token_url": "https://a.example/t",
                "client_id": "a",
                "client_secret": "b",
            },
            "auth.refresh_token",
        ),
        ("bearer t", "auth"),
    ],
)
def test_a_faulty_auth_is_told_where(auth: Any, path: str) -> None:
    assert [line.split(":")[0] for line in faults(small(auth=auth))] == [path]


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ({"ca": "x"}, "tls.ca must be PEM text"),
        ({"ca": "${file:relative.pem}"}, "tls.ca holds ${ but no reference"),
        ({"ca": ""}, "tls.ca must not be empty"),
        ({}, "tls.ca is missing"),
        ({"ca": "${file:/run/ca.pem}", "verify": False}, "tls.verify is not a known field"),
        ({"ca": "${file:/run/ca.pem}", "insecure_skip_verify": True}, "tls.insecure_skip_verify is not a known field"),
    ],
)
def test_there_is_no_way_to_turn_verification_off(tls: Any, told: str) -> None:
    (line,) = faults(small(tls=tls))
    assert told in line.replace(":", "")


def test_the_authority_of_a_webhook_counts_at_its_token_endpoint_too() -> None:
    oauth = {"type": "oauth2", "token_url": "https://example.com/t", "client_id": "c", "client_secret": "s"}
    webhook = read(small(auth=oauth, tls={"ca": "${file:/run/ca.pem}"}))
    assert isinstance(webhook.credential, OAuth2)
    assert webhook.credential.ca == webhook.trust.ca == "${file:/run/ca.pem}"


def test_no_secret_is_ever_in_a_problem() -> None:
    secret = "s3cr3t-value"
    raw = small(
        url=5,
        headers={"Authorization": f"{secret}\n", "X-Api-Key": f"{{{{{secret}}}}}", "X-Token": f"${{{secret}"},
        auth={"type": "oauth2", "client_secret": f"{secret} <HERE>", "password": [secret], "token": secret},
    )
    assert secret not in " ".join(faults(raw))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("data.x ==", "is not CEL"),
        ("requester.name == 'x'", "'requester' is not known"),
        ("dta.id == '1'", "Did you mean data?"),
        ("data.id.startWith('a')", "Did you mean startsWith?"),
        ("(" * 40 + "true" + ")" * 40, "brackets deep"),
        ("[1].exists(a, " * 4 + "true" + ")" * 4, "loops within each other"),
        ("true || " * 600 + "true", "at most 4096"),
        ("data.id" + "+ data.id" * 21 + " != ''", "has 21 additions"),
        (" ", "must not be empty"),
    ],
)
def test_a_faulty_expression_is_refused(expression: str, words: str) -> None:
    (line,) = faults(small(filters={"expression": expression}))
    assert line.startswith("filters.expression")
    assert words in line


def test_the_store_reads_back_what_a_stricter_rule_would_refuse() -> None:
    raw = small(url="http://10.0.0.1:99/", body="{{", filters={"expression": "nope"})
    webhook = read_definition(raw, id=WebhookId("w"), allowance=None, version=7, paused_why="by hand")
    assert (webhook.version, webhook.paused_why) == (7, "by hand")


def test_a_secret_can_be_sealed_on_the_way_out_and_opened_on_the_way_in() -> None:
    webhook = read(yaml.safe_load(EXAMPLE) | {"headers": [{"name": "X-Q", "value": "q", "secret": True}]})
    opened: list[str] = []

    def unseal(value: Any, path: str) -> Secret:
        opened.append(path)
        return Secret(value["sealed"][::-1])

    written = write_definition(webhook, show=lambda secret: {"sealed": secret.reveal()[::-1]})
    again = read_definition(written, id=webhook.id, allowance=NOBODY, open_secret=unseal)
    assert again == webhook
    assert sorted(opened) == ["auth.client_secret", "headers.x-q"]


# ── read after write is the identity ─────────────────────────────────────────────────────────────────────
WORDS = st.text("abcdefghij ÄÖ_-0123456789", min_size=1, max_size=20).filter(lambda text: text.strip() == text)
SECRETS = st.one_of(WORDS, st.just("${env:A_B}"), st.just("Bearer ${file:/run/x}"))
NAMES = st.sampled_from(["X-A", "X-B", "Authorization", "X-Api-Key", "X-Token", "Accept", "Cookie"])
ROWS = st.lists(
    st.fixed_dictionaries({"name": NAMES, "value": WORDS}, optional={"secret": st.booleans()}),
    unique_by=lambda row: row["name"],
    max_size=4,
)
AUTHS = st.one_of(
    st.none(),
    st.fixed_dictionaries({"type": st.just("basic"), "username": WORDS, "password": SECRETS}),
    st.fixed_dictionaries({"type": st.just("api_key"), "header": st.just("X-Key"), "key": SECRETS}),
    st.fixed_dictionaries(
        {
            "type": st.just("oauth2"),
            "grant": st.sampled_from(["client_credentials", "password", "refresh_token"]),
            "token_url": st.just("https://example.com/token"),
            "client_id": WORDS,
            "client_secret": SECRETS,
            "username": WORDS,
            "password": SECRETS,
            "refresh_token": SECRETS,
        },
        optional={"scopes": st.lists(WORDS), "client_authentication": st.sampled_from(["body", "basic"])},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("client_certificate"),
            "certificate": st.sampled_from(["-----BEGIN CERTIFICATE-----\nx", "${file:/run/own.pem}"]),
            "private_key": SECRETS,
        },
        optional={"passphrase": SECRETS},
    ),
)
VALUES = st.lists(WORDS, min_size=1, max_size=3)
CLAUSES = st.fixed_dictionaries(
    {},
    optional={
        "integration": VALUES,
        "resource": VALUES,
        "custom_field": VALUES,
        "approval_mode": st.just("Manual"),
        "weekday": st.lists(st.sampled_from(["mon", "Sun"]), min_size=1),
        "hour": st.lists(st.sampled_from(["9-17", "22-6", "5"]), min_size=1),
        "min_duration_seconds": st.floats(0, 1e8) | st.integers(0, 10**8),
    },
)
SECONDS = st.floats(0.1, 300) | st.integers(1, 300)
DEFINITIONS = st.fixed_dictionaries(
    {
        "name": WORDS,
        "url": st.sampled_from(
            ["https://example.com/{{ data.id }}", "https://x.service-now.com/api/now/table/incident"]
        ),
        "triggers": st.lists(st.sampled_from(["RequestCreated", "AccessRequestFailed", "Manual"]), min_size=1),
    },
    optional={
        "active": st.booleans(),
        "method": st.sampled_from(["POST", "put", "GET"]),
        "headers": ROWS,
        "auth": AUTHS.filter(lambda auth: auth is None or auth["type"] in {"api_key", "client_certificate"})
        | st.none(),
        "body": st.sampled_from(["{}", '{"a": "{{ event_type }}"}', None]),
        "content_type": st.sampled_from(["application/json", "application/vnd.x+json; charset=utf-8"]),
        "partials": st.dictionaries(st.sampled_from(["p", "q"]), st.just('"x"')),
        "strict": st.booleans(),
        "filters": st.builds(
            lambda wanted, unwanted, extra: wanted | ({"not": unwanted} if unwanted else {}) | extra,
            CLAUSES,
            CLAUSES,
            st.sampled_from([{}, {"expression": "data.id != ''"}, {"time_zone": "UTC"}]),
        ),
        "timeout_seconds": st.integers(10, 300) | st.floats(10, 300),
        "connect_timeout_seconds": st.floats(0.1, 10),
        "first_byte_timeout_seconds": st.floats(0.1, 10),
        "response_validators": st.lists(
            st.fixed_dictionaries({"json_path": st.just("$.a")}, optional={"expected_values": st.lists(WORDS)})
        ),
        "success": st.sampled_from(["generic", "servicenow"]),
        "retry": st.fixed_dictionaries(
            {},
            optional={
                "attempts": st.integers(1, 100),
                "max_age_hours": st.floats(0.01, 720),
                "schedule_seconds": st.lists(st.floats(0.1, 86400) | st.integers(1, 86400), min_size=1, max_size=4),
            },
        ),
        "tls": st.sampled_from([{"ca": "-----BEGIN CERTIFICATE-----\nx"}, {"ca": "${file:/run/ca.pem}"}, None]),
        "order": st.sampled_from(["none", "per_request", "Per_Request", None]),
        "limits": st.fixed_dictionaries(
            {}, optional={"concurrency": st.integers(1, 1000), "per_minute": st.integers(1, 1000)}
        ),
    },
)


@given(DEFINITIONS)
def test_what_is_written_is_read_as_the_same_webhook(raw: dict[str, Any]) -> None:
    webhook = read(raw)
    written = write_definition(webhook, show=reveal)
    assert read(written) == webhook
    assert read(yaml.safe_load(yaml.safe_dump(written, sort_keys=False))) == webhook


@given(AUTHS)
def test_every_credential_is_written_as_it_was_read(auth: Any) -> None:
    webhook = read(small(auth=auth))
    assert read(write_definition(webhook, show=reveal)) == webhook


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _spots(value: Any, spot: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield spot
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _spots(child, (*spot, key))


@given(st.data())
def test_junk_anywhere_in_a_definition_is_refused_or_read_and_never_breaks(data: st.DataObject) -> None:
    raw = yaml.safe_load(EXAMPLE)
    *before, last = data.draw(st.sampled_from([spot for spot in _spots(raw) if spot]))
    parent = raw
    for key in before:
        parent = parent[key]
    parent[last] = data.draw(JUNK)
    try:
        webhook = read(raw)
    except Refused:
        return
    assert read(write_definition(webhook, show=reveal)) == webhook


def test_the_body_of_the_guide_is_taken_as_it_is() -> None:
    body = Path(__file__).parents[2].joinpath("src/grantwire/presets/servicenow_guide.hbs").read_text()
    assert read(small(body=body)).body == body
