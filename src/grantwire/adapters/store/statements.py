"""Statements of the hot path: written in SQLAlchemy Core, compiled once, run on the driver's cursor with tuples.

In: a Core statement, or a table and its columns. Out: an object that runs it for many rows. Never: SQL of one
database only, a transaction.

Why not `Connection.execute`: its work per call (cache key, parameters by name, result object) costs more than SQLite
needs for the statement. Measured in decision 0010.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import Dialect, Executable, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

Row = tuple[object, ...]

# Rows of one INSERT: powers of two, so that seven compiled texts serve every number of rows.
_SIZES = (64, 32, 16, 8, 4, 2, 1)

NativeInsert = sqlite.Insert | postgresql.Insert


class Cursor(Protocol):
    """What of a DB-API cursor is used."""

    @property
    def rowcount(self) -> int: ...

    def execute(self, sql: str, parameters: Sequence[object] = ..., /) -> Any: ...

    def executemany(self, sql: str, rows: Sequence[Row], /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Prepared:
    """One statement with bind parameters, given as tuples in the order of `names`."""

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        order = list(compiled.positiontup)
        if order != list(names):
            raise ValueError(f"the statement takes {order}, not {list(names)}: {compiled}")
        self._sql = str(compiled)

    def run(self, cursor: Cursor, row: Row) -> Any:
        return cursor.execute(self._sql, row)

    def run_each(self, cursor: Cursor, rows: Sequence[Row]) -> int:
        """How many rows of the table were touched."""
        if not rows:
            return 0
        cursor.executemany(self._sql, rows)
        return cursor.rowcount


class PreparedInsert:
    """`INSERT … VALUES (…), (…)`: a third cheaper than one statement per row, and the GIL is let go of only once."""

    def __init__(
        self, table: Table, columns: Sequence[str], dialect: Dialect, *, finish: Callable[[NativeInsert], NativeInsert]
    ) -> None:
        self._by_size = {size: _compile_insert(table, columns, dialect, size=size, finish=finish) for size in _SIZES}

    def run(self, cursor: Cursor, rows: Sequence[Row]) -> int:
        """How many were written."""
        written = 0
        for part in _parts(rows) if rows else ():
            self._by_size[len(part)].run(cursor, tuple(chain.from_iterable(part)))
            written += cursor.rowcount
        return written


class PreparedLookup:
    """`SELECT … WHERE … IN (…)` for any number of keys: the list is filled up by repeating the last key."""

    def __init__(self, write: Callable[[list[Any]], Executable], dialect: Dialect) -> None:
        self._by_size = {size: _compile_lookup(write, dialect, size) for size in _SIZES}

    def run(self, cursor: Cursor, keys: Sequence[str]) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(keys), _SIZES[0]):
            part = tuple(keys[start : start + _SIZES[0]])
            size = next(size for size in reversed(_SIZES) if size >= len(part))
            self._by_size[size].run(cursor, part + part[-1:] * (size - len(part)))
            found += cursor.fetchall()
        return found


def native_insert(table: Table, dialect: Dialect) -> NativeInsert:
    """With `ON CONFLICT`, which SQLAlchemy has per database though both write it alike."""
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _compile_insert(
    table: Table, columns: Sequence[str], dialect: Dialect, *, size: int, finish: Callable[[NativeInsert], NativeInsert]
) -> Prepared:
    names = [[f"{column}_{row}" for column in columns] for row in range(size)]
    values = [
        {column: bindparam(name, type_=table.c[column].type) for column, name in zip(columns, row, strict=True)}
        for row in names
    ]
    return Prepared(
        finish(native_insert(table, dialect).values(values)), dialect, [name for row in names for name in row]
    )


def _compile_lookup(write: Callable[[list[Any]], Executable], dialect: Dialect, size: int) -> Prepared:
    names = [f"key_{row}" for row in range(size)]
    return Prepared(write([bindparam(name) for name in names]), dialect, names)
