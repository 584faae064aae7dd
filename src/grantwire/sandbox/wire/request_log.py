"""Remembers what arrived: the last requests in a ring, and counters of all.

In: a Call when it comes, its outcome when it ends. Out: entries for the control API and the page.
Must never: grow without bound.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grantwire.sandbox.exchange import Call

SHOWN_BODY_CHARACTERS = 65_536


@dataclass(slots=True)
class Entry:
    """`status` 0 means no answer yet; `outcome` says in words what became of it."""

    id: int
    at: float
    call: Call
    status: int = 0
    outcome: str = "being served"
    faults: list[str] = field(default_factory=list)
    duration_ms: float = 0.0

    def shown(self) -> dict[str, Any]:
        call = self.call
        return {
            "id": self.id,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": call.method,
            "path": call.path,
            "query": call.query_text,
            "headers": dict(call.headers),
            "body": call.body[: SHOWN_BODY_CHARACTERS * 4].decode(errors="replace")[:SHOWN_BODY_CHARACTERS],
            "body_bytes": len(call.body),
            "status": self.status or None,
            "outcome": self.outcome,
            "faults": self.faults,
            "duration_ms": round(self.duration_ms, 3),
        }


class RequestLog:
    def __init__(self, remembered: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=remembered)
        self._arrived = 0
        self._counts: Counter[tuple[str, int]] = Counter()

    def begin(self, call: Call, at: float) -> Entry:
        self._arrived += 1
        entry = Entry(self._arrived, at, call)
        self._entries.append(entry)
        return entry

    def end(self, entry: Entry, now: float) -> None:
        entry.duration_ms = (now - entry.at) * 1000
        self._counts[entry.call.method, entry.status] += 1

    def newest(self, limit: int, wanted: Mapping[str, str] | None = None) -> list[Entry]:
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if len(found) >= limit:
                break
            if _fits(entry, wanted or {}):
                found.append(entry)
        return found

    def counters(self) -> dict[str, Any]:
        by_status: Counter[str] = Counter()
        by_method: Counter[str] = Counter()
        for (method, status), count in self._counts.items():
            by_status[str(status or "no answer")] += count
            by_method[method] += count
        return {"arrived": self._arrived, "by_status": by_status, "by_method": by_method}

    def clear(self) -> None:
        self._entries.clear()
        self._counts.clear()
        self._arrived = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))


def _fits(entry: Entry, wanted: Mapping[str, str]) -> bool:
    call = entry.call
    facts = {
        "method": call.method == wanted.get("method", "").upper(),
        "path": wanted.get("path", "") in call.path,
        "body": wanted.get("body", "").encode() in call.body,
        "status": str(entry.status) == wanted.get("status", ""),
        "fault": wanted.get("fault", "") in entry.faults,
        "after": str(entry.id).zfill(20) > wanted.get("after", "").zfill(20),
    }
    return all(fact for name, fact in facts.items() if name in wanted)
