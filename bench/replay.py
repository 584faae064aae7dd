"""Replay of very many: how soon it answers, how fast it goes, what it keeps in memory, and what a kill leaves.

In: a store with many dead deliveries, a real `grantwire serve` that is killed half-way, a TLS sink. Out: a table and
`results/replay.json`. Never: a run that is called good although a delivery was sent twice beyond those in flight at the
kill, or not at all.
"""

import argparse
import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

import _backlog
from _load import closed_loop, connections
from _machine import make_certificate, percentile, rss_mb, save, show
from _server import KEY, Server
from _sink import Sink, sink
from end_to_end import SINGLE_CONNECTIONS, add_webhook, arrived, server, single_bodies

ASKED = {"webhooks": ["bench"], "states": ["dead"]}
MOST_IN_DOUBT = SINGLE_CONNECTIONS  # requests under way at the kill may be repeated


async def prepare(data: Path, certificate: Path, target: Sink, count: int) -> None:
    with server(data, certificate, target) as running:
        add_webhook(running, target)
        async with connections(running.port, KEY, 1) as made:
            await closed_loop(made, single_bodies(1, "seed"))
        await arrived(target, 1)
    _backlog.add_dead(data, count)
    target.reset()


def timed(call: Callable[[], Any], times: list[float]) -> Any:
    began = time.monotonic()
    answer = call()
    times.append((time.monotonic() - began) * 1000)
    return answer


async def watched(running: Server, job: str, *, until: Callable[[Any], bool], figures: dict[str, Any]) -> Any:
    """The job, asked for again and again until it is so."""
    while not until(found := timed(lambda: running.call("GET", f"/v1/replays/{job}"), figures["asked_ms"])):
        figures["rss_mb"] = max(figures["rss_mb"], rss_mb(running.pid))
        await asyncio.sleep(0.5)
    return found


async def program(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="grantwire-bench-"))
    certificate, key = make_certificate(folder)
    data, count = folder / "data", options.count
    figures: dict[str, Any] = {"deliveries": count, "rss_mb": 0.0, "asked_ms": []}
    dry, start = [], []
    try:
        with sink(certificate, key) as target:
            await prepare(data, certificate, target, count)
            began = time.monotonic()
            with server(data, certificate, target) as running:
                plan = timed(lambda: running.call("POST", "/v1/replays", {**ASKED, "dry_run": True}), dry)
                job = timed(lambda: running.call("POST", "/v1/replays", ASKED), start)["id"]
                await watched(running, job, until=lambda job: job["made"] >= count // 2, figures=figures)
                os.kill(running.pid, signal.SIGKILL)
            with server(data, certificate, target) as running:
                done = await watched(running, job, until=lambda job: job["state"] == "done", figures=figures)
                await arrived(target, count, within=options.patience)
                figures["deliveries_per_second"] = count / (time.monotonic() - began)
                await asyncio.sleep(2)
            sent = target.count()[0]
    finally:
        shutil.rmtree(folder)
    if done["made"] != count or not count <= sent <= count + MOST_IN_DOUBT:
        raise RuntimeError(f"{count} were wanted, {done['made']} made, {sent} sent; the dry run said {plan}")
    asked = figures.pop("asked_ms")
    figures |= {"dry_run_ms": dry[0], "start_ms": start[0], "progress_p99_ms": percentile(asked, 0.99)}
    figures |= {"progress_worst_ms": max(asked), "sent_twice": sent - count}
    show("replay", {"killed half-way": figures})
    save("replay", {"killed half-way": figures})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--patience", type=float, default=600, help="seconds until all must have arrived")
    uvloop.run(program(parser.parse_args()))


if __name__ == "__main__":
    main()
