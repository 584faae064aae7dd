"""Real processes: a server and a sandbox, each started as a person would, on ports the system picks."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "e2e-key-0000000000000000000000000"
PATIENCE_SECONDS = 30.0  # what is waited for comes in milliseconds
GRANTWIRE = [sys.executable, "-m", "grantwire"]


@dataclass
class Process:
    """A running program that printed where it listens."""

    process: subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        """As a crash would: no handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """As an operator would; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The parsed answer. Raises `urllib.error.HTTPError`."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.loads(answer.read() or b"null")

    def deliveries(self, state: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            query = f"?limit=500{f'&state={state}' if state else ''}{f'&after={after}' if after else ''}"
            page = self.call("GET", f"/v1/deliveries{query}")
            found += page["items"]
            if not page["after"]:
                return found
            after = page["after"]


@contextmanager
def started(command: list[str], environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Process(process, _url_of(process))
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def _url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        found = re.search(r"https?://127\.0\.0\.1:\d+", line)
        if found:
            return found[0]
    raise AssertionError(f"ended before it listened: {''.join(seen)}")


def server(data: Path, *origins: str, **settings: str):
    """`grantwire serve` on a data folder; settings as in the environment, without their prefix."""
    environment = {
        "GRANTWIRE_BOOTSTRAP_API_KEY": KEY,
        "GRANTWIRE_ALLOWED_ORIGINS": ",".join(origins),
        "GRANTWIRE_LOG_LEVEL": "error",
        **{f"GRANTWIRE_{name.upper()}": value for name, value in settings.items()},
    }
    return started([*GRANTWIRE, "serve", "--data", str(data), "--port", "0"], environment)


def sandbox():
    return started([*GRANTWIRE, "sandbox", "servicenow", "--port", "0"])


def token_of(instance: Process) -> str:
    form = "grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret&username=admin&password=admin"
    request = urllib.request.Request(
        f"{instance.url}/oauth_token.do",
        data=form.encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return str(json.loads(answer.read())["access_token"])


def incidents(instance: Process) -> int:
    """Counted by the instance itself."""
    authorization = f"Bearer {token_of(instance)}"
    found = instance.call("GET", "/api/now/stats/incident?sysparm_count=true", Authorization=authorization)
    return int(found["result"]["stats"]["count"])


def eventually(is_so: Any, *, within: float = PATIENCE_SECONDS) -> None:
    """Asks another process again and again; what it waits for is an event there, which this one cannot be told of."""
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
