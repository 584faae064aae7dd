"""Replays on the command line: planned, started and watched to their end, listed, cancelled."""

import json
from pathlib import Path

import pytest
from tests.edges.api.house import House, definition, event
from tests.edges.cli.running import Shell


@pytest.fixture
def skipped(house: House, shell: Shell, tmp_path: Path) -> None:
    """Three deliveries that ended without success."""
    files = {"webhooks.json": {"webhooks": [definition(filters={"integration": ["none"]})]}}
    files["events.json"] = [event(id=name) for name in "abc"]  # type: ignore[assignment]
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert shell("apply", tmp_path / "webhooks.json").status == 0
    assert shell("events", "send", tmp_path / "events.json").status == 0


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(skipped: None, shell: Shell) -> None:
    done = shell("replay", "--all", "--state", "dead,skipped", "--dry-run")
    assert done.status == 0
    assert done.out.startswith("3 deliveries would be sent again\n  3 of ServiceNow prod\n")
    assert "3 RequestCreated" in done.out
    assert shell("replay", "--all", "--state", "skipped", "--dry-run", "--json").json["count"] == 3
    assert shell("replay", "list").out == "no replays\n"


def test_a_replay_is_watched_until_it_ends_and_can_be_looked_at_later(skipped: None, shell: Shell) -> None:
    done = shell("replay", "--webhook", "ServiceNow prod", "--state", "skipped", "--id", "mine")
    assert (done.status, done.out) == (0, "mine is done: 3 new deliveries, 0 refused\n")
    assert shell("replay", "--follow", "mine").out == done.out
    assert [one["made"] for one in shell("replay", "list", "--json").json] == [3]
    assert "mine" in shell("replay", "list").out
    assert shell("replay", "show", "mine", "--json").json["state"] == "done"
    refused = shell("replay", "cancel", "mine")
    assert (refused.status, "It is done" in refused.err) == (2, True)


def test_what_is_asked_for_too_widely_or_wrongly_is_refused_with_every_problem(house: House, shell: Shell) -> None:
    done = shell("replay", "--state", "dad", "--type", "Nothing")
    assert done.status == 2
    assert all(path in done.err for path in ("webhooks: ", "states[0]", "event_types[0]"))


def test_who_retries_what_has_ended_is_told_to_replay_it(skipped: None, shell: Shell) -> None:
    first = shell("deliveries", "list", "--json").json[0]["id"]
    refused = shell("deliveries", "retry", first)
    assert (refused.status, f"grantwire deliveries replay {first}" in refused.err) == (2, True)
    new = shell("deliveries", "replay", first, "--json").json
    assert new["replay_of"] == first
