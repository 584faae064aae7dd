"""What the server decides by itself: priority, state, closing, notes."""

import pytest
from tests.sandbox.conftest import INCIDENT, Client

CLOSING = {"state": "6", "close_code": "Resolved by request", "close_notes": "done"}


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 2), (2, 2, 3), (2, 3, 4), (3, 1, 3), (3, 2, 4), (3, 3, 5)],
)
async def test_priority_follows_impact_and_urgency(client: Client, impact: int, urgency: int, priority: int) -> None:
    record = await client.create({"impact": impact, "urgency": urgency, "priority": "1"})
    assert record["priority"] == str(priority)


@pytest.mark.parametrize(("field", "other"), [("state", "incident_state"), ("incident_state", "state")])
async def test_state_and_incident_state_follow_each_other(client: Client, field: str, other: str) -> None:
    record = await client.create({field: "2"})
    assert record[other] == "2"
    assert (await client.change(record["sys_id"], {field: "3"})).result[other] == "3"


@pytest.mark.parametrize("state", ["6", "7"])
@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "Resolution code, Resolution notes"),
        ({"close_code": "Duplicate"}, "Resolution notes"),
        ({"close_notes": "x"}, "Resolution code"),
        ({"close_code": "Solved (Permanently)", "close_notes": "x"}, "Resolution code"),
    ],
)
async def test_closing_without_code_and_notes_breaks_the_data_policy(
    client: Client, state: str, given: dict[str, str], missing: str
) -> None:
    record = await client.create({})
    got = await client.change(record["sys_id"], {"state": state, **given})
    assert got.status == 403
    detail = f"Data Policy Exception: The following fields are mandatory: {missing}"
    assert got.json["error"] == {"message": "Operation Failed", "detail": detail}
    assert (await client.call("GET", f"{INCIDENT}/{record['sys_id']}")).result["state"] == "1"


async def test_the_data_policy_holds_for_a_new_record_too(client: Client) -> None:
    assert (await client.call("POST", INCIDENT, {"state": 7})).status == 403
    assert await client.total() == 0


async def test_resolving_stamps_who_and_when(client: Client) -> None:
    record = await client.create({})
    done = (await client.change(record["sys_id"], CLOSING)).result
    assert (done["state"], done["incident_state"], done["active"]) == ("6", "6", "true")
    assert done["resolved_at"]
    assert done["resolved_by"]["value"] == "6816f79cc0a8016401c5a33be04be441"


async def test_closing_makes_it_inactive_and_canceling_needs_no_code(client: Client) -> None:
    record = await client.create({})
    closed = (await client.change(record["sys_id"], {**CLOSING, "state": "7"})).result
    assert (closed["active"], bool(closed["closed_at"])) == ("false", True)
    other = await client.create({})
    assert (await client.change(other["sys_id"], {"state": "8"})).result["active"] == "false"


async def test_reopening_counts(client: Client) -> None:
    record = await client.create({})
    await client.change(record["sys_id"], CLOSING)
    again = (await client.change(record["sys_id"], {"state": "2"})).result
    assert (again["reopen_count"], again["state"]) == ("1", "2")
    assert again["reopened_by"]["value"] == "6816f79cc0a8016401c5a33be04be441"


async def shown(client: Client, sys_id: str, mode: str) -> dict[str, str]:
    got = await client.call("GET", f"{INCIDENT}/{sys_id}", params={"sysparm_display_value": mode})
    return got.result


async def test_notes_read_back_empty_as_values_and_as_a_history_newest_first_when_displayed(client: Client) -> None:
    record = await client.create({"work_notes": "first"})
    assert record["work_notes"] == ""
    await client.change(record["sys_id"], {"work_notes": "second", "comments": "hello"})
    values = await shown(client, record["sys_id"], "false")
    assert (values["work_notes"], values["comments"], values["comments_and_work_notes"]) == ("", "", "")
    display = await shown(client, record["sys_id"], "true")
    first, second, empty = display["work_notes"].split("\n\n")
    assert first.endswith(" - System Administrator (Work notes)\nsecond")
    assert second.endswith(" - System Administrator (Work notes)\nfirst")
    assert empty == ""
    assert display["comments"].endswith("(Additional comments)\nhello\n\n")
    assert display["comments_and_work_notes"].count("System Administrator") == 3


async def test_the_same_note_twice_is_there_twice(client: Client) -> None:
    record = await client.create({})
    for expected in ("1", "2"):
        got = await client.change(record["sys_id"], {"work_notes": "again"})
        assert got.result["sys_mod_count"] == expected
    assert (await shown(client, record["sys_id"], "true"))["work_notes"].count("again") == 2


async def test_a_note_may_be_long(client: Client) -> None:
    record = await client.create({"work_notes": "n" * 20_000})
    assert "n" * 20_000 in (await shown(client, record["sys_id"], "true"))["work_notes"]


async def test_a_note_to_a_closed_incident_is_dropped_and_answered_with_200(client: Client) -> None:
    record = await client.create({"work_notes": "before"})
    await client.change(record["sys_id"], {**CLOSING, "state": "7"})
    got = await client.change(record["sys_id"], {"work_notes": "after"})
    assert got.status == 200
    assert "after" not in (await shown(client, record["sys_id"], "true"))["work_notes"]


async def test_a_write_that_changes_nothing_counts_as_none(client: Client) -> None:
    record = await client.create({"short_description": "a"})
    assert (await client.change(record["sys_id"], {"short_description": "a"})).result["sys_mod_count"] == "0"
    assert (await client.change(record["sys_id"], {"short_description": "b"})).result["sys_mod_count"] == "1"


async def test_times_are_utc_texts(client: Client) -> None:
    record = await client.create({})
    assert len(record["opened_at"]) == len("2026-01-01 00:00:00")
    now = (await client.call("POST", "/sandbox/clock", {"advance_seconds": 0})).json["now"]
    assert record["opened_at"] <= now
