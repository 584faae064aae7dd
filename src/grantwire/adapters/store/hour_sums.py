"""Adds attempts up by webhook and hour.

In: rows of attempts with the webhook of their delivery. Out: sums. Never: SQL, or a whole attempt (only its time is
read; its bodies stay bytes).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from grantwire.domain.verdict import VerdictKind
from grantwire.domain.webhook_hour import BUCKETS, NOT_COUNTED, bucket_of

_HOUR = 3_600_000_000  # microseconds, as all times of the store


class Counted(NamedTuple):
    """What of an attempt is counted; `total_ms` is None when nothing was sent. `webhook_id` is None for a delivery
    that is gone."""

    seq: int
    webhook_id: str | None
    started_at: int
    verdict: VerdictKind
    total_ms: float | None


@dataclass(slots=True)
class Sum:
    delivered: int = 0
    failed: int = 0
    latencies: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    last_at: int = 0
    last_verdict: str = ""


# The reply's shapes as `rows_attempt` writes them, with everything but the times left unread.
_Stages = tuple[float, float | None, float | None, float | None, float | None]


class _Response(msgspec.Struct, array_like=True, tag=0):
    status: msgspec.Raw
    reason: msgspec.Raw
    headers: msgspec.Raw
    body: msgspec.Raw
    is_cut: msgspec.Raw
    stages: _Stages


class _NoResponse(msgspec.Struct, array_like=True, tag=1):
    fault: msgspec.Raw
    detail: msgspec.Raw
    stages: _Stages


class _NotSent(msgspec.Struct, array_like=True, tag=2):
    pass


class _Detail(msgspec.Struct, array_like=True):
    request: msgspec.Raw
    reply: _Response | _NoResponse | _NotSent


_decode = msgspec.msgpack.Decoder(_Detail).decode


def counted_of(row: Any) -> Counted:
    reply = _decode(row.detail).reply
    total_ms = None if isinstance(reply, _NotSent) else reply.stages[0]
    return Counted(row.seq, row.webhook_id, row.started_at, VerdictKind(row.verdict), total_ms)


def sums_of(attempts: Iterable[Counted]) -> Mapping[tuple[str, int], Sum]:
    sums: dict[tuple[str, int], Sum] = {}
    for attempt in attempts:
        if attempt.webhook_id is not None:
            hour = attempt.started_at - attempt.started_at % _HOUR
            _add(sums.setdefault((attempt.webhook_id, hour), Sum()), attempt)
    return sums


def _add(one: Sum, attempt: Counted) -> None:
    if attempt.verdict is VerdictKind.DELIVERED:
        one.delivered += 1
    elif attempt.verdict not in NOT_COUNTED:
        one.failed += 1
    if attempt.total_ms is not None:
        one.latencies[bucket_of(attempt.total_ms)] += 1
    if attempt.started_at >= one.last_at:
        one.last_at, one.last_verdict = attempt.started_at, attempt.verdict.value
