"""Batches with real processes: a server, a sandbox with its faults, and a count of what is there in the end."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.processes import Process, eventually, incidents, sandbox, server, token_of
from tests.e2e.test_whole_job import event, oauth

COUNT = 60


@pytest.fixture(scope="module")
def shared_sandbox():
    with sandbox() as instance:
        yield instance


@pytest.fixture
def instance(shared_sandbox: Process) -> Process:
    shared_sandbox.call("POST", "/sandbox/reset", {})
    return shared_sandbox


def webhook(instance: Process, **changes: Any) -> dict[str, Any]:
    return {
        "url": f"{instance.url}/api/now/table/incident",
        "auth": oauth(instance),
        "body": '{"short_description": "{{ data.justification }}", "correlation_id": "{{ data.id }}"}',
        "triggers": ["RequestCreated"],
        "batch": {"size": 20},
        "limits": {"concurrency": 2},
        "retry": {"attempts": 10, "schedule_seconds": [0.1]},
    } | changes


def send(running: Process, count: int = COUNT) -> None:
    running.call("POST", "/v1/events", [event(number) for number in range(count)])


def attempts(running: Process) -> list[dict[str, Any]]:
    return [
        running.call("GET", f"/v1/attempts/{summary['id']}")
        for delivery in running.deliveries()
        for summary in running.call("GET", f"/v1/deliveries/{delivery['id']}")["attempt_list"]
    ]


def all_delivered(running: Process, count: int = COUNT) -> bool:
    return len(running.deliveries("delivered")) == count


def arrived(instance: Process) -> list[str]:
    return [one["path"] for one in instance.call("GET", "/sandbox/requests")["requests"]]


def test_each_event_becomes_one_incident_and_most_go_in_batches(tmp_path: Path, instance: Process) -> None:
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/batched", webhook(instance))
        send(running)
        eventually(lambda: all_delivered(running))
        found = attempts(running)
    assert incidents(instance) == COUNT
    assert all(one["verdict"] == "delivered" for one in found)
    together = [one for one in found if one["batch"]]
    assert len(together) > COUNT / 2
    for one in together:
        assert one["batch"]["called"] == "200 OK"
        assert one["batch"]["deliveries"][one["batch"]["number"] - 1] == one["delivery_id"]
        assert json.loads(one["reply"]["body"])["result"]["sys_id"]
        assert one["request"]["url"].endswith("/api/now/table/incident")


def test_what_an_instance_has_no_time_for_goes_again_until_all_are_there(tmp_path: Path, instance: Process) -> None:
    instance.call("PATCH", "/sandbox/properties", {"sandbox.batch.served": 3})
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/batched", webhook(instance))
        send(running)
        eventually(lambda: all_delivered(running))
        assert {one["attempts"] for one in running.deliveries()} == {1}
    assert incidents(instance) == COUNT


NOTHING_DONE = ["reset", "maintenance_503", "bad_gateway_502", "semaphore_429", "rate_limited_429", "script_error_500"]


@pytest.mark.parametrize("mode", [*NOTHING_DONE, "token_expired", "oversized_400"])
def test_calls_that_fail_as_a_whole_before_anything_was_done_lose_nothing(
    tmp_path: Path, instance: Process, mode: str
) -> None:
    fault = {"mode": mode, "on": "any", "count": 2, "match": {"path": "/batch"}, "retry_after_seconds": 1}
    instance.call("POST", "/sandbox/faults", fault)
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/batched", webhook(instance))
        send(running)
        eventually(lambda: all_delivered(running))
    assert incidents(instance) == COUNT


def test_a_call_that_was_worked_off_and_not_answered_doubles_at_most_what_was_in_it(
    tmp_path: Path, instance: Process
) -> None:
    fault = {"mode": "created_then_reset", "on": "api", "count": 1, "match": {"path": "/batch"}}
    instance.call("POST", "/sandbox/faults", fault)
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/batched", webhook(instance))
        send(running)
        eventually(lambda: all_delivered(running))
        doubtful = [one for one in attempts(running) if one["verdict"] != "delivered"]
    assert 0 < len(doubtful) <= 20
    assert incidents(instance) == COUNT + len(doubtful)
    assert all("may have taken it all the same" in one["why"] for one in doubtful)


@pytest.mark.parametrize("mode", ["created_then_reset", "created_but_500", "truncated_body", "broken_json"])
def test_with_reconcile_a_call_that_was_worked_off_and_not_answered_doubles_nothing(
    tmp_path: Path, instance: Process, mode: str
) -> None:
    fault = {"mode": mode, "on": "any", "count": 2, "match": {"path": "/batch"}}
    instance.call("POST", "/sandbox/faults", fault)
    query = "sysparm_query=correlation_id={{event_id}}&sysparm_fields=sys_id,number,correlation_id&sysparm_limit=2"
    asking = {
        "url": f"{instance.url}/api/now/table/incident?{query}",
        "match": "$.result[*].correlation_id",
        "equals": "{{ event_id }}",
        "wait_seconds": 0,
    }
    body = '{"short_description": "{{ data.justification }}", "correlation_id": "{{ event_id }}"}'
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/batched", webhook(instance, body=body, reconcile=asking))
        send(running)
        eventually(lambda: all_delivered(running))
    assert incidents(instance) == COUNT
    assert len(by_correlation(instance)) == COUNT


def test_a_killed_server_loses_nothing_of_a_call_under_way(tmp_path: Path, instance: Process) -> None:
    fault = {"mode": "slow", "on": "api", "match": {"path": "/batch"}, "delay_seconds": 1.0}
    instance.call("POST", "/sandbox/faults", fault)
    with server(tmp_path, instance.url) as running:
        running.call("PUT", "/v1/webhooks/batched", webhook(instance))
        send(running)
        eventually(lambda: any(path.endswith("/batch") for path in arrived(instance)))
        running.kill()
    with server(tmp_path, instance.url) as running:
        eventually(lambda: all_delivered(running))
    assert COUNT <= incidents(instance) <= COUNT + 42, "what was under way may be there twice, nothing else"
    assert len(by_correlation(instance)) == COUNT


def by_correlation(instance: Process) -> set[str]:
    request = urllib.request.Request(
        f"{instance.url}/api/now/table/incident?sysparm_fields=correlation_id&sysparm_limit=1000",
        headers={"Authorization": f"Bearer {token_of(instance)}", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return {row["correlation_id"] for row in json.loads(answer.read())["result"]}
