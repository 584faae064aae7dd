"""The store, the catalogue."""

import pytest
from tests.conformance.store_world import StoreWorld
from tests.domain.catalogues import sample_catalogue

from grantwire.domain.catalogue import Catalogue
from grantwire.domain.catalogue_form import read_catalogue
from grantwire.domain.errors import Refusal, Refused


async def test_the_newest_version_counts_and_comes_back_as_it_was_put(world: StoreWorld) -> None:
    assert (await world.store.catalogue()).version == 0
    catalogue, now = read_catalogue(sample_catalogue()), world.clock.now()
    await world.store.put_catalogue(Catalogue(), expected_version=0, now=now, by="somebody")
    put = await world.store.put_catalogue(catalogue, expected_version=1, now=now, by="ada")
    assert await world.store.catalogue() == put
    assert (put.catalogue, put.version, put.changed_at, put.changed_by) == (catalogue, 2, now, "ada")


async def test_another_version_than_the_expected_one_is_not_replaced(world: StoreWorld) -> None:
    now = world.clock.now()
    await world.store.put_catalogue(Catalogue(), expected_version=None, now=now, by="somebody")
    with pytest.raises(Refused, match="version 1, not 0") as told:
        await world.store.put_catalogue(read_catalogue(sample_catalogue()), expected_version=0, now=now, by="x")
    assert told.value.why is Refusal.PRECONDITION_FAILED
    assert (await world.store.catalogue()).catalogue == Catalogue()
