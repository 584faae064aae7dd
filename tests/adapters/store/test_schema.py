"""Migrations: a new file, an old one, a newer one; what they make is what the statements expect."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from tests.conformance.store_world import StoreWorld

from grantwire.adapters.store import migrations
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.tables import metadata
from grantwire.domain.delivery import State
from grantwire.domain.errors import Refused
from grantwire.domain.event import AccessRequestId


def schema_of(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows}


async def test_the_migrations_make_what_the_tables_say(world: StoreWorld) -> None:
    engine = create_engine(f"sqlite:///{world.path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    metadata.create_all(create_engine(f"sqlite:///{world.folder / 'by_tables.db'}"))
    made, meant = schema_of(world.path), schema_of(world.folder / "by_tables.db")
    assert {name for name in made if name != "alembic_version"} == set(meant)
    for name, sql in meant.items():
        if sql.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX")) or "WITHOUT ROWID" in sql:
            assert made[name] == sql


async def test_a_file_without_a_schema_gets_one(tmp_path: Path) -> None:
    world = StoreWorld(tmp_path)
    world.path.touch()
    await world.open()
    await world.accepted()
    await world.close()
    assert "deliveries" in schema_of(world.path)


async def test_opening_again_keeps_everything(world: StoreWorld) -> None:
    await world.accepted()
    before = schema_of(world.path)
    await world.store.close()
    await world.open()
    assert schema_of(world.path) == before
    assert len(await world.claim()) == 1


async def test_a_newer_database_is_refused_and_left_alone(world: StoreWorld) -> None:
    await world.accepted()
    await world.store.close()
    with closing(sqlite3.connect(world.path)) as database:
        [(head,)] = database.execute("SELECT version_num FROM alembic_version")
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    content = world.path.read_bytes()
    with pytest.raises(Refused, match=r"newer Grantwire.*schema 9999.*Start the newer Grantwire"):
        await world.open()
    assert world.path.read_bytes() == content
    with closing(sqlite3.connect(world.path)) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [head])
        database.commit()
    await world.open()


async def test_what_was_written_before_there_was_order_goes_on_as_it_was(tmp_path: Path) -> None:
    """A database of the schema before lines: its deliveries stand in none, and whoever comes after them may."""
    world = StoreWorld(tmp_path)
    make_old(world.path, "0003")
    stamp = to_stamp(world.clock.now())
    with closing(sqlite3.connect(world.path)) as database:
        event = (1, "evt_old", "RequestCreated", "request", stamp, stamp, "ar-1", b"{}")
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", event)
        delivery = ("dlv_old", "whk_1", "name", "pending", "", 0, 0, stamp, stamp, None, None, 1, None)
        database.execute("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", delivery)
        database.commit()
    await world.open()
    try:
        acceptance = await world.accept(world.delivery(line=AccessRequestId("ar-1")))
        assert acceptance.deliveries[0].state is State.PENDING
        claims = await world.claim()
        assert {(one.delivery_id, one.line) for one in claims} == {
            ("dlv_old", None),
            (acceptance.deliveries[0].id, "ar-1"),
        }
        assert all([await world.store.settle(world.settlement(claim)) for claim in claims])
    finally:
        await world.close()


def make_old(path: Path, revision: str) -> None:
    """The file as an earlier version left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
