"""Isolation: what the healthy targets notice when others are down, and new events of a storm of retries.

In: a real `grantwire serve`, ten targets in a process of their own, a paced load of events that each go to all ten.
Out: a table and `results/isolation.json`. Never: a figure without its floor, which is the same load with all targets
well, in turns with it.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from _load import closed_loop, connections, open_loop
from _machine import percentile, save, show
from _server import KEY, Server, serving
from _targets import Targets, targets
from end_to_end import single_bodies

TARGETS = 10
SILENT, FAILING = 8, 9  # the last two fall ill; the first eight are the healthy ones
HANGS_SECONDS = 30.0
STORM_SLOTS, STORM_ANSWERS_AFTER = 8, 0.02  # 400 requests a second, so that a storm of 5,000 lasts for a while
STORM_WAIT_SECONDS = 10.0


def add_webhook(running: Server, made: Targets, index: int, **changes: Any) -> None:
    definition = {"method": "POST", "url": made.url(index), "triggers": ["RequestCreated"]}
    body = '{"who": "{{ data.requester.name }}"}'
    running.call("PUT", f"/v1/webhooks/target-{index}", {**definition, "body": body, **changes})


async def paced(
    running: Server, made: Targets, watched: Sequence[int], *, run: str, seconds: float, per_second: float
) -> list[float]:
    """Milliseconds from just before each POST to the event's arrival, at each of the watched targets."""
    count = int(seconds * per_second)
    async with connections(running.port, KEY, 32) as opened:
        spans = await open_loop(opened, single_bodies(count, run), per_second=per_second)
    names = [f"evt-{run}-{index}" for index in range(count)]
    wanted = set(names)
    await _until(lambda: all(wanted <= made.times(index).keys() for index in watched), "every event")
    times = [made.times(index) for index in watched]
    return [(at[name] - sent) * 1000 for at in times for name, (sent, _) in zip(names, spans, strict=True)]


async def _until(is_so: Any, what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not arrive within a minute")
        await asyncio.sleep(0.1)


# ── two of ten are ill ──
async def neighbours(running: Server, made: Targets, options: argparse.Namespace) -> dict[str, Any]:
    """In turns: all well; then one hangs for 30 s and one answers 500."""
    healthy = range(SILENT)
    for index in healthy:
        add_webhook(running, made, index)
    found: dict[str, list[list[float]]] = {"ten_healthy": [], "two_ill": []}
    for number in range(options.rounds):
        for case, trips in found.items():
            renew(running, made)
            made.set(SILENT, "hang" if case == "two_ill" else "ok")
            made.set(FAILING, "500" if case == "two_ill" else "ok")
            healing = asyncio.get_running_loop().call_later(HANGS_SECONDS, made.set, SILENT, "ok")
            run = f"{case[:3]}{number}"
            trips.append(await paced(running, made, healthy, run=run, seconds=options.seconds, per_second=options.rate))
            healing.cancel()
    for index in range(TARGETS):
        running.call("DELETE", f"/v1/webhooks/target-{index}")
    return {case: figures(trips) for case, trips in found.items()}


def renew(running: Server, made: Targets) -> None:
    """What waits for the two that were ill goes with their webhooks, or it would be in the next turn's way."""
    known = {one["name"] for one in running.call("GET", "/v1/webhooks")["items"]}
    for index in (SILENT, FAILING):
        if f"target-{index}" in known:
            running.call("DELETE", f"/v1/webhooks/target-{index}")
        made.set(index, "ok")
        add_webhook(running, made, index)


def figures(rounds: Sequence[Sequence[float]]) -> dict[str, float]:
    """The median over the rounds of each percentile: the machine is shared."""
    return {
        f"p{round(share * 100)}_ms": statistics.median(percentile(trips, share) for trips in rounds)
        for share in (0.5, 0.95, 0.99)
    }


# ── a storm of retries ──
async def storm(running: Server, made: Targets, options: argparse.Namespace) -> dict[str, Any]:
    """New events of a webhook, in turns without and with thousands of its deliveries due again at once."""
    found: dict[str, list[list[float]]] = {"no_retries": [], "retry_storm": []}
    for number in range(options.rounds):
        for case, trips in found.items():
            limits, retry = {"concurrency": STORM_SLOTS}, {"schedule_seconds": [STORM_WAIT_SECONDS]}
            add_webhook(running, made, 0, limits=limits, retry=retry)
            if case == "retry_storm":
                await brew(running, made, options.retries, run=f"storm{number}")
            made.set(0, "ok", seconds=STORM_ANSWERS_AFTER)
            seconds = options.retries / (STORM_SLOTS / STORM_ANSWERS_AFTER)
            run = f"new{case[:2]}{number}"
            trips.append(await paced(running, made, [0], run=run, seconds=seconds, per_second=options.rate))
            running.call("DELETE", "/v1/webhooks/target-0")
            made.set(0, "ok")
    return {case: figures(trips) for case, trips in found.items()}


async def brew(running: Server, made: Targets, count: int, *, run: str) -> None:
    """So many deliveries wait to be tried again; when this returns, the first of them are due. 408 is a refusal of one
    request: it leaves the breaker closed, which would hold the storm."""
    made.set(0, "408")
    events = single_bodies(count, run)
    started = time.monotonic()
    async with connections(running.port, KEY, 8) as opened:
        await closed_loop(opened, [b"[" + b",".join(events[at : at + 100]) + b"]" for at in range(0, count, 100)])
    await _until(lambda: not waits(running), "the first attempts")
    await asyncio.sleep(max(0.0, STORM_WAIT_SECONDS - (time.monotonic() - started)))


def waits(running: Server) -> bool:
    """Whether first attempts are still to be made."""
    return any(
        running.call("GET", f"/v1/deliveries?state={state}&limit=1")["items"] for state in ("pending", "sending")
    )


async def program(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="grantwire-bench-"))
    try:
        with targets(TARGETS) as made, serving(folder / "data", *made.origins, log_level="error") as running:
            rows = await neighbours(running, made, options)
            rows |= await storm(running, made, options)
    finally:
        shutil.rmtree(folder)
    show("isolation", rows)
    ratios = {
        "two_ill_to_ten_healthy_p99": rows["two_ill"]["p99_ms"] / rows["ten_healthy"]["p99_ms"],
        "retry_storm_to_none_p99": rows["retry_storm"]["p99_ms"] / rows["no_retries"]["p99_ms"],
    }
    show("ratios (the first at most 1.5)", {"ratio": ratios})
    asked = {"events_per_second": options.rate, "seconds": options.seconds, "rounds": options.rounds}
    save("isolation", {**rows, **ratios, **asked, "retries": options.retries})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=40.0, help="events per second; each goes to ten targets")
    parser.add_argument("--seconds", type=float, default=40.0, help="length of a turn; the silent target hangs for 30")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--retries", type=int, default=5_000)
    uvloop.run(program(parser.parse_args()))


if __name__ == "__main__":
    main()
