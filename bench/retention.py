"""Retention: accept → sink at 500 events a second while a sweep removes old records, beside the same without.

In: a store with many old events, a real `grantwire serve`, a TLS sink, the load of `end_to_end`. Out: a table and
`results/retention.json`. Never: one case measured long after the other (they take turns; the machine is shared).
"""

import argparse
import asyncio
import shutil
import sqlite3
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import uvloop

import _backlog
from _load import closed_loop, connections
from _machine import make_certificate, save, show
from _server import Server
from _sink import Sink, sink
from end_to_end import add_webhook, arrived, latency, server, single_bodies

PER_SECOND = 500
IDLE_SECONDS = 3
FOR_EVER = {f"keep_{kind}_days": 0 for kind in ("events", "deliveries", "attempts", "payloads")}
# What the sweep removes: whole events, or only the bodies of events that stay.
CASES: dict[str, dict[str, int]] = {
    "without": FOR_EVER,
    "removing_events": {**FOR_EVER, "keep_events_days": 400, "keep_deliveries_days": 400, "keep_attempts_days": 400},
    "removing_payloads": {**FOR_EVER, "keep_payloads_days": 90},
}
KINDS = ("events", "deliveries", "attempts", "payloads")


def removed(running: Server) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    prefix = 'grantwire_removed_total{kind="'
    found = [line.removeprefix(prefix).split('"} ') for line in lines if line.startswith(prefix)]
    return {kind: int(float(count)) for kind, count in found}


async def turn(case: str, data: Path, certificate: Path, target: Sink, *, seconds: int, run: str) -> dict[str, float]:
    with server(data, certificate, target, **CASES[case]) as running:
        add_webhook(running, target)
        before, began = removed(running), time.monotonic()
        bodies = single_bodies(PER_SECOND * seconds, run)
        found = await latency(running, target, bodies, per_request=1, run=run, per_second=PER_SECOND)
        took, after = time.monotonic() - began, removed(running)
        if case == "without":
            return found
        await asyncio.sleep(IDLE_SECONDS)
        idle = removed(running)
    for kind in KINDS:
        found[f"{kind}_removed_per_second"] = (after[kind] - before[kind]) / took
    found["removed_per_second_idle"] = sum(idle[kind] - after[kind] for kind in KINDS) / IDLE_SECONDS
    return found


async def seed(data: Path, certificate: Path, target: Sink, count: int) -> None:
    """A real event, then many old ones like it."""
    target.reset()
    with server(data, certificate, target, **FOR_EVER) as running:
        add_webhook(running, target)
        async with connections(running.port, "bench-key-000000000000000000000000", 1) as made:
            await closed_loop(made, single_bodies(1, "seed"))
        await arrived(target, 1)
        await until_indexed(data)
    _backlog.add_aged(data, count, days=500)


async def until_indexed(data: Path) -> None:
    asked = "SELECT count(*) FROM meta WHERE key IN ('facts_up_to', 'rolled_up_to')"
    with sqlite3.connect(data / "grantwire.db") as store:
        for _ in range(200):
            if store.execute(asked).fetchone() == (2,):
                return
            await asyncio.sleep(0.1)
    raise RuntimeError("the event was not indexed within 20 s")


def left(data: Path) -> dict[str, int]:
    with sqlite3.connect(data / "grantwire.db") as store:
        [events] = store.execute("SELECT count(*) FROM events WHERE id LIKE 'aged-%'").fetchone()
        [payloads] = store.execute("SELECT count(*) FROM events WHERE id LIKE 'aged-%' AND digest IS NULL").fetchone()
    return {"old_events_left": events, "of_these_with_payload": payloads}


async def program(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="grantwire-bench-"))
    certificate, key = make_certificate(folder)
    rounds: dict[str, list[dict[str, float]]] = {case: [] for case in CASES}
    try:
        with sink(certificate, key) as target:
            await seed(folder / "data", certificate, target, options.old)
            for number in range(options.rounds):
                cases = list(CASES) if number % 2 == 0 else list(reversed(CASES))
                for case in cases:
                    run = f"{case}-{number}"
                    found = await turn(case, folder / "data", certificate, target, seconds=options.seconds, run=run)
                    rounds[case].append(found)
            rest = left(folder / "data")
    finally:
        shutil.rmtree(folder)
    if min(rest.values()) == 0:
        raise SystemExit(f"the sweep ran out of old events ({rest}): give more with --old")
    figures: dict[str, Any] = {
        case: {name: statistics.median(one[name] for one in found) for name in found[0]}
        for case, found in rounds.items()
    }
    for case in CASES:
        figures[case]["p99_to_without"] = figures[case]["p99_ms"] / figures["without"]["p99_ms"]
        figures[case]["p99_ms_least"] = min(one["p99_ms"] for one in rounds[case])
        figures[case]["p99_ms_most"] = max(one["p99_ms"] for one in rounds[case])
    show(f"retention, {PER_SECOND} events a second", figures)
    save("retention", {**figures, "old_events": options.old, "rounds": options.rounds, **rest})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, default=100_000, help="old events in the store, each with a delivery")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=12, help="length of a turn")
    uvloop.run(program(parser.parse_args()))


if __name__ == "__main__":
    main()
