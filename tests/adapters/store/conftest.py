from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.adapters.store.traced import Trace, tracing
from tests.conformance.store_world import StoreWorld, a_store_world


@pytest.fixture
def trace() -> Iterator[Trace]:
    with tracing() as made:
        yield made


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StoreWorld]:
    async with a_store_world(tmp_path) as made:
        yield made
