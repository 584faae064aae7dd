"""The main job with real processes: events in, incidents out, whatever happens in between."""

import json
import random
import subprocess
import urllib.error
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.processes import (
    GRANTWIRE,
    KEY,
    Process,
    eventually,
    incidents,
    sandbox,
    server,
    token_of,
)

from grantwire.domain.event_types import event_types
from grantwire.presets.catalog import by_name

SEVEN = ["RequestCreated", "RequestApproved", "RequestRejected", "RequestGranted", "RequestExpired", "RequestFailed"]
SEVEN.append("Manual")


def guide_webhook(instance: Process, **changes: Any) -> dict[str, Any]:
    """The guide's webhook with its placeholders filled in."""
    definition = {
        **by_name()["servicenow-guide"].definition,
        "url": f"{instance.url}/api/now/table/incident",
        "headers": {"Authorization": f"Bearer {token_of(instance)}"},
        **changes,
    }
    definition.pop("name")
    return definition


def oauth(instance: Process) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "grant": "client_credentials",
        "token_url": f"{instance.url}/oauth_token.do",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
    }


def event(number: int, type_: str = "RequestCreated") -> dict[str, Any]:
    envelope = event_types()[type_].sample()
    envelope["id"] = f"e2e-{number}"
    envelope["data"]["id"] = f"req-{number}"
    envelope["data"]["justification"] = f'No. {number}: "quoted", C:\\path\nnext line </script> 🔐'
    return envelope


def all_delivered(running: Process, count: int) -> bool:
    return len(running.deliveries("delivered")) == count


@pytest.fixture(scope="module")
def shared_sandbox():
    with sandbox() as instance:
        yield instance


@pytest.fixture
def instance(shared_sandbox: Process) -> Process:
    """A sandbox as if just started."""
    shared_sandbox.call("POST", "/sandbox/reset", {})
    return shared_sandbox


def test_each_trigger_of_the_guide_becomes_an_incident(tmp_path: Path, instance: Process) -> None:
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance))
        for number, trigger in enumerate(SEVEN):
            running.call("POST", "/v1/events", event(number, trigger))
        eventually(lambda: all_delivered(running, 7))
        assert incidents(instance) == 7


def test_a_killed_server_delivers_every_acknowledged_event_after_a_restart(tmp_path: Path, instance: Process) -> None:
    instance.call("POST", "/sandbox/faults", {"mode": "slow", "delay_seconds": 0.2, "on": "table"})
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance))
        for number in range(60):
            running.call("POST", "/v1/events", event(number))
        running.kill()
    with server(tmp_path, instance.url) as running:
        assert len(running.deliveries()) == 60
        ended = running.deliveries("delivered")
        assert len(ended) < 60, "the kill came too late to prove anything"
        instance.call("DELETE", "/sandbox/faults")
        eventually(lambda: all_delivered(running, 60))


def test_a_stop_loses_nothing_and_the_next_start_goes_on(tmp_path: Path, instance: Process) -> None:
    with server(tmp_path, instance.url, stop_seconds="2") as running:
        running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance))
        running.call("POST", "/v1/events", [event(number) for number in range(300)])
        assert running.stop() == 0
    with server(tmp_path, instance.url) as running:
        eventually(lambda: all_delivered(running, 300))
        assert incidents(instance) == 300


def test_oauth_tokens_are_fetched_and_renewed_when_they_end(tmp_path: Path, instance: Process) -> None:
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance, headers={}, auth=oauth(instance)))
        running.call("POST", "/v1/events", event(1))
        eventually(lambda: all_delivered(running, 1))
        instance.call("POST", "/sandbox/clock", {"advance_seconds": 1801})
        running.call("POST", "/v1/events", event(2))
        eventually(lambda: all_delivered(running, 2))
        assert incidents(instance) == 2


@pytest.mark.parametrize("fault", ["maintenance_503", "rate_limited_429", "created_then_reset"])
def test_a_fault_that_passes_costs_time_and_no_event(tmp_path: Path, instance: Process, fault: str) -> None:
    with server(tmp_path, instance.url) as running:
        definition = guide_webhook(instance, retry={"attempts": 10, "max_age_hours": 1, "schedule_seconds": [0.2]})
        running.call("PUT", "/v1/webhooks/guide", definition)
        order = {"mode": fault, "count": 2, "on": "table"}
        instance.call("POST", "/sandbox/faults", order | ({"retry_after_seconds": 1} if "429" in fault else {}))
        running.call("POST", "/v1/events", event(1))
        eventually(lambda: all_delivered(running, 1))


def test_a_hibernating_instance_is_waited_for_and_said_to_be_asleep(tmp_path: Path, instance: Process) -> None:
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance))
        instance.call("POST", "/sandbox/faults", {"mode": "hibernating"})
        running.call("POST", "/v1/events", event(1))
        eventually(lambda: len(running.deliveries("waiting")) == 1)
        assert "asleep" in running.deliveries()[0]["why"] or "hibernat" in running.deliveries()[0]["why"]


def test_the_demo_plays_each_request_to_its_end_and_counts_alike() -> None:
    done = subprocess.run(
        [*GRANTWIRE, "demo", "--requests", "3"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("INC00") == 12
    assert "events accepted" in done.stdout


def test_a_repeated_event_is_answered_alike_and_delivered_once(tmp_path: Path, instance: Process) -> None:
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance))
        first = running.call("POST", "/v1/events", event(1))
        assert running.call("POST", "/v1/events", event(1)) == first
        changed = event(1)
        changed["data"]["justification"] = "other"
        with pytest.raises(urllib.error.HTTPError) as refused:
            running.call("POST", "/v1/events", changed)
        assert refused.value.code == 409
        refused.value.close()
        eventually(lambda: all_delivered(running, 1))
        assert incidents(instance) == 1


def test_kills_at_random_moments_lose_no_acknowledged_event(tmp_path: Path, instance: Process) -> None:
    dice, sent = random.Random(20261123), 0
    for round_ in range(4):
        with server(tmp_path, instance.url) as running:
            if round_ == 0:
                running.call("PUT", "/v1/webhooks/guide", guide_webhook(instance, limits={"concurrency": 8}))
            for _ in range(dice.randint(5, 60)):
                running.call("POST", "/v1/events", event(sent))
                sent += 1
            running.kill()
    with server(tmp_path, instance.url) as running:
        eventually(lambda: all_delivered(running, sent))
        found = {delivery["event_id"] for delivery in running.deliveries()}
        assert found == {f"e2e-{number}" for number in range(sent)}
    assert incidents(instance) >= sent


def test_apply_warns_of_the_guides_slips_and_changes_nothing_on_a_dry_run(tmp_path: Path, instance: Process) -> None:
    file = tmp_path / "guide.yaml"
    file.write_text(json.dumps({"webhooks": [{"name": "guide", **guide_webhook(instance)}]}))
    with server(tmp_path / "data", instance.url) as running:
        reach = ["--server", running.url, "--api-key", KEY]
        done = subprocess.run(
            [*GRANTWIRE, "apply", str(file), "--dry-run", *reach],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert running.call("GET", "/v1/webhooks")["items"] == []
    for slip in ("caused_by", "reopened_by", "access_bundle_name"):
        assert any("warning:" in line and slip in line for line in done.stdout.splitlines()), done.stdout
