"""A full disk, a lock, a read-only file, a damaged file: what callers are told, and what comes after."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.conformance.store_world import StoreWorld, a_store_world

from grantwire.adapters.store import ledger
from grantwire.domain.delivery import State
from grantwire.domain.errors import Broken, NotNow
from grantwire.ports import Admission, EventQuery

BIG = b'{"filler": "' + b"x" * 200_000 + b'"}'


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def small_folder(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 3 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"NO FULL DISK WAS TRIED, a tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
async def small_disk(small_folder: Path) -> AsyncIterator[StoreWorld]:
    async with a_store_world(small_folder) as world:
        yield world


def fill_up(world: StoreWorld) -> None:
    """Until the disk has room for not one more byte."""
    with (world.folder / "filler").open("ab", buffering=0) as filler:
        for size in (65536, 4096, 1):
            with suppress(OSError):
                while True:
                    filler.write(b"x" * size)


async def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_is_lost(small_disk: StoreWorld) -> None:
    before = await small_disk.accepted()
    fill_up(small_disk)
    event = small_disk.event(body=BIG)
    with pytest.raises(NotNow, match="disk of the data folder is full"):
        await small_disk.store.accept([Admission(event, (small_disk.delivery(),))])
    assert await small_disk.store.event(event.id) is None
    assert await small_disk.state_of(before) is State.PENDING


async def test_a_store_recovers_by_itself_when_there_is_room_again(small_disk: StoreWorld) -> None:
    claim = await small_disk.claimed()
    fill_up(small_disk)
    with pytest.raises(NotNow):
        await small_disk.store.accept([small_disk.admission(body=BIG)])
    (small_disk.folder / "filler").unlink()
    assert await small_disk.store.settle(small_disk.settlement(claim))
    await small_disk.store.accept([small_disk.admission(body=BIG, event_id="evt_big")])
    await small_disk.crash()
    assert await small_disk.state_of(claim.delivery_id) is State.DELIVERED
    assert len((await small_disk.store.events(EventQuery(), limit=9, after=None)).items) == 2


async def test_who_has_no_room_does_not_take_the_others_down(small_disk: StoreWorld) -> None:
    """Together they do not fit; one by one the small ones do."""
    claim = await small_disk.claimed()
    huge = small_disk.admission(body=b'{"filler": "' + b"x" * 4_000_000 + b'"}')
    answers = await asyncio.gather(
        small_disk.store.accept([small_disk.admission(small_disk.delivery(), event_id="evt_small")]),
        small_disk.store.accept([huge]),
        small_disk.store.settle(small_disk.settlement(claim)),
        return_exceptions=True,
    )
    assert isinstance(answers[1], NotNow)
    assert answers[2] is True
    assert not isinstance(answers[0], BaseException)
    assert await small_disk.state_of(claim.delivery_id) is State.DELIVERED


async def test_the_check_notices_a_full_disk(small_disk: StoreWorld) -> None:
    await small_disk.store.check()
    fill_up(small_disk)
    small_disk.clock.move(1)
    with pytest.raises(NotNow):
        await small_disk.store.check()


# ── a lock ───────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def another_process_writing(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Holds the database's write lock until its input ends."""
    code = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('BEGIN IMMEDIATE')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
        "database.execute('ROLLBACK')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        try:
            yield process
        finally:
            process.communicate()


async def test_a_short_lock_only_delays(world: StoreWorld) -> None:
    with another_process_writing(world.path):
        call = asyncio.ensure_future(world.accepted())
        await asyncio.wait([call], timeout=0.1)
        assert not call.done()
    assert await world.state_of(await call) is State.PENDING


async def test_a_long_lock_is_not_now_and_then_all_is_well_again(
    world: StoreWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LOCK_TRIES", 3)
    claim = await world.claimed()
    with another_process_writing(world.path):
        calls = [world.store.accept([world.admission()]), world.store.settle(world.settlement(claim))]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(answer) for answer in answers] == [NotNow, NotNow]
        assert "locked" in str(answers[0])
        assert await world.state_of(claim.delivery_id) is State.SENDING  # reading goes on
    assert await world.store.settle(world.settlement(claim))


async def test_a_lock_does_not_stop_the_loop(world: StoreWorld) -> None:
    with another_process_writing(world.path):
        call = asyncio.ensure_future(world.accepted())
        for _ in range(100):
            await asyncio.wait_for(asyncio.sleep(0), timeout=1)
    await call


# ── a file that cannot be written ────────────────────────────────────────────────────────────────────────
async def test_a_database_that_became_read_only_is_not_now(world: StoreWorld) -> None:
    await world.accepted()
    await world.store.close()
    connection = sqlite3.connect(world.path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    copy = world.path.read_bytes()
    world.path.unlink()
    world.path.mkdir()
    with pytest.raises(NotNow, match="cannot be opened"):
        await world.open()
    world.path.rmdir()
    world.path.write_bytes(copy)
    await world.open()
    assert len(await world.claim()) == 1


@pytest.mark.parametrize("junk", [b"this is no database at all, but long enough to look at " * 100])
async def test_a_file_that_is_no_database_is_our_defect_and_stays_as_it_is(tmp_path: Path, junk: bytes) -> None:
    world = StoreWorld(tmp_path)
    world.path.write_bytes(junk)
    with pytest.raises(Broken, match="not a database"):
        await world.open()
    assert world.path.read_bytes() == junk


async def test_the_files_are_for_their_owner_alone(world: StoreWorld) -> None:
    await world.accepted()
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in world.folder.iterdir()}
    assert set(modes.values()) == {"0o600"}, modes
    assert {"grantwire.db", "grantwire.db-wal", "grantwire.key"} <= set(modes)


async def test_a_defect_of_one_caller_does_not_fail_the_others(world: StoreWorld) -> None:
    """A delivery id that is there already cannot come from our dice; if it does, only its caller learns of it."""
    taken = world.delivery()
    await world.accept(taken)
    answers = await asyncio.gather(
        world.store.accept([world.admission(world.delivery(), event_id="evt_before")]),
        world.store.accept([world.admission(taken, event_id="evt_bad")]),
        world.store.accept([world.admission(world.delivery(), event_id="evt_after")]),
        return_exceptions=True,
    )
    assert isinstance(answers[1], Broken)
    ids = {event.id for event in (await world.store.events(EventQuery(), limit=9, after=None)).items}
    assert {"evt_before", "evt_after"} <= ids
    assert "evt_bad" not in ids


async def test_a_cancelled_caller_does_not_disturb_the_others(world: StoreWorld) -> None:
    calls = [asyncio.ensure_future(world.store.accept([world.admission(event_id=f"evt_{n}")])) for n in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert await world.store.event(answers[2][0].event_id) is not None  # type: ignore[index]
