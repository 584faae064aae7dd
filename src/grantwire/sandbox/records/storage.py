"""Keeps records: one SQLite table in memory, a record's values as JSON without its empty ones.

In: table names, ids, values as text, and a WHERE built by `query_sql`. Out: records as dictionaries.
Must never: know a rule of ServiceNow.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

SCHEMA = """
CREATE TABLE record (
    id INTEGER PRIMARY KEY, table_name TEXT NOT NULL, sys_id TEXT NOT NULL, body TEXT NOT NULL
);
CREATE UNIQUE INDEX record_key ON record (sys_id, table_name);
CREATE INDEX record_table ON record (table_name, id);
CREATE TABLE content (sys_id TEXT PRIMARY KEY, bytes BLOB NOT NULL);
"""
# What clients look records up by; the text must be the one `query_sql` writes, or SQLite will not use the index.
INDEXED = ("correlation_id", "number", "element_id", "name", "user_name", "table_sys_id")

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    table: str
    sys_id: str
    values: Values


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE over `record r` with its parameters, and an ORDER BY ('' for the order of insertion)."""

    where: str
    parameters: tuple[str | float, ...] = ()
    order: str = ""


class DuplicateKey(Exception):
    """This sys_id is taken."""


class Storage:
    def __init__(self) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
        self._database.executescript(SCHEMA)
        for name in INDEXED:
            self._database.execute(
                f"CREATE INDEX record_{name} ON record (table_name, json_extract(body, '$.{name}') COLLATE NOCASE)"
                f" WHERE json_extract(body, '$.{name}') IS NOT NULL"
            )
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Values).decode

    def insert(self, record: Record) -> None:
        body = self._encode({name: value for name, value in record.values.items() if value})
        try:
            self._database.execute(
                "INSERT INTO record (table_name, sys_id, body) VALUES (?, ?, ?)",
                (record.table, record.sys_id, body.decode()),
            )
        except sqlite3.IntegrityError as error:
            raise DuplicateKey(record.sys_id) from error

    def replace(self, record: Record) -> None:
        body = self._encode({name: value for name, value in record.values.items() if value})
        self._database.execute(
            "UPDATE record SET body = ? WHERE sys_id = ? AND table_name = ?",
            (body.decode(), record.sys_id, record.table),
        )

    def delete(self, record: Record) -> None:
        self._database.execute("DELETE FROM record WHERE sys_id = ? AND table_name = ?", (record.sys_id, record.table))

    def get(self, family: Sequence[str], sys_id: str) -> Record | None:
        rows = self._database.execute("SELECT table_name, body FROM record WHERE sys_id = ?", (sys_id,))
        return next((Record(name, sys_id, self._decode(body)) for name, body in rows if name in family), None)

    def find(self, family: Sequence[str], condition: Condition, *, limit: int, offset: int = 0) -> list[Record]:
        order = f"{condition.order}, r.id" if condition.order else "r.id"
        rows = self._database.execute(
            f"SELECT r.table_name, r.sys_id, r.body FROM record r WHERE {within(family)} AND ({condition.where})"  # noqa: S608 - built by query_sql from checked column names
            f" ORDER BY {order} LIMIT ? OFFSET ?",
            (*family, *condition.parameters, limit, offset),
        )
        return [Record(table, sys_id, self._decode(body)) for table, sys_id, body in rows]

    def find_by(self, table: str, column: str, value: str) -> list[Record]:
        where = f"json_extract(r.body, '$.{column}') COLLATE NOCASE = ?"
        return self.find((table,), Condition(where, (value,)), limit=2)

    def newest(self, family: Sequence[str], *, limit: int, offset: int = 0) -> list[Record]:
        return self.find(family, Condition("1", order="r.id DESC"), limit=limit, offset=offset)

    def count(self, family: Sequence[str], condition: Condition) -> int:
        row = self._database.execute(
            f"SELECT count(*) FROM record r WHERE {within(family)} AND ({condition.where})",  # noqa: S608 - as above
            (*family, *condition.parameters),
        ).fetchone()
        return int(row[0])

    def aggregate(
        self, family: Sequence[str], condition: Condition, *, select: str, group: str
    ) -> Iterator[tuple[object, ...]]:
        """Rows of `select` (SQL over `record r`), one per value of `group` ('' for one row)."""
        grouping = f" GROUP BY {group} ORDER BY {group}" if group else ""
        yield from self._database.execute(
            f"SELECT {select} FROM record r WHERE {within(family)} AND ({condition.where}){grouping}",  # noqa: S608 - as above
            (*family, *condition.parameters),
        )

    def keep_content(self, sys_id: str, content: bytes) -> None:
        self._database.execute("INSERT INTO content (sys_id, bytes) VALUES (?, ?)", (sys_id, content))

    def content(self, sys_id: str) -> bytes | None:
        row = self._database.execute("SELECT bytes FROM content WHERE sys_id = ?", (sys_id,)).fetchone()
        return bytes(row[0]) if row else None

    def drop_content(self, sys_id: str) -> None:
        self._database.execute("DELETE FROM content WHERE sys_id = ?", (sys_id,))

    def close(self) -> None:
        self._database.close()

    def clear(self) -> None:
        self._database.execute("DELETE FROM record")
        self._database.execute("DELETE FROM content")


def within(family: Sequence[str]) -> str:
    return f"r.table_name IN ({', '.join('?' * len(family))})"
