"""Migrations: a new file, an old one, a newer one; what they make is what the statements expect."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from tests.conformance.store_world import StoreWorld

from grantwire.adapters.store.tables import metadata
from grantwire.domain.errors import Refused


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
