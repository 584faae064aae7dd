"""End to end: accept → commit → render → TLS send → settle, beside a bare aiohttp loop that posts the same body.

In: a real `grantwire serve` (one process, SQLite with fsync), a TLS sink in its own process, this load generator.
Out: a table and `results/end_to_end.json`. Never: a figure without the floor of the same run.
"""

import argparse
import asyncio
import json
import shutil
import ssl
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

import _backlog
from _load import closed_loop, connections, open_loop
from _machine import cpu_seconds, make_certificate, percentile, rss_mb, save, show
from _server import KEY, Server, serving
from _sink import Sink, sink
from grantwire.domain.event_types import event_types
from grantwire.presets.catalog import by_name
from grantwire.template import compile_template

GUIDE = by_name()["servicenow-guide"].definition["body"]
SINGLE_CONNECTIONS = 64
BATCH_CONNECTIONS = 8
BATCH = 100


def sample_event(index: int, run: str) -> dict[str, Any]:
    """The sample of RequestCreated with an id of its own and a justification that needs escaping."""
    event = event_types()["RequestCreated"].sample()
    event["id"] = f"evt-{run}-{index}"
    event["data"]["id"] = f"req-{run}-{index}"
    event["data"]["justification"] = 'He said "now",\nO\'Brien <ops> & C:\\temp'
    return event  # type: ignore[no-any-return]


def single_bodies(count: int, run: str) -> list[bytes]:
    return [json.dumps(sample_event(index, run)).encode() for index in range(count)]


def batch_bodies(count: int, run: str) -> list[bytes]:
    events = single_bodies(count, run)
    return [b"[" + b",".join(events[start : start + BATCH]) + b"]" for start in range(0, count, BATCH)]


def server(data: Path, certificate: Path, target: Sink, **settings: object) -> AbstractContextManager[Server]:
    return serving(data, f"https://localhost:{target.port}", extra_ca_file=certificate, **settings)


def add_webhook(running: Server, target: Sink) -> None:
    running.call(
        "PUT",
        "/v1/webhooks/bench",
        {
            "active": True,
            "kind": "request",
            "method": "POST",
            "url": target.url,
            "headers": {"Authorization": "Bearer bench"},
            "body": GUIDE,
            "triggers": ["RequestCreated"],
            "limits": {"concurrency": SINGLE_CONNECTIONS},
        },
    )


async def bare_loop(target: Sink, certificate: Path, *, count: int) -> tuple[float, float]:
    """Deliveries per second and CPU-µs per delivery of aiohttp alone: what nobody who uses it can beat."""
    body = compile_template(GUIDE, mode="json").render(sample_event(0, "bare")).encode()
    headers = {"Authorization": "Bearer bench", "Content-Type": "application/json", "Accept": "application/json"}
    context = ssl.create_default_context(cafile=str(certificate))
    connector = aiohttp.TCPConnector(limit=SINGLE_CONNECTIONS, ssl=context)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def post(times: int) -> None:
            for _ in range(times):
                async with session.post(target.url, data=body, headers=headers) as answer:
                    assert answer.status == 201
                    await answer.read()

        await asyncio.gather(*(post(5) for _ in range(SINGLE_CONNECTIONS)))
        started, cpu = time.monotonic(), time.process_time()
        each = count // SINGLE_CONNECTIONS
        await asyncio.gather(*(post(each) for _ in range(SINGLE_CONNECTIONS)))
        sent = each * SINGLE_CONNECTIONS
        return sent / (time.monotonic() - started), (time.process_time() - cpu) / sent * 1e6


async def throughput(
    running: Server, target: Sink, bodies: Sequence[bytes], *, events: int, width: int
) -> dict[str, float]:
    target.reset()
    async with connections(running.port, KEY, width) as made:
        cpu = cpu_seconds(running.pid)
        started = time.monotonic()
        await closed_loop(made, bodies)
        await arrived(target, events)
    _, _, last_at = target.count()
    return {
        "deliveries_per_second": events / (last_at - started),
        "cpu_us_per_delivery": (cpu_seconds(running.pid) - cpu) / events * 1e6,
        "rss_mb": rss_mb(running.pid),
    }


async def latency(
    running: Server, target: Sink, bodies: Sequence[bytes], *, per_request: int, run: str, per_second: float
) -> dict[str, float]:
    """At a fixed rate of events: from just before the POST to its answer, and to the event's arrival in the sink."""
    target.reset()
    async with connections(running.port, KEY, 32) as made:
        spans = await open_loop(made, bodies, per_second=per_second / per_request)
        await arrived(target, len(bodies) * per_request)
    times = target.times()
    trips = [
        (times[f"evt-{run}-{index * per_request + offset}"] - sent) * 1000
        for index, (sent, _) in enumerate(spans)
        for offset in range(per_request)
    ]
    accepts = [(answered - sent) * 1000 for sent, answered in spans]
    return {
        **{f"p{round(share * 100)}_ms": percentile(trips, share) for share in (0.5, 0.95, 0.99)},
        **{f"accept_p{round(share * 100)}_ms": percentile(accepts, share) for share in (0.5, 0.95, 0.99)},
    }


async def arrived(target: Sink, count: int, *, within: float = 180.0) -> None:
    deadline = time.monotonic() + within
    while target.count()[0] < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {target.count()[0]} of {count} arrived within {within:g} s")
        await asyncio.sleep(0.05)


async def measure(running: Server, target: Sink, certificate: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Floor, single, batch; three rounds interleaved, the median of each, since the machine is shared."""
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(options.rounds):
        floor, floor_cpu = await bare_loop(target, certificate, count=options.events)
        found = {"bare_loop": {"deliveries_per_second": floor, "cpu_us_per_delivery": floor_cpu}}
        for name, bodies, width in (
            ("single", single_bodies(options.events, f"s{number}"), SINGLE_CONNECTIONS),
            ("batch", batch_bodies(options.events, f"b{number}"), BATCH_CONNECTIONS),
        ):
            found[name] = await throughput(running, target, bodies, events=options.events, width=width)
            found[name]["ratio_to_bare_loop"] = found[name]["deliveries_per_second"] / floor
        rounds.append(found)
    figures: dict[str, Any] = {
        case: {key: statistics.median(each[case][key] for each in rounds) for key in rounds[0][case]}
        for case in rounds[0]
    }
    paced = 500 * options.seconds
    figures["single"] |= await latency(
        running, target, single_bodies(paced, "ls"), per_request=1, run="ls", per_second=500
    )
    figures["batch"] |= await latency(
        running, target, batch_bodies(paced, "lb"), per_request=BATCH, run="lb", per_second=500
    )
    return figures


async def program(options: argparse.Namespace) -> None:
    folder = Path(tempfile.mkdtemp(prefix="grantwire-bench-"))
    certificate, key = make_certificate(folder)
    try:
        with sink(certificate, key) as target:
            with server(folder / "data", certificate, target) as running:
                add_webhook(running, target)
                figures = await measure(running, target, certificate, options)
            if options.full:
                figures["old_deliveries"] = await with_old_deliveries(folder, certificate, target, options)
                figures["backlog"] = await with_backlog(folder, certificate, target, options)
    finally:
        shutil.rmtree(folder)
    figures["connections"] = {"single": SINGLE_CONNECTIONS, "batch": BATCH_CONNECTIONS}
    show("end to end", {name: row for name, row in figures.items() if name != "connections"})
    save("end_to_end", figures)


async def with_old_deliveries(
    folder: Path, certificate: Path, target: Sink, options: argparse.Namespace
) -> dict[str, float]:
    """The single-event rate with many ended deliveries in the store beside the rate with none, in turns."""
    data = folder / "data"
    _backlog.add_ended(data, options.old)
    rates: dict[Path, list[float]] = {folder / "fresh": [], data: []}
    for number in range(options.rounds):
        for place, found in rates.items():
            with server(place, certificate, target) as running:
                add_webhook(running, target)
                bodies = single_bodies(options.events, f"o{number}")
                run = await throughput(running, target, bodies, events=options.events, width=SINGLE_CONNECTIONS)
                found.append(run["deliveries_per_second"])
    fresh, old = (statistics.median(found) for found in rates.values())
    return {"old_deliveries": options.old, "deliveries_per_second": old, "ratio_to_none": old / fresh}


async def with_backlog(folder: Path, certificate: Path, target: Sink, options: argparse.Namespace) -> dict[str, float]:
    """Resident memory while a process works on a backlog that is far larger than it should ever hold."""
    data = folder / "backlog"
    with server(data, certificate, target) as running:
        add_webhook(running, target)
        running.call("POST", "/v1/webhooks/bench/pause", {})
        async with connections(running.port, KEY, 1) as made:
            await closed_loop(made, single_bodies(1, "seed"))
    _backlog.add_pending(data, options.backlog)
    with server(data, certificate, target) as running:
        target.reset()
        running.call("POST", "/v1/webhooks/bench/resume", {})
        peak = 0.0
        deadline = time.monotonic() + options.seconds
        while time.monotonic() < deadline:
            peak = max(peak, rss_mb(running.pid))
            await asyncio.sleep(0.2)
        count, first_at, last_at = target.count()
    return {
        "backlog": options.backlog,
        "rss_mb": peak,
        "deliveries_per_second": count / (last_at - first_at) if count > 1 else 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000, help="events per case and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20, help="length of the paced runs at 500 events/s")
    parser.add_argument("--full", action="store_true", help="also with old deliveries and with a backlog (minutes)")
    parser.add_argument("--old", type=int, default=2_000_000)
    parser.add_argument("--backlog", type=int, default=1_000_000)
    options = parser.parse_args()
    uvloop.run(program(options))


if __name__ == "__main__":
    main()
