"""What becomes an event, and what every faulty one is told."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.decode_event import read_event
from grantwire.domain.errors import Refused
from grantwire.domain.event import Event, Family
from grantwire.domain.event_types import EventType, canonical, event_types
from grantwire.domain.moment import read_moment

TIMES = "give epoch seconds (1696263265.85) or RFC 3339 (2026-11-23T16:30:00Z)"
NOW = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
TYPES = list(event_types().values())
FORMATS = jsonschema.FormatChecker()


def read(raw: Any, **given_ids: Any) -> Event:
    return read_event(raw, body=b"{}", accepted_at=NOW, new_id=lambda: "evt_new", **given_ids)


def problems_of(raw: Any, **given_ids: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        read(raw, **given_ids)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def faults_of(raw: Any) -> list[str]:
    try:
        read(raw)
    except Refused as refused:
        return [str(problem) for problem in refused.problems] or ["refused without a problem"]
    return []


def sample(name: str = "RequestCreated", **data: Any) -> dict[str, Any]:
    envelope = event_types()[name].sample()
    envelope["data"].update(data)
    return envelope


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_the_sample_of_every_type_is_an_event_and_fits_its_schema(kind: EventType) -> None:
    envelope = kind.sample()
    jsonschema.Draft202012Validator.check_schema(kind.json_schema())
    jsonschema.validate(envelope, kind.json_schema(), format_checker=FORMATS)
    event = read(envelope)
    assert (event.type, event.family) == (kind.name, kind.family)
    assert event.envelope is envelope
    assert (event.access_request_id is not None) == (kind.family is Family.REQUEST)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_every_field_of_every_schema_is_described(kind: EventType) -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        found = [] if schema.get("description") else [path]
        for name, inner in schema.get("properties", {}).items():
            found += undescribed(inner, f"{path}.{name}")
        return found + (undescribed(schema["items"], path + "[]") if "items" in schema else [])

    assert undescribed(kind.json_schema(), kind.name) == []


@pytest.mark.parametrize("name", ["Created", "Approved", "Rejected", "Granted", "Expired", "Failed"])
def test_the_longer_name_of_a_trigger_is_its_alias_and_stays_in_the_envelope(name: str) -> None:
    event = read(sample() | {"event_type": f"AccessRequest{name}"})
    assert event.type == f"Request{name}" == canonical(f"AccessRequest{name}")
    assert event.envelope["event_type"] == f"AccessRequest{name}"


def test_fields_nobody_knows_are_kept() -> None:
    event = read(sample(tier=2) | {"tenant": {"id": 1}})
    assert event.envelope["tenant"] == {"id": 1}
    assert event.envelope["data"]["tier"] == 2


def test_an_event_needs_only_its_type_its_time_and_the_id_of_the_access_request() -> None:
    event = read({"event_type": "RequestCreated", "event_time": 1, "data": {"id": "r1"}})
    assert event.access_request_id == "r1"


def test_every_fault_is_told_with_its_path() -> None:
    raw = sample(
        requester={"email": 5}, approvals=[{"status": []}], access_duration_in_seconds=-1, creation_date="yesterday"
    )
    raw["data"]["access_groups"][1]["access_units"][0]["resource"] = "orders"
    raw["data"]["custom_fields"] = {"a": {}}
    del raw["data"]["id"]
    raw |= {"event_time": 1696263265851, "id": "a b"}
    assert problems_of(raw, path="[3]") == [
        "[3].id: must be 1 to 200 of the characters A-Z a-z 0-9 . _ ~ : @ + = -",
        "[3].event_time: 1696263265851 is beyond the year 9999 in seconds; is it in milliseconds?",
        "[3].data.id: is missing",
        "[3].data.requester.email: must be text or null, found a number",
        "[3].data.creation_date: 'yesterday' is not a time: " + TIMES,
        "[3].data.access_duration_in_seconds: must be a number of at least 0 or null, found -1",
        "[3].data.access_groups[1].access_units[0].resource: must be an object or null, found text",
        "[3].data.approvals[0].status: must be text or null, found an array",
        "[3].data.custom_fields.a: must be text, a number, true, false or null, found an object",
    ]


@pytest.mark.parametrize("raw", [None, [], "x", 5, True])
def test_an_event_is_an_object(raw: Any) -> None:
    assert len(problems_of(raw)) == 1


def test_an_unknown_type_is_refused_with_the_nearest_name_and_the_other_faults() -> None:
    with pytest.raises(Refused) as caught:
        read(sample(requester=1) | {"event_type": "requestcreate"})
    assert [problem.path for problem in caught.value.problems] == ["event_type", "data.requester"]
    assert caught.value.problems[0].hint == "Did you mean RequestCreated?"


@pytest.mark.parametrize(
    ("own", "given_id", "expected"),
    [
        ({}, None, "evt_new"),
        ({"id": "a"}, None, "a"),
        ({"event_id": "b", "id": "a"}, None, "b"),
        ({"event_id": None, "id": "a"}, None, "a"),
        ({"event_id": "b"}, "c", "c"),
    ],
)
def test_the_id_is_the_given_one_then_the_envelopes_then_a_new_one(own: Any, given_id: Any, expected: str) -> None:
    assert read(sample() | own, given_id=given_id).id == expected


@pytest.mark.parametrize("bad", ["", "a/b", "a b", "x" * 201, "a\n", "ä", 5, True, {}])
def test_an_id_that_is_unsafe_in_a_url_is_refused(bad: Any) -> None:
    assert problems_of(sample() | {"id": bad})[0].startswith("id: ")
    assert problems_of(sample(), given_id=bad)[0].startswith("id: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (1696263265, "2023-10-02T16:14:25+00:00"),
        (1696263265.851898, "2023-10-02T16:14:25.851898+00:00"),
        ("1696263265.851898000", "2023-10-02T16:14:25.851898+00:00"),
        ("1696263265", "2023-10-02T16:14:25+00:00"),
        ("2026-11-23T16:30:00Z", "2026-11-23T16:30:00+00:00"),
        ("2026-11-23t16:30:00.123456789z", "2026-11-23T16:30:00.123456+00:00"),
        ("2026-11-23T16:30:00+05:30", "2026-11-23T11:00:00+00:00"),
        ("2026-11-23 16:30:00.5-08:00", "2026-11-24T00:30:00.500000+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-11-23T16:30:00", None),
        ("2026-11-23", None),
        ("20261123T163000Z", None),
        ("", None),
        ("1e9", None),
        ("1.", None),
        ("-5", None),
        ("1\n", None),
        ("١", None),
        (-1, None),
        (1696263265851, None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_time_is_epoch_seconds_or_rfc_3339_with_its_zone(value: Any, expected: str | None) -> None:
    moment = read_moment(value)
    assert (moment and moment.isoformat()) == expected


ODD_VALUES = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**15, "", "x", "12.5", "2026-11-23T16:30:00Z", [], {}, [1], {"id": 5}, [{}]]
)


def _spots(value: Any, spot: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [spot, *(deeper for key, child in children for deeper in _spots(child, (*spot, key)))]


@given(st.sampled_from(TYPES), st.data())
def test_the_quick_check_the_problems_and_the_schema_always_agree(kind: EventType, data: st.DataObject) -> None:
    raw = copy.deepcopy(kind.sample())
    for _ in range(data.draw(st.integers(1, 3))):
        *before, last = data.draw(st.sampled_from([spot for spot in _spots(raw) if spot]))
        parent = raw
        for key in before:
            parent = parent[key]
        if isinstance(parent, dict) and data.draw(st.booleans()):
            del parent[last]
        else:
            parent[last] = copy.deepcopy(data.draw(ODD_VALUES))
    raw["event_type"] = kind.name
    schema_agrees = jsonschema.Draft202012Validator(kind.json_schema()).is_valid(raw)
    faults = faults_of(json.loads(json.dumps(raw)))
    assert (faults == []) == schema_agrees
    assert "refused without a problem" not in faults
