"""Which events a webhook wants, and the words for those it does not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.allowance import Allowance
from grantwire.domain.cel_library import cel
from grantwire.domain.decode_event import read_event
from grantwire.domain.definition import read_definition
from grantwire.domain.event import Event, Family
from grantwire.domain.event_facts import _READERS
from grantwire.domain.event_types import event_types, names_of
from grantwire.domain.expression import problems_of
from grantwire.domain.expression_outline import Outline, only
from grantwire.domain.filter import FAMILIES, Dimension
from grantwire.domain.hours import hours_in
from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.steps.explain import explain
from grantwire.steps.match import compile_match
from grantwire.steps.match_clause import Finding
from grantwire.steps.match_expression import compile_expression

NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def event(kind: str = "RequestCreated", *, at: Any = "2026-11-23T16:30:00Z", **data: Any) -> Event:
    envelope = event_types()[kind].sample() | {"event_time": at}
    envelope["data"].update(data)
    return read_event(envelope, body=b"{}", accepted_at=NOW, new_id=lambda: "evt_1")


def bare(**data: Any) -> Event:
    raw = {"event_type": "RequestCreated", "event_time": 0, "data": {"id": "r"} | data}
    return read_event(raw, body=b"{}", accepted_at=NOW, new_id=lambda: "evt_1")


def webhook(kind: Family = Family.REQUEST, **fields: Any) -> Webhook:
    raw = {"name": "a", "kind": str(kind), "url": "https://example.com", "body": "{}", "triggers": list(names_of(kind))}
    return read_definition(raw | fields, id=WebhookId("w"), allowance=Allowance())


def why_not(filters: dict[str, Any], of: Event | None = None, kind: Family = Family.REQUEST) -> str | None:
    return compile_match(webhook(kind, filters=filters)).why_not(of or event())


def test_without_filters_the_trigger_decides() -> None:
    matcher = compile_match(webhook(triggers=["RequestApproved", "RequestExpired"]))
    assert matcher.why_not(event("RequestApproved")) is None
    assert matcher.why_not(event()) == "trigger RequestCreated is not among RequestApproved, RequestExpired"


def test_the_alias_of_a_trigger_fires_like_its_name() -> None:
    envelope = event_types()["RequestCreated"].sample() | {"event_type": "AccessRequestCreated"}
    by_alias = read_event(envelope, body=b"", accepted_at=NOW, new_id=lambda: "e")
    assert compile_match(webhook(triggers=["AccessRequestCreated"])).why_not(by_alias) is None


def test_an_inactive_webhook_wants_nothing_and_a_paused_one_as_before() -> None:
    assert compile_match(webhook(active=False)).why_not(event()) == "inactive"


MATCHING = [
    ({"integration": ["prod db"]}, {}),
    ({"integration": ["PROD DB"]}, {}),
    ({"integration": ["integration-4"]}, {}),
    ({"integration": ["staging", "aws*"]}, {}),
    ({"integration_type": ["postgresql"]}, {}),
    ({"resource_type": ["postgresql-database"]}, {}),
    ({"resource_type": ["Postgresql/Database"]}, {}),
    ({"resource": ["orders"]}, {}),
    ({"resource": ["prod db/*"]}, {}),
    ({"resource": ["prod ??/ORDERS"]}, {}),
    ({"resource": ["res-3"]}, {}),
    ({"permission": ["read"]}, {}),
    ({"requester": ["maeve.obrien@example.com"]}, {}),
    ({"requester": ["*@EXAMPLE.com"]}, {}),
    ({"requester": ["user-17"]}, {}),
    ({"requester_group": ["sre"]}, {"requester": {"id": "u", "groups": ["SRE", "dba"]}}),
    ({"requester_group": ["g-1"]}, {"requester": {"id": "u", "groups": [{"id": "g-1", "name": "SRE"}]}}),
    ({"grantee": ["Maeve O'Brien"]}, {}),
    ({"grantee": ["maeve.obrien@example.com"]}, {}),
    ({"grantee_type": ["user"]}, {}),
    ({"access_flow": ["flow-8"]}, {}),
    ({"bundle": ["checkout on call"]}, {}),
    ({"access_scope": ["prod"]}, {"access_scope": {"id": "s1", "name": "Prod"}}),
    ({"approval_mode": ["manual"]}, {}),
    ({"approval_mode": ["automatic"]}, {"approvals": []}),
    ({"approval_mode": ["automatic"]}, {"approval_mode": "automatic"}),
    ({"trigger_type": ["self_serve"]}, {"trigger_type": "SELF-SERVE"}),
    ({"trigger_type": ["automatic"]}, {"access_flow": {"id": "f", "trigger": {"type": "AUTOMATIC"}}}),
    ({"min_duration_seconds": 3600}, {}),
    ({"max_duration_seconds": 3600.0}, {}),
    ({"min_duration_seconds": 10**8}, {"access_duration_in_seconds": None}),
    ({"custom_field": ["ticket=inc-*"]}, {}),
    ({"custom_field": ["ticket"]}, {}),
    ({"custom_field": ["n=5"]}, {"custom_fields": {"n": 5}}),
    ({"custom_field": ["flag=true"]}, {"custom_fields": {"flag": True}}),
    ({"label": ["pci"]}, {"labels": ["PCI", "eu"]}),
    ({"environment": ["production"]}, {"environment": "Production"}),
    ({"environment": ["prod"]}, {"custom_fields": {"Env": "prod"}}),
    ({"weekday": ["mon", "Tue"]}, {}),
    ({"hour": ["9-17"]}, {}),
    ({"hour": ["17-18"], "time_zone": "Europe/Berlin"}, {}),
    ({"weekday": ["Tue"], "time_zone": "Asia/Tokyo"}, {}),
    ({"status": ["pending"]}, {"status": "Pending"}),
    ({"not": {"integration": ["staging"]}}, {}),
    ({"not": {"bundle": ["*"]}}, {"access_bundle": None}),
    ({"integration": ["prod db"], "requester": ["user-17"], "not": {"grantee_type": ["group"]}}, {}),
]


@pytest.mark.parametrize(("filters", "data"), MATCHING, ids=lambda case: json.dumps(case)[:70])
def test_a_filter_that_holds(filters: dict[str, Any], data: dict[str, Any]) -> None:
    assert why_not(filters, event(**data)) is None


FIRST_FIVE = "orders, prod db/orders, payments, prod db/payments, checkout-oncall"
NEITHER = "filter expression: could not be told: it gave 'r-1', neither true nor false"
FAILING = [
    ({"integration": ["staging"]}, {}, "filter integration: found prod db, aws prod, wanted staging"),
    ({"integration": ["prod"]}, {}, "filter integration: found prod db, aws prod, wanted prod"),
    ({"integration": ["INTEGRATION-1"]}, {}, "filter integration: found prod db, aws prod, wanted INTEGRATION-1"),
    ({"integration": ["prod db"]}, {"access_groups": None}, "filter integration: found nothing, wanted prod db"),
    ({"permission": ["write", "admin"]}, {}, "filter permission: found read, assume, wanted write or admin"),
    ({"not": {"permission": ["assume"]}}, {}, "filter not permission: found read, assume, excluded is assume"),
    ({"approval_mode": ["automatic"]}, {}, "filter approval_mode: found manual, wanted automatic"),
    ({"approval_mode": ["automatic"]}, {"approvals": None}, "filter approval_mode: found nothing, wanted automatic"),
    ({"min_duration_seconds": 3601}, {}, "filter min_duration_seconds: found 3600, wanted 3601"),
    (
        {"max_duration_seconds": 60},
        {"access_duration_in_seconds": None},
        "filter max_duration_seconds: found no end, wanted 60",
    ),
    (
        {"custom_field": ["ticket=INC-1"]},
        {"custom_fields": {"ticket": "A"}},
        "filter custom_field: found ticket=A, wanted ticket=INC-1",
    ),
    ({"custom_field": ["tick"]}, {}, "filter custom_field: found ticket=INC-2231, cost_center=4711, wanted tick"),
    ({"hour": ["22-6"]}, {}, "filter hour: found 16 (UTC), wanted 22-6"),
    ({"weekday": ["Sat", "Sun"]}, {}, "filter weekday: found Mon (UTC), wanted Sat or Sun"),
    (
        {"resource": ["[a-z]*"]},
        {},
        f"filter resource: found {FIRST_FIVE} and 1 more, wanted [a-z]*",
    ),
    ({"expression": "data.access_duration_in_seconds > 3600"}, {}, "filter expression: is false for this event"),
    ({"expression": "data.tier > 1"}, {}, "filter expression: could not be told: the event has no tier"),
    (
        {"expression": "data.id"},
        {"id": "r-1"},
        "filter expression: could not be told: it gave 'r-1', neither true nor false",
    ),
]


@pytest.mark.parametrize(("filters", "data", "why"), FAILING, ids=lambda case: json.dumps(case)[:70])
def test_a_filter_that_does_not_hold_says_what_it_found_and_wanted(
    filters: dict[str, Any], data: dict[str, Any], why: str
) -> None:
    assert why_not(filters, event(**data)) == why


@pytest.mark.parametrize(
    ("kind", "filters", "holds"),
    [
        ("AuditLog", {"action": ["edit", "delete"]}, True),
        ("AuditLog", {"actor": ["jonas.weber@example.com"], "source": ["Web Application"]}, True),
        ("AuditLog", {"target_type": ["access flow"], "target": ["flow-8"]}, True),
        ("AuditLog", {"target_type": ["bundle"]}, False),
        ("IntegrationError", {"integration": ["prod db"], "integration_type": ["postgresql"]}, True),
        ("IntegrationError", {"integration": ["integration-1"], "status": ["error"]}, True),
        ("IntegrationWarning", {"status": ["Error"]}, False),
        ("IntegrationWarning", {"hour": ["16"], "weekday": ["Mon"]}, True),
    ],
)
def test_audit_and_integration_events_have_filters_of_their_own(
    kind: str, filters: dict[str, Any], holds: bool
) -> None:
    of = event(kind)
    assert (why_not(filters, of, of.family) is None) is holds


@pytest.mark.parametrize("dimension", list(Dimension))
def test_an_event_that_says_nothing_never_satisfies_a_filter_and_always_its_opposite(dimension: Dimension) -> None:
    if Family.REQUEST not in FAMILIES[dimension] or dimension in {Dimension.HOUR, Dimension.WEEKDAY}:
        return
    value: Any = {"approval_mode": "manual", "trigger_type": "automatic"}.get(dimension, "*")
    value = 5 if "duration" in dimension else value
    assert why_not({str(dimension): value}, bare()) is not None
    assert why_not({"not": {str(dimension): value}}, bare()) is None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "type", "tags", "groups", "key", "value", "trigger"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from(list(_READERS)), st.data())
def test_no_odd_field_breaks_a_filter(dimension: Dimension, data: st.DataObject) -> None:
    fields = [
        *("requester", "grantee", "access_groups", "access_flow", "access_scope", "approvals", "labels"),
        *("custom_fields", "environment", "trigger_type", "status", "action"),
    ]
    envelope = {"data": {"id": "r"} | {name: data.draw(JUNK) for name in data.draw(st.sets(st.sampled_from(fields)))}}
    odd = Event("e", "RequestCreated", Family.REQUEST, NOW, NOW, None, envelope, b"")  # type: ignore[arg-type]
    raw = {str(dimension): {"approval_mode": "manual", "trigger_type": "automatic"}.get(dimension, "x")}
    kind = next(iter(FAMILIES[dimension]))
    why = compile_match(
        webhook(kind, triggers=None, filters=raw) if kind is not Family.REQUEST else webhook(filters=raw)
    ).why_not(odd)
    assert why is None or isinstance(why, str)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("9-17", range(9, 17)), ("22-6", [22, 23, 0, 1, 2, 3, 4, 5]), ("5", [5]), ("0-24", range(24)), (" 8 - 9 ", [8])],
)
def test_a_span_of_hours_ends_before_its_end_and_may_cross_midnight(text: str, hours: Any) -> None:
    assert hours_in(text) == frozenset(hours)


@pytest.mark.parametrize("text", ["", "9-", "25", "9-25", "9-9", "nine", "-1", "9:00-17:00"])
def test_what_is_no_span_of_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no span of hours"):
        hours_in(text)


# ── expressions ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("seconds", [7200, 7200.0, 7200.5])
@pytest.mark.parametrize("limit", ["3600", "3600.5"])
def test_whole_numbers_and_fractions_compare_with_each_other(limit: str, seconds: float) -> None:
    source = f"data.access_duration_in_seconds > {limit}"
    assert why_not({"expression": source}, event(access_duration_in_seconds=seconds)) is None


@pytest.mark.parametrize(
    "source",
    [
        "event_type == 'RequestCreated'",
        "event_time.getHours() == 16 && event_time > timestamp('2026-01-01T00:00:00Z')",
        "data.requester.email.lowerAscii().endsWith('@example.com')",
        "data.requester.name.upperAscii().startsWith('MAEVE')",
        "data.access_groups.exists(g, g.integration.name == 'prod db')",
        "data.access_groups.all(g, size(g.access_units) > 0)",
        "data.access_groups.exists(g, g.access_units.exists(u, u.permission.name == 'assume'))",
        "data['requester'].id == 'user-17'",
        "'ticket' in data.custom_fields && data.custom_fields.ticket.matches('^INC-[0-9]+$')",
        "has(data.access_bundle) && data.access_bundle.name != ''",
        "!has(data.tier) || data.tier > 2",
        "data.access_duration_in_seconds in [3600, 7200]",
        "double(data.access_duration_in_seconds) / 60.0 == 60.0",
    ],
)
def test_an_expression_reads_everything_an_event_says(source: str) -> None:
    assert list(problems_of(source, "")) == []
    assert why_not({"expression": source}) is None


@pytest.mark.parametrize(
    "source",
    [
        "1 / 0 == 1",
        "data.requester + 1 == 2",
        "data.id.matches('(')",
        "[1][5] == 1",
        "int(data.id) > 0",
        "data.requester",
    ],
)
def test_an_expression_that_fails_does_not_match_and_says_why(source: str) -> None:
    assert (why_not({"expression": source}) or "").startswith("filter expression: could not be told: ")


def test_loops_within_loops_are_not_tried_on_an_event_that_is_too_large_for_them() -> None:
    source = "data.access_groups.exists(a, data.access_groups.exists(b, data.access_groups.exists(c, a.x == b.x)))"
    groups = [{"x": index} for index in range(500)]
    assert "too large" in (why_not({"expression": source}, event(access_groups=groups)) or "")
    assert "no x" in (why_not({"expression": source}) or "")
    written_out = f"[{'1,' * 1500}1]"
    source = f"{written_out}.exists(a, [1].exists(b, a == 2))"
    assert "too large" in (why_not({"expression": source}) or "")


@pytest.mark.parametrize(
    ("source", "reads", "loops"),
    [
        ("data.a.b == 1", (("a", "b"),), 0),
        ("data.a.b.startsWith('x')", (("a", "b"),), 0),
        ("data . a == 1 && 'data.z' == \"data.y\"", (("a",),), 0),
        ("r'\\' == 'data.q' || data.b", (("b",),), 0),
        ("size(data) > 0", ((),), 0),
        ("data['a'] == 1", ((),), 0),
        ("data.a.exists(x, x.b.all(y, y == data.c))", (("a",), ("c",)), 2),
        ("true // data.a", (), 0),
        ("has(data.a.b) && x.data.c", (("a", "b"),), 0),
    ],
)
def test_what_an_expression_reads_is_told_without_running_it(source: str, reads: Any, loops: int) -> None:
    outline = Outline(source)
    assert (outline.reads(), outline.loops) == (reads, loops)


PIECES = ["data.a", "data.a.b", "data.b.c", "data['a']", "data.a.b.c", "data.c[0].x", "size(data.c)", "has(data.a.b)"]
TREES = st.recursive(
    st.sampled_from([None, 1, 1.5, "x", True]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.dictionaries(st.sampled_from("abc"), TREES))
def test_handing_over_only_what_is_read_never_changes_the_result(pieces: list[str], data: dict[str, Any]) -> None:
    source = "[" + ", ".join(pieces) + "]"

    def result(given_data: Any) -> object:
        try:
            return cel.compile(source).execute({"data": given_data})
        except Exception as error:  # noqa: BLE001 - the kind of the failure is what is compared
            return type(error)

    assert result(only(Outline(source).reads(), data)) == result(data)


def test_an_expression_that_is_true_is_a_finding() -> None:
    assert compile_expression("true").look(event()) == Finding(passed=True, found=("true",))


# ── explain ──────────────────────────────────────────────────────────────────────────────────────────────
def test_explain_names_every_clause_and_not_only_the_first_that_failed() -> None:
    filters = {"integration": ["staging"], "requester": ["user-17"], "not": {"hour": ["9-17"]}, "expression": "false"}
    explanation = explain(webhook(triggers=["RequestApproved"], filters=filters), event())
    assert not explanation.fires
    assert explanation.why_not == "trigger RequestCreated is not among RequestApproved"
    assert [(clause.name, clause.passed) for clause in explanation.clauses] == [
        ("status", True),
        ("trigger", False),
        ("integration", False),
        ("requester", True),
        ("not hour", False),
        ("expression", False),
    ]
    integration = explanation.clauses[2]
    assert (integration.found, integration.wanted) == (("prod db", "aws prod"), ("staging",))


@pytest.mark.parametrize(("filters", "data"), MATCHING, ids=lambda case: json.dumps(case)[:70])
def test_explain_and_match_agree(filters: dict[str, Any], data: dict[str, Any]) -> None:
    hook, of = webhook(filters=filters), event(**data)
    assert explain(hook, of).fires
    assert explain(hook, bare()).why_not == compile_match(hook).why_not(bare())


def test_a_paused_webhook_fires_and_says_that_its_deliveries_are_held() -> None:
    raw = {"name": "a", "url": "https://example.com", "triggers": ["RequestCreated"]}
    paused = read_definition(raw, id=WebhookId("w"), allowance=Allowance(), paused_why="token refused")
    explanation = explain(paused, event())
    assert explanation.fires
    assert explanation.clauses[0].why == "paused, its deliveries are held: token refused"
    assert explain(webhook(active=False), event()).why_not == "inactive"
