"""Flows: everything the HTTP API asks of the rest of the program, in one bundle.

In: what `assemble` built. Out: a frozen value that every route reads. Never: a decision.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from grantwire.domain.allowance import Allowance
from grantwire.flow.configure import Configure
from grantwire.flow.ingest import Ingest
from grantwire.flow.keep_catalogue import KeepCatalogue
from grantwire.flow.look import Look
from grantwire.flow.rehearse import Rehearse
from grantwire.flow.replay import Replay
from grantwire.flow.replays import Replays
from grantwire.flow.targets import Targets
from grantwire.ports import Clock, Dice, Observer


@dataclass(frozen=True, slots=True)
class Flows:
    """`api_keys` maps the SHA-256 of each key to its name; it is asked at every call, so it may change while the
    process runs. `check_store` raises `NotNow` while the store cannot be used. `proxy_trouble` says what
    the last request through the egress proxy met of its faults. `metrics` answers the text of `/metrics` with its
    content type."""

    ingest: Ingest
    configure: Configure
    rehearse: Rehearse
    look: Look
    replay: Replay
    replays: Replays
    targets: Targets
    catalogue: KeepCatalogue
    check_store: Callable[[], Awaitable[None]]
    metrics: Callable[[], Awaitable[tuple[bytes, str]]]
    api_keys: Mapping[bytes, str]
    allowance: Allowance
    observer: Observer
    clock: Clock
    dice: Dice
    proxy_trouble: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """How much one call may bring. A body that is no batch of events holds at most `max_event_bytes`."""

    max_event_bytes: int = 1024 * 1024
    max_batch_bytes: int = 64 * 1024 * 1024
    max_batch_events: int = 10_000
    version: str = "0.1.0"
