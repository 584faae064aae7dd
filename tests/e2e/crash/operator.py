"""Operator: the person who mends what only a person can, once the trouble is over.

In: a running server. Out: a store in which everything has ended. Never: a delivery that is cancelled.

A webhook that paused itself is resumed, a delivery that waits long (an instance that sleeps is asked again after a
quarter of an hour) is retried now, a dead one that holds its line is skipped.
"""

import time
import urllib.error
from datetime import UTC, datetime
from typing import Any

from tests.e2e.crash.launch import PATIENCE_SECONDS, pause
from tests.e2e.processes import Process

WEBHOOK = "crash"
OPEN = ("pending", "sending", "waiting", "held", "blocked")
LONG_SECONDS = 3.0


class StillOpenError(AssertionError):
    """What has not ended although there was time enough."""


def resume(running: Process) -> None:
    found = running.call("GET", f"/v1/webhooks/{WEBHOOK}")
    if found.get("paused_why"):
        running.call("POST", f"/v1/webhooks/{WEBHOOK}/resume", {})


def until_all_ended(running: Process) -> None:
    """As long as there is progress; raises `StillOpenError` after `PATIENCE_SECONDS` without any."""
    best, moved_at = -1, time.monotonic()
    while open_ := _open(running):
        ended = _ended(running)
        if ended > best:
            best, moved_at = ended, time.monotonic()
        if time.monotonic() - moved_at > PATIENCE_SECONDS:
            raise StillOpenError(f"nothing has ended for {PATIENCE_SECONDS:g} s; still open: {open_[:10]}")
        resume(running)
        _hurry(running)
        pause(0.2)


def _open(running: Process) -> list[dict[str, Any]]:
    """In one question, for between two of them a delivery could move from the state asked last to the one before."""
    return list(running.call("GET", f"/v1/deliveries?limit=500&state={','.join(OPEN)}")["items"])


def _ended(running: Process) -> int:
    return len(running.deliveries("delivered")) + len(running.deliveries("dead")) + len(running.deliveries("skipped"))


def _hurry(running: Process) -> None:
    now = datetime.now(UTC)
    for one in running.call("GET", "/v1/deliveries?limit=500&state=waiting")["items"]:
        due_at = datetime.fromisoformat(one["due_at"]) if one["due_at"] else now
        if (due_at - now).total_seconds() > LONG_SECONDS:
            _ask(running, f"/v1/deliveries/{one['id']}/retry")
    if running.call("GET", "/v1/deliveries?limit=1&state=blocked")["items"]:
        for one in running.deliveries("dead"):
            if one.get("holds_line_until"):
                _ask(running, f"/v1/deliveries/{one['id']}/skip")


def _ask(running: Process, path: str) -> None:
    try:
        running.call("POST", path, {})
    except urllib.error.HTTPError as refused:
        refused.close()  # it has moved meanwhile
        if refused.code not in {400, 409}:
            raise
