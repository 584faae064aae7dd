"""A file that was shrunk holds what it held, and nothing of what was removed."""

from pathlib import Path

import pytest
from tests.conformance.store_world import StoreWorld

from grantwire.adapters.folder_lock import alone_in
from grantwire.adapters.store.shrink import shrink_file
from grantwire.assemble import shrink
from grantwire.domain.errors import Refused
from grantwire.domain.event import EventId
from grantwire.domain.retention import Kind
from grantwire.settings import Settings

SECRET = b"a-justification-that-nobody-else-writes"


@pytest.fixture
async def swept(world: StoreWorld) -> StoreWorld:
    """Closed, after its one large event lost its body."""
    body = b'{"data": {"justification": "' + b"x" * 400_000 + SECRET + b'"}}'
    await world.accept(event_id="evt_a", body=body)
    await world.store.index_events(limit=10)
    before = world.clock.move(86_400)
    await world.store.remove(Kind.PAYLOADS, [1], before=before)
    await world.store.close()
    return world


async def test_the_free_space_goes_and_the_records_stay(swept: StoreWorld) -> None:
    before, after = shrink_file(swept.path)
    assert before.free_bytes > 300_000
    assert after.free_bytes == 0
    assert after.file_bytes <= before.file_bytes - before.free_bytes
    assert swept.path.stat().st_size == after.file_bytes
    await swept.open()
    event = await swept.store.event(EventId("evt_a"))
    assert event is not None
    assert event.is_payload_removed


async def test_no_byte_of_what_was_removed_is_left(swept: StoreWorld) -> None:
    """Not even before the file is shrunk: its pages were overwritten."""
    kept = b"".join(one.read_bytes() for one in swept.folder.glob("grantwire.db*"))
    assert b"evt_a" in kept
    assert SECRET not in kept
    await swept.open()


async def test_a_folder_that_is_served_is_left_alone(swept: StoreWorld) -> None:
    content = swept.path.read_bytes()
    with alone_in(swept.folder), pytest.raises(Refused, match="another server"):
        await shrink(Settings(data=swept.folder))
    assert swept.path.read_bytes() == content
    await swept.open()


async def test_a_folder_without_a_database_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nothing to shrink"):
        await shrink(Settings(data=tmp_path / "elsewhere"))
