"""The three ways of `sysparm_display_value`, and references with and without links."""

import pytest
from tests.sandbox.conftest import INCIDENT, Client

ABEL = "62826bf03710200044e0bfc8bcbe5df1"


@pytest.fixture
async def made(client: Client) -> Client:
    await client.create({"caller_id": ABEL, "impact": "2", "urgency": "2", "due_date": "2026-07-01 19:00:00"})
    return client


async def one(client: Client, **params: str) -> dict[str, object]:
    return (await client.call("GET", INCIDENT, params=params)).result[0]


@pytest.mark.parametrize("mode", ["false", "False", "FALSE", "nonsense", ""])
async def test_values_come_unless_display_is_asked_for_in_any_case(made: Client, mode: str) -> None:
    record = await one(made, sysparm_display_value=mode)
    link = f"{made.url}/api/now/v2/table/sys_user/{ABEL}"
    assert record["caller_id"] == {"link": link, "value": ABEL}
    assert (record["impact"], record["due_date"]) == ("2", "2026-07-01 19:00:00")


@pytest.mark.parametrize("mode", ["true", "True", "TRUE"])
async def test_display_values_are_labels_names_and_local_times(made: Client, mode: str) -> None:
    record = await one(made, sysparm_display_value=mode)
    link = f"{made.url}/api/now/v2/table/sys_user/{ABEL}"
    assert record["caller_id"] == {"display_value": "Abel Tuter", "link": link}
    assert (record["impact"], record["priority"], record["state"]) == ("2 - Medium", "3 - Moderate", "New")
    assert record["due_date"] == "2026-07-01 12:00:00"  # seven hours: Los Angeles in summer
    assert record["activity_due"] == "UNKNOWN"


async def test_all_gives_both_for_every_field(made: Client) -> None:
    record = await one(made, sysparm_display_value="all")
    assert all({"display_value", "value"} <= set(each) for each in record.values())
    assert record["impact"] == {"display_value": "2 - Medium", "value": "2"}
    assert record["caller_id"]["link"].endswith(ABEL)
    assert record["assigned_to"] == {"display_value": "", "value": ""}


@pytest.mark.parametrize(
    ("mode", "shown"),
    [("false", ABEL), ("true", "Abel Tuter"), ("all", {"display_value": "Abel Tuter", "value": ABEL})],
)
async def test_references_can_come_without_their_links(made: Client, mode: str, shown: object) -> None:
    record = await one(made, sysparm_display_value=mode, sysparm_exclude_reference_link="true")
    assert record["caller_id"] == shown


async def test_dot_walked_fields_are_shown_like_any_other(made: Client) -> None:
    record = await one(
        made, sysparm_fields="caller_id.name,caller_id.active,parent.number", sysparm_display_value="all"
    )
    assert record["caller_id.name"] == {"display_value": "Abel Tuter", "value": "Abel Tuter"}
    assert record["parent.number"] == {"display_value": "", "value": ""}


async def test_another_zone_can_be_set(made: Client) -> None:
    await made.properties(glide__sys__default__tz="Asia/Tokyo")
    assert (await one(made, sysparm_display_value="true"))["due_date"] == "2026-07-02 04:00:00"


async def test_a_broken_reference_has_no_display_value(client: Client) -> None:
    await client.create({"caused_by": "Ada Lovelace"})
    record = await one(client, sysparm_display_value="all")
    assert (record["caused_by"]["display_value"], record["caused_by"]["value"]) == ("", "Ada Lovelace")


async def test_a_password_is_never_shown(client: Client) -> None:
    for mode in ("false", "true", "all"):
        got = await client.call("GET", "/api/now/table/sys_user", params={"sysparm_display_value": mode})
        assert {str(each["user_password"]) for each in got.result} <= {"", "{'display_value': '', 'value': ''}"}
