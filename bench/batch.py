"""Batch: events per second to the ServiceNow stand-in, four calls at once, each event alone and many in one call.

In: a real `grantwire serve` and a real sandbox, each its own process. Out: a table and `results/batch.json`.
Never: a figure of the batches without that of single requests of the same run. `round_trip_ms` is a wait of the sandbox
before each answer, for what the way to a real instance takes; an instance works a batch off one after another.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _machine import save, show
from grantwire.domain.event_types import event_types

KEY = "bench-key-000000000000000000000000"
SIZES = (None, 5, 20, 100)
ROUND_TRIPS_MS = (0, 50)
BODY = '{"short_description": "{{ data.justification }}", "correlation_id": "{{ data.id }}"}'


def call(url: str, method: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read() or b"null")


@contextmanager
def started(*arguments: str, **settings: str) -> Iterator[str]:
    """Yields the address it prints."""
    environment = {**os.environ, **{f"GRANTWIRE_{name.upper()}": value for name, value in settings.items()}}
    command = [str(Path(sys.executable).parent / "grantwire"), *arguments, "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "http://127.0.0.1:" in line)
        yield "http://127.0.0.1:" + line.split("http://127.0.0.1:", 1)[1].split("/")[0].split()[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def events(count: int) -> list[dict[str, Any]]:
    made = []
    for index in range(count):
        event = event_types()["RequestCreated"].sample()
        event["id"], event["data"]["id"] = f"evt-{index}", f"req-{index}"
        made.append(event)
    return made


def measure(instance: str, count: int, size: int | None) -> dict[str, float]:
    call(f"{instance}/sandbox/requests", "DELETE")
    with tempfile.TemporaryDirectory() as data:
        settings = {"allowed_origins": instance, "bootstrap_api_key": KEY, "log_level": "error"}
        with started("serve", "--data", data, **settings) as server:
            call(f"{server}/v1/webhooks/bench", "PUT", webhook(instance, size))
            began = time.perf_counter()
            call(f"{server}/v1/events", "POST", events(count))
            while call(f"{server}/v1/deliveries?limit=1&state=pending,sending,waiting", "GET")["items"]:
                time.sleep(0.02)
            seconds = time.perf_counter() - began
    counters = call(f"{instance}/sandbox/requests?limit=1", "GET")["counters"]
    return {"events_per_second": round(count / seconds, 1), "calls": float(counters["arrived"])}


def webhook(instance: str, size: int | None) -> Mapping[str, Any]:
    raw = {
        "url": f"{instance}/api/now/table/incident",
        "auth": {"type": "basic", "username": "admin", "password": "admin"},
        "body": BODY,
        "triggers": ["RequestCreated"],
        "limits": {"concurrency": 4},
    }
    return raw if size is None else raw | {"batch": {"size": size}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=600)
    options = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    with started("sandbox", "servicenow") as instance:
        for round_trip_ms in ROUND_TRIPS_MS:
            call(f"{instance}/sandbox/reset", "POST", {})
            if round_trip_ms:
                fault = {"mode": "slow", "on": "api", "delay_seconds": round_trip_ms / 1000}
                call(f"{instance}/sandbox/faults", "POST", fault)
            for size in SIZES:
                name = f"{'alone' if size is None else f'batches of {size}'}, round trip {round_trip_ms} ms"
                figures[name] = measure(instance, options.events, size)
    show("To the ServiceNow stand-in, four calls at once", figures)
    save("batch", figures)


if __name__ == "__main__":
    main()
