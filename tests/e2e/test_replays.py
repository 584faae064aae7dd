"""Replay jobs of real processes: killed in the middle, none is repeated and none is skipped."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e.processes import Process, eventually, server

from grantwire.domain.event_types import event_types

COUNT = 5000
TARGET = "https://127.0.0.1:1"  # nothing is sent there: the webhook is paused


def event(number: int) -> dict[str, Any]:
    envelope = event_types()["RequestCreated"].sample()
    envelope["id"] = f"e2e-{number}"
    return envelope


def skipped(running: Process) -> None:
    """Thousands of deliveries that ended without success."""
    webhook = {"name": "tickets", "url": TARGET, "triggers": ["RequestCreated"], "filters": {"integration": ["none"]}}
    running.call("PUT", "/v1/webhooks/tickets", {**webhook, "method": "POST", "body": "{}"})
    running.call("POST", "/v1/events", [event(number) for number in range(COUNT)])
    running.call("POST", "/v1/webhooks/tickets/pause", {"why": "so that the new ones are held"})


def test_a_replay_that_is_killed_again_and_again_sends_each_delivery_once(tmp_path: Path) -> None:
    with server(tmp_path, TARGET) as running:
        skipped(running)
        asked = {"id": "mine", "webhooks": "tickets", "states": "skipped", "per_minute": 40_000}
        assert running.call("POST", "/v1/replays", asked)["state"] == "pending"
        eventually(lambda: running.call("GET", "/v1/replays/mine")["made"] > 0)
        running.kill()
    seen = 0
    for _ in range(3):
        with server(tmp_path, TARGET) as running:
            eventually(lambda: running.call("GET", "/v1/replays/mine")["made"] > seen)  # noqa: B023 - asked at once
            job = running.call("GET", "/v1/replays/mine")
            assert seen < job["made"] < COUNT
            seen = job["made"]
            running.kill()
    with server(tmp_path, TARGET) as running:
        eventually(lambda: running.call("GET", "/v1/replays/mine")["state"] == "done")
        job = running.call("GET", "/v1/replays/mine")
        assert (job["found"], job["made"], job["refused"], job["gone"]) == (COUNT, COUNT, {}, 0)
        assert running.stop() == 0
    with closing(sqlite3.connect(tmp_path / "grantwire.db")) as database:
        rows = database.execute("SELECT replay_of, state FROM deliveries WHERE replay_of IS NOT NULL").fetchall()
    assert Counter(state for _, state in rows) == {"held": COUNT}
    assert len({replay_of for replay_of, _ in rows}) == COUNT
