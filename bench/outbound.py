"""Outbound: what one send costs above a bare aiohttp loop that posts the same body to the same TLS sink.

In: nothing but a TLS sink in its own process. Out: a table and `results/outbound.json`.
Never: a figure without the floor of the same run: the two are measured in turns, in one process.
"""

import argparse
import asyncio
import json
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import uvloop

from _machine import make_certificate, save, show
from _sink import sink
from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import NoCredential
from grantwire.domain.exchange import Request, Response
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts

FLOOR = 0.85
ROUNDS = 5
BODY = json.dumps({"short_description": "prod db", "description": "x" * 1500}).encode()
HEADERS = (("Content-Type", "application/json"), ("Accept", "application/json"), ("Authorization", "Bearer abc"))
Send = Callable[[], Awaitable[None]]


async def measure(send: Send, *, requests: int, at_once: int) -> tuple[float, float]:
    """Requests per second, and CPU microseconds of this process for each."""
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            await send()

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return requests / (time.perf_counter() - began), (time.process_time() - cpu) / requests * 1e6


async def in_turns(sends: dict[str, Send], *, requests: int, at_once: int) -> dict[str, dict[str, float]]:
    """The best of the rounds of each: a noisy neighbour can only make a round slower."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sends}
    for _ in range(ROUNDS):
        for name, send in sends.items():
            found[name].append(await measure(send, requests=requests // ROUNDS, at_once=at_once))
    return {
        name: {"per_second": round(max(rate for rate, _ in each), 1), "cpu_us": round(min(cpu for _, cpu in each), 1)}
        for name, each in found.items()
    }


async def compare(url: str, certificate: Path, *, requests: int, at_once: int) -> dict[str, dict[str, float]]:
    context = ssl.create_default_context(cafile=str(certificate))
    sender = HttpSender(Allowance.of((url,)), extra_ca_file=certificate)
    request = Request(Method.POST, url, HEADERS, BODY, Origin.of(url))
    timeouts, credential = Timeouts(), NoCredential()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def bare() -> None:
            async with session.post(url, data=BODY, headers=dict(HEADERS), ssl=context) as answer:
                assert answer.status == 201
                await answer.read()

        async def ours() -> None:
            reply = await sender.send(request, timeouts, credential)
            assert isinstance(reply, Response)
            assert reply.status == 201

        figures = await in_turns({"bare": bare, "sender": ours}, requests=requests, at_once=at_once)
    await sender.close()
    ratio = figures["sender"]["per_second"] / figures["bare"]["per_second"]
    figures["sender"] |= {"ratio_to_bare_loop": round(ratio, 3), "floor": FLOOR}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--at-once", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(Path(folder))
        with sink(certificate, key) as target:
            figures = uvloop.run(compare(target.url, certificate, requests=options.requests, at_once=options.at_once))
    show("One send over kept-alive TLS", figures)
    save("outbound", figures)


if __name__ == "__main__":
    main()
