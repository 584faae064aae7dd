from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.conformance.store_world import StoreWorld, a_store_world

settings.register_profile("long")  # `pytest tests/conformance --hypothesis-profile=long`


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StoreWorld]:
    async with a_store_world(tmp_path) as made:
        yield made
