"""Encoded queries: each operator, each joint, and that parts without sense are dropped rather than refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from tests.sandbox.conftest import BASIC, INCIDENT, Client

from grantwire.sandbox.exchange import Call
from grantwire.sandbox.instance import Instance
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.records.encoded_query import Operator, parse

RECORDS = (
    {"short_description": "alpha", "impact": 1, "urgency": 1, "category": "network", "correlation_id": "req-1"},
    {"short_description": "beta", "impact": 2, "urgency": 2, "category": "software", "caller_id": "Abel Tuter"},
    {"short_description": "gamma", "impact": 3, "urgency": 3, "due_date": "2026-03-01 10:00:00", "order": 9},
    {"short_description": "alphabet", "impact": 3, "urgency": 1, "due_date": "2026-04-01 10:00:00", "order": 10},
)


@pytest.fixture
async def filled(client: Client) -> Client:
    for record in RECORDS:
        await client.create(record)
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["alpha", "beta", "gamma", "alphabet"]),
        ("short_description=alpha", ["alpha"]),
        ("short_description=ALPHA", ["alpha"]),
        ("short_description!=alpha", ["beta", "gamma", "alphabet"]),
        ("correlation_id!=req-1", ["beta", "gamma", "alphabet"]),
        ("short_descriptionLIKEpha", ["alpha", "alphabet"]),
        ("short_descriptionNOT LIKEpha", ["beta", "gamma"]),
        ("short_description*eta", ["beta"]),
        ("short_description!*a", []),
        ("short_descriptionSTARTSWITHalpha", ["alpha", "alphabet"]),
        ("short_descriptionENDSWITHbet", ["alphabet"]),
        ("short_descriptionINalpha,gamma", ["alpha", "gamma"]),
        ("short_descriptionNOT INalpha,gamma", ["beta", "alphabet"]),
        ("impact<2", ["alpha"]),
        ("impact<=2", ["alpha", "beta"]),
        ("impact>2", ["gamma", "alphabet"]),
        ("impact>=2", ["beta", "gamma", "alphabet"]),
        ("order>9", ["alphabet"]),
        ("due_date>2026-03-15", ["alphabet"]),
        ("due_dateBETWEEN2026-02-01 00:00:00@2026-03-15 00:00:00", ["gamma"]),
        ("due_dateBETWEENjavascript:gs.dateGenerate('2026-02-01','00:00:00')@2026-03-15", ["gamma"]),
        ("impactBETWEEN1@2", ["alpha", "beta"]),
        ("due_dateISEMPTY", ["alpha", "beta"]),
        ("due_dateISNOTEMPTY", ["gamma", "alphabet"]),
        ("correlation_idEMPTYSTRING", ["beta", "gamma", "alphabet"]),
        ("categoryANYTHING", ["alpha", "beta", "gamma", "alphabet"]),
        ("impact=3^urgency=1", ["alphabet"]),
        ("impact=1^ORimpact=2", ["alpha", "beta"]),
        ("urgency=1^impact=1^ORimpact=3", ["alpha", "alphabet"]),
        ("impact=1^NQcategory=software", ["alpha", "beta"]),
        ("impact=3^ORDERBYshort_description", ["alphabet", "gamma"]),
        ("ORDERBYDESCshort_description", ["gamma", "beta", "alphabet", "alpha"]),
        ("impact=3^ORDERBYDESCorder^EQ", ["alphabet", "gamma"]),
        ("ORDERBYurgency^ORDERBYDESCshort_description", ["alphabet", "alpha", "beta", "gamma"]),
        ("GOTOshort_description=beta", ["beta"]),
        ("caller_id.user_name=abel.tuter", ["beta"]),
        ("caller_id.emailENDSWITHexample.com", ["beta"]),
        ("opened_by=javascript:gs.getUserID()^impact=1", ["alpha"]),
        ("sys_created_by=javascript:gs.getUserName()^impact=1", ["alpha"]),
        ("opened_at>javascript:gs.minutesAgo(5)^impact=1", ["alpha"]),
        ("opened_at<javascript:gs.daysAgo(1)", []),
        ("active=true", ["alpha", "beta", "gamma", "alphabet"]),
        ("active=1^impact=1", ["alpha"]),
    ],
)
async def test_a_query_finds(filled: Client, query: str, expected: list[str]) -> None:
    assert await filled.numbers(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "correlation_id=",
        "no_such_field=1",
        "short_descriptionlikealpha",
        "caller_id.nonsense=1",
        "impact.name=1",
        "ORDERBYno_such_field",
        "javascript:alert(1)",
        "opened_by=javascript:gs.eval()",
        "order>abc",
        "^^^",
        "SHORT_DESCRIPTION=alpha",
        "user_password=x",
        "opened_by.user_password=admin",
    ],
)
async def test_a_part_without_sense_is_dropped_and_everything_is_found(filled: Client, query: str) -> None:
    assert len(await filled.find(query)) == len(RECORDS)


@pytest.mark.parametrize("query", ["correlation_id=", "no_such_field=1"])
async def test_a_part_without_sense_finds_nothing_where_the_property_says_so(filled: Client, query: str) -> None:
    await filled.properties(glide__invalid_query__returns_no_rows=True)
    assert await filled.find(query) == []
    assert len(await filled.find("active=true")) == len(RECORDS)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"short_description": "beta"}, ["beta"]),
        ({"category": "Software"}, ["beta"]),
        ({"caller_id": "Abel Tuter"}, ["beta"]),
        ({"impact": "3", "urgency": "1"}, ["alphabet"]),
        ({"impact": "3", "sysparm_query": "short_description=alpha"}, ["alpha"]),
        ({"no_such_field": "x", "impact": "1"}, ["alpha"]),
        ({"correlation_id": ""}, ["alpha", "beta", "gamma", "alphabet"]),
    ],
)
async def test_name_and_value_filter_unless_there_is_a_query(
    filled: Client, params: dict[str, str], expected: list[str]
) -> None:
    got = await filled.call("GET", INCIDENT, params=params)
    assert [each["short_description"] for each in got.result] == expected


async def test_hundreds_of_alternatives_are_one_query(filled: Client) -> None:
    many = "^OR".join(f"short_description=x{number}" for number in range(1500))
    assert await filled.numbers(f"{many}^ORshort_description=beta") == ["beta"]
    listed = ",".join(f"x{number}" for number in range(3000))
    assert await filled.numbers(f"short_descriptionIN{listed},beta") == ["beta"]


FIELDS = st.sampled_from(["number", "impact", "caller_id", "caller_id.name", "due_date", "active", "order", "bogus"])
VALUES = st.one_of(
    st.text(max_size=12), st.sampled_from(["javascript:gs.getUserID()", "1@2", "nan", "1e999", "'", "%"])
)
TERMS = st.builds("".join, st.tuples(FIELDS, st.sampled_from([*Operator, "bogus", ""]), VALUES))
PARTS = st.one_of(TERMS, st.text(max_size=20), st.builds("ORDERBY{}".format, FIELDS), st.builds("GOTO{}".format, TERMS))
QUERIES = st.lists(st.tuples(PARTS, st.sampled_from(["^", "^OR", "^NQ", "^^", ""])), max_size=8).map(
    lambda parts: "".join(part + joint for part, joint in parts)
)
INSTANCE = Instance(SandboxOptions(seed=1))


def called(method: str, path: str, *, query: dict[str, str] | None = None, body: bytes = b"") -> int:
    headers = CIMultiDict({"Authorization": BASIC, "Content-Type": "application/json"})
    call = Call(method, path, query or {}, headers, body, "http://sandbox")
    return INSTANCE.reply(call).answer.status


@given(QUERIES)
@settings(max_examples=400, deadline=None)
def test_any_query_is_answered(query: str) -> None:
    assert called("GET", INCIDENT, query={"sysparm_query": query}) == 200


@given(
    st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5), st.sampled_from(["true", "false", "all"])
)
@settings(max_examples=150, deadline=None)
def test_any_parameters_are_answered(query: dict[str, str], mode: str) -> None:
    assert called("GET", INCIDENT, query={**query, "sysparm_display_value": mode}) == 200
    assert called("GET", "/api/now/stats/incident", query={**query, "sysparm_count": "true"}) == 200


@given(st.text(max_size=60))
def test_reading_a_query_never_fails(text: str) -> None:
    parsed = parse(text)
    assert all(part in text for part in parsed.invalid)
