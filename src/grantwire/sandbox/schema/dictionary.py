"""What a table and a column are, and which tables this instance has.

In: a table name. Out: its Table, or None. Must never: read or write records.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from grantwire.sandbox.schema.choices import Choices

CUSTOM_TABLE = re.compile(r"(?:u|x)_[a-z0-9_]{1,76}")
COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
CUSTOM_LENGTH = 4000


class Kind(StrEnum):
    TEXT = "string"
    REFERENCE = "reference"
    CHOICE = "choice"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "glide_date_time"
    JOURNAL = "journal_input"
    JOURNAL_LIST = "journal_list"
    SECRET = "password"


@dataclass(frozen=True, slots=True)
class Column:
    """`length` is in characters; longer input is cut silently. `target` is the table a reference points to."""

    name: str
    label: str
    kind: Kind
    length: int = 40
    default: str = ""
    target: str = ""
    choices: Choices = ()
    is_writable: bool = True
    is_unique: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`display` is the column whose value stands for the record; `prefix` begins its numbers ('' for none)."""

    name: str
    label: str
    columns: dict[str, Column]
    display: str
    prefix: str = ""
    parent: str = ""
    is_open: bool = False  # custom tables grow a column for every field they are given


class Dictionary:
    """All tables by name; custom ones (`u_`, `x_`) come into being when first named."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._original = tuple(tables)
        self._tables: dict[str, Table] = {}
        self.forget_additions()

    def table(self, name: str) -> Table | None:
        found = self._tables.get(name)
        if found is None and CUSTOM_TABLE.fullmatch(name):
            found = self._tables[name] = custom_table(name)
        return found

    def family(self, table: Table) -> tuple[str, ...]:
        """The table and every table that extends it: a query on `task` finds incidents."""
        children = (each for each in self._tables.values() if each.parent == table.name)
        return (table.name, *(child.name for child in children))

    def forget_additions(self) -> None:
        """Back to the tables and columns of a fresh instance."""
        self._tables = {each.name: replace(each, columns=dict(each.columns)) for each in self._original}

    def __iter__(self) -> Iterator[Table]:
        return iter(tuple(self._tables.values()))


def custom_table(name: str) -> Table:
    return Table(name, name, {column.name: column for column in SYSTEM_COLUMNS}, "sys_id", is_open=True)


def custom_column(name: str) -> Column:
    return Column(name, labelled(name), Kind.TEXT, CUSTOM_LENGTH)


def labelled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def system(name: str, label: str, kind: Kind) -> Column:
    return Column(name, label, kind, is_writable=False, default="0" if kind is Kind.INTEGER else "")


SYSTEM_COLUMNS: tuple[Column, ...] = (
    system("sys_id", "Sys ID", Kind.TEXT),
    system("sys_created_on", "Created", Kind.DATETIME),
    system("sys_created_by", "Created by", Kind.TEXT),
    system("sys_updated_on", "Updated", Kind.DATETIME),
    system("sys_updated_by", "Updated by", Kind.TEXT),
    system("sys_mod_count", "Updates", Kind.INTEGER),
    system("sys_tags", "Tags", Kind.TEXT),
)
