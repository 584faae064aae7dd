"""Batch: events per second to the ServiceNow stand-in, four calls at once, each event alone and many in one call.

In: a real `grantwire serve` and a real sandbox, each its own process. Out: a table and `results/batch.json`.
Never: a figure of the batches without that of single requests of the same run. `round_trip_ms` is a wait of the sandbox
before each answer, for what the way to a real instance takes; an instance works a batch off one after another.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _machine import save, show
from _server import Server, serving, started
from grantwire.domain.event_types import event_types

SIZES = (None, 5, 20, 100)
ROUND_TRIPS_MS = (0, 50)
BODY = '{"short_description": "{{ data.justification }}", "correlation_id": "{{ data.id }}"}'


def events(count: int) -> list[dict[str, Any]]:
    made = []
    for index in range(count):
        event = event_types()["RequestCreated"].sample()
        event["id"], event["data"]["id"] = f"evt-{index}", f"req-{index}"
        made.append(event)
    return made


def measure(instance: Server, count: int, size: int | None) -> dict[str, float]:
    instance.call("DELETE", "/sandbox/requests")
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data), instance.url, log_level="error") as server,
    ):
        server.call("PUT", "/v1/webhooks/bench", webhook(instance.url, size))
        began = time.perf_counter()
        server.call("POST", "/v1/events", events(count))
        while server.call("GET", "/v1/deliveries?limit=1&state=pending,sending,waiting")["items"]:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    counters = instance.call("GET", "/sandbox/requests?limit=1")["counters"]
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
            instance.call("POST", "/sandbox/reset", {})
            if round_trip_ms:
                fault = {"mode": "slow", "on": "api", "delay_seconds": round_trip_ms / 1000}
                instance.call("POST", "/sandbox/faults", fault)
            for size in SIZES:
                name = f"{'alone' if size is None else f'batches of {size}'}, round trip {round_trip_ms} ms"
                figures[name] = measure(instance, options.events, size)
    show("To the ServiceNow stand-in, four calls at once", figures)
    save("batch", figures)


if __name__ == "__main__":
    main()
