"""The proof that asking before repeating works: a real server, a real sandbox that does the work and hides it.

`make proof` (ARGS="--events 10000"). Every POST may be carried out and answered 403, carried out and answered 500,
carried out and reset, or carried out only after the client has given up; each at 30 %. Some are really lost: reset or
answered 500 without being carried out. So many events must become exactly so many incidents: none double, none missing.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.e2e.processes import Process, eventually, sandbox, server, token_of

from grantwire.domain.event_types import event_types
from grantwire.presets.catalog import by_name

MODES = ("created_but_403", "created_but_500", "created_then_reset", "created_after_timeout")
LOSSES = ("reset", "script_error_500")
SHARE, LOSS_SHARE = 0.3, 0.1
TIMEOUT_SECONDS, LATE_SECONDS, WAIT_SECONDS = 1.0, 1.4, 5.0
BATCH = 500
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Proof:
    """`struck` says how often each fault did; `asked` how many questions came."""

    events: int
    delivered: int
    incidents: int
    doubles: int
    missing: int
    posts: int
    asked: int
    struck: dict[str, int]
    seconds: float

    @property
    def holds(self) -> bool:
        return (self.delivered, self.incidents) == (self.events, self.events) and not (self.doubles or self.missing)


def prove(folder: Path, events: int) -> Proof:
    started_at = time.monotonic()
    with sandbox() as instance, server(folder, instance.url, breaker_faults="0") as running:
        running.call("PUT", "/v1/webhooks/proof", _webhook(instance))
        instance.call("POST", "/sandbox/faults", [*_faults(LOSSES, LOSS_SHARE), *_faults(MODES, SHARE)])
        for start in range(0, events, BATCH):
            running.call("POST", "/v1/events", [_event(number) for number in range(start, min(start + BATCH, events))])
        eventually(lambda: _is_over(running), within=LONGEST_SECONDS)
        return _counted(running, instance, events, time.monotonic() - started_at)


def _webhook(instance: Process) -> dict[str, Any]:
    """The preset, with a quick schedule."""
    preset = by_name()["servicenow-incident"].definition
    text = json.dumps(preset).replace("https://<SERVICENOW_INSTANCE>.service-now.com", instance.url)
    definition: dict[str, Any] = json.loads(text)
    definition |= {
        "auth": {"type": "bearer", "token": token_of(instance)},
        "timeout_seconds": TIMEOUT_SECONDS,
        "connect_timeout_seconds": TIMEOUT_SECONDS,
        "retry": {"attempts": 100, "schedule_seconds": [0.2, 0.5, 1]},
        "limits": {"concurrency": 32},
    }
    definition["reconcile"]["wait_seconds"] = WAIT_SECONDS
    del definition["name"]
    return definition


def _faults(modes: tuple[str, ...], share: float) -> list[dict[str, Any]]:
    late = {"created_after_timeout": {"delay_seconds": LATE_SECONDS}}
    return [{"mode": mode, "probability": share, "match": {"method": "POST"}, **late.get(mode, {})} for mode in modes]


def _event(number: int) -> dict[str, Any]:
    envelope = event_types()["RequestCreated"].sample()
    envelope["id"] = f"proof-{number}"
    envelope["data"]["id"] = f"request-{number}"
    return envelope


def _is_over(running: Process) -> bool:
    return not any(running.call("GET", f"/v1/deliveries?limit=1&state={state}")["items"] for state in _UNDER_WAY)


_UNDER_WAY = ("pending", "sending", "waiting", "held")


def _counted(running: Process, instance: Process, events: int, seconds: float) -> Proof:
    by_id: dict[str, list[str]] = instance.call("GET", "/sandbox/incidents")["by_correlation_id"]
    faults = instance.call("GET", "/sandbox/faults")["faults"]
    arrived = instance.call("GET", "/sandbox/requests?limit=1")["counters"]["by_method"]
    wanted = {f"proof-{number}" for number in range(events)}
    return Proof(
        events=events,
        delivered=len(running.deliveries("delivered")),
        incidents=sum(len(numbers) for numbers in by_id.values()),
        doubles=sum(len(numbers) - 1 for numbers in by_id.values()),
        missing=len(wanted - by_id.keys()),
        posts=max(fault["seen"] for fault in faults),
        asked=arrived["GET"],
        struck={fault["mode"]: fault["struck"] for fault in faults},
        seconds=round(seconds, 1),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000)
    with tempfile.TemporaryDirectory(prefix="grantwire-proof-") as folder:
        proof = prove(Path(folder), parser.parse_args().events)
    sys.stdout.write(json.dumps(asdict(proof), indent=2) + "\n")
    return 0 if proof.holds else 1


if __name__ == "__main__":
    sys.exit(main())
