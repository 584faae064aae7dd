"""How long the console's pages take with 1,000,000 deliveries in the store.

In: nothing. Out: a table on the screen and `bench/results/console.json`: p50 and p99 of each page, with and without
filters, asked over real HTTP by somebody who signed in. Run: `python bench/console.py [--deliveries N] [--times N]`.

The time is what the asker waits, on one connection to the same machine: the server's own time and the way there. The
floor is the sign-in page, which asks the store nothing but who it is.
"""

import argparse
import asyncio
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from _console_store import PEOPLE, fill
from _machine import percentile, save, show
from grantwire.adapters.clock import SystemClock
from grantwire.adapters.dice import SystemDice
from grantwire.adapters.store.open import open_store
from grantwire.adapters.vault.vault import open_vault

KEY, EMAIL, PASSWORD = "gw_key_of_the_bench_program_", "bench@example.com", "correct horse battery"
WEBHOOKS = [f"webhook {number}" for number in range(10)]
SAMPLE = 5_000  # events that the index of facts is timed with
LIMIT_MS = 200


@contextmanager
def server(data: Path) -> Iterator[str]:
    settings = {
        "GRANTWIRE_BOOTSTRAP_API_KEY": KEY,
        "GRANTWIRE_BOOTSTRAP_ADMIN": f"{EMAIL}:{PASSWORD}",
        "GRANTWIRE_LOG_LEVEL": "error",
    }
    command = [str(Path(sys.executable).parent / "grantwire"), "serve", "--data", str(data), "--port", "0"]
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    finally:
        process.terminate()
        process.wait(30)


class Caller:
    """One connection, and the cookies that came over it."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, {"Cookie": cookie, **headers})
        answer = self._connection.getresponse()
        for set_cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode()

    def call(self, method: str, path: str, body: Any) -> None:
        status, text = self.ask(method, path, json.dumps(body), Authorization=f"Bearer {KEY}")
        assert status < 300, text

    def sign_in(self) -> None:
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.ask("GET", "/sign-in")[1])
        assert csrf is not None
        form = urlencode({"csrf": csrf[1], "email": EMAIL, "password": PASSWORD, "next": "/"})
        status, _ = self.ask("POST", "/sign-in", form, **{"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 303, status

    def time(self, path: str, times: int) -> dict[str, Any]:
        """The first is told apart: nothing of the page is warm then."""
        taken, size = [], 0
        for _ in range(times):
            began = time.perf_counter()
            status, text = self.ask("GET", path)
            taken.append((time.perf_counter() - began) * 1000)
            assert status == 200, (path, status, text[:200])
            size = text.count('class="row-link"')
        return {
            "p50_ms": percentile(taken[1:], 0.5),
            "p99_ms": percentile(taken[1:], 0.99),
            "first_ms": taken[0],
            "rows": size,
        }


def make_webhooks(url: str) -> None:
    """Real ones, by the API; the last is paused, and holds."""
    caller = Caller(url)
    for name in WEBHOOKS:
        definition = {
            "method": "POST",
            "url": "https://acme.service-now.com/api/now/table/incident",
            "body": '{"short_description": "{{ event_type }}"}',
            "triggers": ["RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired"],
        }
        caller.call("PUT", f"/v1/webhooks/{name.replace(' ', '%20')}", definition)
    caller.call("POST", f"/v1/webhooks/{WEBHOOKS[-1].replace(' ', '%20')}/pause", {"why": "for the figures"})


async def sweep(data: Path) -> float:
    """Fills the index of facts and the sums of the hour, as the server's sweep would; events indexed per second."""
    vault = open_vault(data / "grantwire.key")
    store = await open_store(data / "grantwire.db", vault=vault, clock=SystemClock(), dice=SystemDice())
    began = time.perf_counter()
    indexed = 0
    while indexed < SAMPLE and (step := await store.index_events(limit=250)):
        indexed += step
    per_second = indexed / (time.perf_counter() - began)
    while await store.index_events(limit=5_000) or await store.roll_up(limit=20_000):
        pass
    await store.close()
    return per_second


def pages(caller: Caller) -> dict[str, str]:
    """By what they show."""
    after = re.search(r'rel="next" href="([^"]+)"', caller.ask("GET", "/deliveries")[1])
    assert after is not None
    deep = f"/deliveries?state=delivered&until={time.strftime('%Y-%m-%dT%H:%M', time.gmtime(time.time() - 15 * 86400))}"
    hook, rare, common = urlencode({"webhook": WEBHOOKS[3]}), PEOPLE[-1], PEOPLE[0]
    return {
        "overview": "/",
        "webhook page": f"/webhooks/{WEBHOOKS[3].replace(' ', '%20')}",
        "webhook page, paused": f"/webhooks/{WEBHOOKS[-1].replace(' ', '%20')}?span=30d",
        "replay, dry run": f"/webhooks/{WEBHOOKS[3].replace(' ', '%20')}/replay",
        "deliveries": "/deliveries",
        "deliveries, second page": after[1].replace("&amp;", "&"),
        "deliveries, half way back": deep,
        "deliveries of a state": "/deliveries?state=dead",
        "deliveries of a webhook": f"/deliveries?{hook}",
        "deliveries of a state, webhook and time": f"/deliveries?state=skipped&period=7d&{hook}",
        "deliveries of a type": "/deliveries?type=RequestGranted",
        "deliveries of a common requester": f"/deliveries?requester={common}",
        "deliveries of a rare requester": f"/deliveries?requester={rare}",
        "deliveries, part of a requester's name": "/deliveries?requester=person+1",
        "deliveries of an integration": "/deliveries?integration=database+0",
        "deliveries, requester and integration": f"/deliveries?requester={common}&integration=database+7",
        "deliveries, every filter": f"/deliveries?state=dead&period=30d&type=RequestGranted&requester={common}"
        f"&integration=database+0&{hook}",
        "deliveries, nobody like that": "/deliveries?requester=nobody",
        "deliveries, state that is rare for the type": "/deliveries?state=held&type=RequestExpired&requester=" + common,
        "deliveries of an access request": "/deliveries?request=req-777",
        "events": "/events",
        "events of a type": "/events?type=RequestExpired",
        "events of a common requester": f"/events?requester={common}",
        "events of a rare requester": f"/events?requester={rare}",
        "events, every filter": f"/events?type=RequestExpired&requester={common}&integration=database+0&period=30d",
        "an event": _first(caller, "/events", "/events/"),
        "a delivery": _first(caller, "/deliveries?state=delivered", "/deliveries/"),
    }


def _first(caller: Caller, path: str, start: str) -> str:
    found = re.search(rf'href="({start}[^"?]+)"', caller.ask("GET", path)[1])
    assert found is not None
    return found[1]


def measure(folder: Path, *, deliveries: int, times: int) -> dict[str, Any]:
    data = folder / "data"
    with server(data) as url:
        make_webhooks(url)
    seconds = fill(data / "grantwire.db", deliveries=deliveries)
    print(f"filled with {deliveries:,} deliveries in {seconds:.0f} s", flush=True)
    indexed_per_second = asyncio.run(sweep(data))
    print(f"swept; {indexed_per_second:,.0f} events indexed per second", flush=True)
    with server(data) as url:
        caller = Caller(url)
        found = {"floor: sign-in page": caller.time("/sign-in", times)}
        caller.sign_in()
        found |= {name: caller.time(path, times) for name, path in pages(caller).items()}
    size = (data / "grantwire.db").stat().st_size / 1e6
    return {
        "deliveries": deliveries,
        "store_mb": size,
        "events_indexed_per_second": indexed_per_second,
        "limit_ms": LIMIT_MS,
        "worst_p99_ms": max(one["p99_ms"] for one in found.values()),
        "pages": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="How long the console's pages take.")
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    order = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grantwire-bench-") as folder:
        figures = measure(Path(folder), deliveries=order.deliveries, times=order.times)
    save("console", figures)
    show(f"The console with {order.deliveries:,} deliveries, milliseconds as the asker waits", figures["pages"])


if __name__ == "__main__":
    main()
