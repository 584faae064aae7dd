"""The log is copied while the writer goes on, and begins anew: it does not grow with what was ever written."""

import asyncio
from pathlib import Path

import pytest
from tests.conformance.store_world import a_store_world

from grantwire.adapters.store import checkpoint
from grantwire.ports import Admission, Arrival, EventQuery

BODY = b'{"filler": "' + b"x" * 3000 + b'"}'
EVENTS = 4000


def log_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*-wal"))


async def written(folder: Path, events: int) -> int:
    """Bytes of the log after so many events, while the store is still open."""
    async with a_store_world(folder) as world:
        for _ in range(events // 20):
            await asyncio.gather(
                *(world.store.accept([Admission(world.event(body=BODY), (world.delivery(),))]) for _ in range(20))
            )
        return log_bytes(folder)


async def test_the_log_stays_short_however_much_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "ROWS", 200)
    assert await written(tmp_path, EVENTS) < EVENTS * len(BODY) / 4


async def test_without_checkpoints_it_would_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "ROWS", 10**9)
    assert await written(tmp_path, EVENTS) > EVENTS * len(BODY)


async def test_a_checkpoint_that_fails_takes_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk: the commit is on disk, so its callers are told so, and it is not written again."""
    monkeypatch.setattr(checkpoint, "ROWS", 1)
    monkeypatch.setattr(checkpoint, "_CHECKPOINT", "PRAGMA wal_checkpoint(")
    async with a_store_world(tmp_path) as world:
        world.store._gatherer._ledger._checkpoints._has_tail = True  # type: ignore[attr-defined]
        event = world.event(body=BODY)
        [acceptance] = await world.store.accept([Admission(event, (world.delivery(),))])
        assert acceptance.arrival is Arrival.NEW
        page = await world.store.events(EventQuery(), limit=10, after=None)
        assert [one.id for one in page.items] == [event.id]
