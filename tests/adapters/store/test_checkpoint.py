"""The log is copied while the writer goes on, and begins anew: it does not grow with what was ever written."""

import asyncio
from pathlib import Path

import pytest
from tests.conformance.store_world import a_store_world

from grantwire.adapters.store import checkpoint
from grantwire.ports import Admission

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
