"""Log lines: each fact as one line of JSON on the standard error stream.

In: facts. Out: lines with time, level, fact and ids. Never: a line for a fact below the level (that costs nothing), or
an exception when nobody reads the stream any more.
"""

import asyncio
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from functools import partial
from time import time_ns
from typing import Any, BinaryIO

import msgspec
import structlog

from grantwire.adapters.observe.plain import PLAIN, Facts, plain

FLUSH_SECONDS = 0.2
_LEVELS = {
    "retention.removed": "debug",  # many a second; `retention.swept` tells of them all
    "delivery.waiting": "warning",
    "delivery.held": "warning",
    "delivery.dead": "warning",
    "webhook.paused": "warning",
    "target.opened": "warning",
    "deliveries.expired": "warning",
    "token.refused": "warning",
    "delivery.defect": "error",
    "replay.defect": "error",
    "replay.failed": "error",
    "console.failed": "error",
    "webhook.not_paused": "error",
    "store.unavailable": "error",
    "api.failed": "error",
}
_RANKS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


class LogLines:
    """Lines below `warning` are gathered for a fifth of a second and written together."""

    def __init__(self, level: str, stream: BinaryIO | None = None) -> None:
        self._rank = _RANKS[level]
        self._sink = _Sink(stream or sys.stderr.buffer)
        logger = structlog.wrap_logger(
            self._sink,
            processors=[_encoded],
            wrapper_class=structlog.make_filtering_bound_logger(level),
        ).bind()
        self._by_level: dict[str, Callable[..., Any]] = {
            name: getattr(logger, name) for name in ("debug", "info", "warning", "error")
        }
        self._by_fact = {fact: self._by_level[name] for fact, name in _LEVELS.items()}

    def wants(self, fact: str) -> bool:
        """Whether the fact is at or above the level."""
        return _RANKS[_LEVELS.get(fact, "info")] >= self._rank

    def note(self, fact: str, facts: Facts) -> None:
        self._by_fact.get(fact, self._by_level["info"])(fact, facts=facts)

    def close(self) -> None:
        self._sink.flush()


class _Sink:
    """What structlog calls a logger: takes finished lines."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        self._is_flush_due = False
        self.debug = self.info = partial(self._take, is_urgent=False)
        self.warning = self.error = partial(self._take, is_urgent=True)

    def _take(self, line: bytes, *, is_urgent: bool) -> None:
        self._lines.append(line)
        if is_urgent:
            self.flush()
        elif not self._is_flush_due:
            self._flush_later()

    def _flush_later(self) -> None:
        try:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        except RuntimeError:  # outside a loop nobody would come back for the line
            self.flush()
        else:
            self._is_flush_due = True

    def flush(self) -> None:
        lines, self._lines, self._is_flush_due = self._lines, [], False
        try:
            self._stream.write(b"".join(lines))
            self._stream.flush()
        except (OSError, ValueError):
            return  # the reader has gone or the stream is closed: no delivery may fail for that


_encoder = msgspec.json.Encoder()


def _encoded(_: Any, level: str, line: MutableMapping[str, Any]) -> bytes:
    """Time, level and fact first. structlog calls the fact `event`, which is the name of an id of ours: so the facts
    travel as one value, and are spread here."""
    spread = {"at": datetime.fromtimestamp(time_ns() / 1e9, UTC), "level": level, "fact": line["event"]}
    for name, value in line["facts"].items():
        spread[name] = value if type(value) in PLAIN else plain(value)
    return _encoder.encode(spread) + b"\n"
