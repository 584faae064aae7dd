"""What an instance does with input that does not fit: it cuts, drops or resolves, and seldom refuses."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sandbox.conftest import INCIDENT, Client
from tests.sandbox.test_encoded_queries import called

from grantwire.sandbox.schema.task_columns import INCIDENT as COLUMNS


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("short_description", 160),
        ("description", 4000),
        ("correlation_id", 100),
        ("correlation_display", 100),
        ("number", 40),
    ],
)
async def test_a_text_is_cut_at_its_length_without_a_word(client: Client, name: str, length: int) -> None:
    got = await client.call("POST", INCIDENT, {name: "x" * (length + 50)})
    assert (got.status, len(got.result[name])) == (201, length)


async def test_unknown_fields_are_dropped(client: Client) -> None:
    got = await client.call("POST", INCIDENT, {"u_nothing": "x", "short_description": "a"})
    assert got.status == 201
    assert "u_nothing" not in got.result


async def test_a_reference_given_a_text_keeps_its_first_32_characters(client: Client) -> None:
    record = await client.create({"caused_by": "Ada Lovelace, Countess of Lovelace and more"})
    cut = "Ada Lovelace, Countess of Lovela"
    assert record["caused_by"] == {"link": f"{client.url}/api/now/v2/table/change_request/{cut}", "value": cut}


async def test_no_value_is_shown_as_it_was_recorded(client: Client) -> None:
    record = await client.create({"requested_for": "no value"}, "sc_request")
    assert record["requested_for"] == {"link": f"{client.url}/api/now/v2/table/sys_user/no value", "value": "no value"}


async def test_an_object_given_to_a_reference_becomes_the_text_that_was_recorded(client: Client) -> None:
    given = {"link": "https://instance.servicenow.com/api/now/table/cmdb_ci/1", "value": "1"}
    record = await client.create({"cmdb_ci": given})
    assert record["cmdb_ci"]["value"] == "{link=https://instance.serviceno"


async def test_the_body_of_the_servicenow_guide_is_stored_with_two_broken_references(client: Client) -> None:
    record = await client.create(
        {
            "caused_by": "Ada Lovelace",
            "short_description": "prod db",
            "cause": "RequestCreated",
            "description": json.dumps({"event_type": "RequestCreated", "justification": 'say "hi"'}),
            "reopened_by": "apono app",
        }
    )
    assert record["caused_by"]["value"] == "Ada Lovelace"
    assert record["reopened_by"]["link"].endswith("/sys_user/apono app")
    assert json.loads(record["description"])["justification"] == 'say "hi"'


@pytest.mark.parametrize("given", ["Abel Tuter", "abel tuter", "abel.tuter", "62826bf03710200044e0bfc8bcbe5df1"])
async def test_a_name_that_exists_becomes_the_record(client: Client, given: str) -> None:
    record = await client.create({"caller_id": given})
    assert record["caller_id"]["value"] == "62826bf03710200044e0bfc8bcbe5df1"


async def test_a_choice_that_does_not_exist_is_dropped(client: Client) -> None:
    record = await client.create({"category": "nonsense", "impact": "9", "contact_type": "email"})
    assert (record["category"], record["impact"], record["contact_type"]) == ("inquiry", "3", "email")


async def test_a_choice_that_does_not_exist_is_kept_where_the_property_says_so(client: Client) -> None:
    await client.properties(glide__rest__choice__allow_non_existing_value=True)
    assert (await client.create({"category": "nonsense"}))["category"] == "nonsense"


@pytest.mark.parametrize("given", ["banana", "2026-13-45 00:00:00", "01/02/2026", 17])
async def test_a_date_that_is_none_leaves_the_field_empty(client: Client, given: object) -> None:
    assert (await client.create({"due_date": given}))["due_date"] == ""


async def test_a_number_that_is_none_is_dropped(client: Client) -> None:
    assert (await client.create({"reassignment_count": "many"}))["reassignment_count"] == "0"


async def test_read_only_fields_are_dropped_and_nothing_counts_as_changed(client: Client) -> None:
    record = await client.create({"sys_mod_count": "7", "sys_created_by": "me", "sys_class_name": "x"})
    assert (record["sys_mod_count"], record["sys_created_by"], record["sys_class_name"]) == ("0", "admin", "incident")
    got = await client.change(record["sys_id"], {"sys_created_by": "me"})
    assert (got.status, got.result["sys_mod_count"]) == (200, "0")


async def test_a_sys_id_of_the_clients_choice_is_honoured(client: Client) -> None:
    chosen = "0123456789abcdef0123456789abcdef"
    assert (await client.create({"sys_id": chosen}))["sys_id"] == chosen


async def test_the_same_sys_id_again_is_a_unique_key_violation(client: Client) -> None:
    chosen = "0123456789abcdef0123456789abcdef"
    await client.create({"sys_id": chosen})
    got = await client.call("POST", INCIDENT, {"sys_id": chosen})
    assert (got.status, got.json["error"]["message"]) == (403, "Operation Failed")
    assert "Unique Key violation detected by database" in got.json["error"]["detail"]
    assert await client.total() == 1


async def test_a_unique_column_refuses_the_second_record(client: Client) -> None:
    column = {"table": "incident", "name": "u_event_id", "length": 100, "unique": True}
    assert (await client.call("POST", "/sandbox/columns", column)).status == 201
    first = await client.create({"u_event_id": "e-1"})
    assert first["u_event_id"] == "e-1"
    got = await client.call("POST", INCIDENT, {"u_event_id": "e-1"})
    assert (got.status, "Duplicate entry 'e-1' for key 'u_event_id'" in got.text) == (403, True)
    assert (await client.change(first["sys_id"], {"u_event_id": "e-1", "cause": "x"})).status == 200


async def test_input_can_be_display_values(client: Client) -> None:
    got = await client.call(
        "POST",
        INCIDENT,
        {"impact": "1 - High", "state": "In Progress", "due_date": "2026-01-15 08:00:00"},
        params={"sysparm_input_display_value": "true"},
    )
    assert (got.result["impact"], got.result["state"]) == ("1", "2")
    assert got.result["due_date"] == "2026-01-15 16:00:00"  # eight hours: Los Angeles in winter


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from([column.name for column in COLUMNS]) | st.text(max_size=8), JSON, max_size=6)


@given(BODIES)
@settings(max_examples=300, deadline=None)
def test_any_object_makes_a_record_or_is_refused_by_a_rule(body: dict[str, object]) -> None:
    assert called("POST", INCIDENT, body=json.dumps(body).encode()) in {201, 403}


@given(st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_answered(body: bytes) -> None:
    assert called("POST", INCIDENT, body=body) in {201, 400}
