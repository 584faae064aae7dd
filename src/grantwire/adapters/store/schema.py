"""Brings a database to the schema this program needs.

In: an engine that writes. Out: nothing; the tables are there. Never: a step back, or a touch of a newer database.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from grantwire.adapters.store.sqlite import BEGIN_TO_WRITE
from grantwire.domain.errors import Problem, Refused

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """In one transaction: a migration that fails changes nothing. Raises `Refused` for a newer database."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        connection.exec_driver_sql(BEGIN_TO_WRITE)
        present = _revision(connection)
        if present == scripts.get_current_head():
            return
        _refuse_unknown(present, {script.revision for script in scripts.walk_revisions()})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(present: str | None, known: set[str]) -> None:
    if present is None or present in known:
        return
    problem = Problem(
        "",
        f"The database has schema {present}; this program knows schemas up to {max(known)}.",
        "Start the newer Grantwire that wrote it, or restore the backup made before the upgrade.",
    )
    raise Refused("The database was written by a newer Grantwire.", [problem])
