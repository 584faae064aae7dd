"""Creates, changes and deletes records by the rules of the instance.

In: a table, the JSON object a client sent, who it is. Out: the record as stored; Failure when a rule refuses it.
Must never: parse HTTP or build an answer.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.exchange import Caller, Failure
from grantwire.sandbox.properties import Counters, Properties
from grantwire.sandbox.records.incident_rules import CLOSED, Moment, decided
from grantwire.sandbox.records.journal import Journal
from grantwire.sandbox.records.local_time import to_utc
from grantwire.sandbox.records.storage import Condition, DuplicateKey, Record, Storage, Values
from grantwire.sandbox.records.values import as_text, kept
from grantwire.sandbox.schema.dictionary import (
    COLUMN_NAME,
    Column,
    Dictionary,
    Kind,
    Table,
    custom_column,
)

SYS_ID = re.compile(r"[0-9a-f]{32}")
MOST_COLUMNS = 1000  # of a custom table; a real one ends about there too


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes; `reads_display_values` is `sysparm_input_display_value=true`."""

    caller: Caller
    reads_display_values: bool = False


class Records:
    def __init__(  # noqa: PLR0917 - the one place that holds all the instance's parts for writing
        self,
        dictionary: Dictionary,
        storage: Storage,
        clock: SandboxClock,
        properties: Properties,
        counters: Counters,
        new_id: Callable[[], str],
    ) -> None:
        self._dictionary = dictionary
        self._storage = storage
        self._clock = clock
        self._properties = properties
        self._counters = counters
        self._new_id = new_id
        self.journal = Journal(storage, new_id)

    def create(self, table: Table, given: Mapping[str, Any], writer: Writer) -> Record:
        at = self._clock.text()
        accepted = self._accepted(table, given, writer)
        defaults = {column.name: column.default for column in table.columns.values() if column.default}
        values = self._ruled(table, {}, {**defaults, **self._born(table, accepted, writer, at), **accepted}, writer)
        wanted = given.get("sys_id")
        sys_id = wanted if isinstance(wanted, str) and SYS_ID.fullmatch(wanted) else self._new_id()
        record = Record(table.name, sys_id, values)
        self._keep_unique(table, record)
        try:
            self._storage.insert(record)
        except DuplicateKey as error:
            raise unique_key_violation(sys_id, "PRIMARY") from error
        self._write_journals(table, record, given, writer)
        return record

    def change(self, record: Record, given: Mapping[str, Any], writer: Writer) -> Record:
        """A write that changes nothing leaves `sys_mod_count` and `sys_updated_on` alone."""
        table = self.table_of(record)
        accepted = self._accepted(table, given, writer)
        values = self._ruled(table, record.values, {**record.values, **accepted}, writer)
        has_note = not is_closed(record) and self._write_journals(table, record, given, writer)
        if {k: v for k, v in values.items() if v} == record.values and not has_note:
            return record
        count = str(int(record.values.get("sys_mod_count") or "0") + 1)
        stamps = {
            "sys_mod_count": count,
            "sys_updated_on": self._clock.text(),
            "sys_updated_by": writer.caller.user_name,
        }
        changed = replace(record, values={**values, **stamps})
        self._keep_unique(table, changed)
        self._storage.replace(changed)
        return changed

    def delete(self, record: Record) -> None:
        self._storage.delete(record)

    def table_of(self, record: Record) -> Table:
        table = self._dictionary.table(record.table)
        if table is None:
            raise LookupError(record.table)
        return table

    def _born(self, table: Table, accepted: Values, writer: Writer, at: str) -> Values:
        user = writer.caller
        values = {
            "sys_created_on": at,
            "sys_created_by": user.user_name,
            "sys_updated_on": at,
            "sys_updated_by": user.user_name,
            "sys_mod_count": "0",
        }
        if "sys_class_name" in table.columns:
            values["sys_class_name"] = table.name
        if table.prefix:
            number = accepted.get("number") or self._counters.next(table.prefix)
            values |= {"number": number, "task_effective_number": number}
            values |= {"opened_at": at, "opened_by": user.sys_id}
        return values

    def _ruled(self, table: Table, before: Values, wanted: Values, writer: Writer) -> Values:
        if table.name != "incident":
            return wanted
        given = frozenset(name for name in wanted if wanted.get(name) != before.get(name, _default(table, name)))
        return decided(before, wanted, given, Moment(writer.caller.sys_id, self._clock.text()))

    def _accepted(self, table: Table, given: Mapping[str, Any], writer: Writer) -> Values:
        accepted: Values = {}
        for name, value in given.items():
            column = table.columns.get(name) or self._grown(table, name)
            if column is None or not column.is_writable or column.kind in {Kind.JOURNAL, Kind.JOURNAL_LIST}:
                continue
            text = self._text(column, value, writer)
            if text is not None:
                accepted[name] = text
        return accepted

    def _grown(self, table: Table, name: str) -> Column | None:
        """A custom table has any column asked for; on the others an unknown field is dropped."""
        if not table.is_open or len(table.columns) >= MOST_COLUMNS or not COLUMN_NAME.fullmatch(name):
            return None
        column = table.columns[name] = custom_column(name)
        return column

    def _text(self, column: Column, value: Any, writer: Writer) -> str | None:
        match column.kind:
            case Kind.REFERENCE:
                return self._reference(column, as_text(value))
            case Kind.CHOICE:
                return self._choice(column, as_text(value), writer)
            case Kind.DATETIME if writer.reads_display_values:
                return kept(column, to_utc(as_text(value), self._properties.time_zone))
            case _:
                return kept(column, value)

    def _reference(self, column: Column, text: str) -> str:
        """A name that exists becomes its record's id; anything else is stored as it is, cut to 32."""
        target = self._dictionary.table(column.target)
        if not text or target is None or SYS_ID.fullmatch(text):
            return text[:32]
        names = [target.display, *(["user_name", "email"] if target.name == "sys_user" else [])]
        for name in names:
            where = f"json_extract(r.body, '$.{name}') COLLATE NOCASE = ?"
            found = self._storage.find(self._dictionary.family(target), Condition(where, (text,)), limit=1)
            if found:
                return found[0].sys_id
        return text[:32]

    def _choice(self, column: Column, text: str, writer: Writer) -> str | None:
        if not text or any(text == value for value, _ in column.choices):
            return text
        if writer.reads_display_values:
            for value, label in column.choices:
                if label.lower() == text.lower():
                    return value
        return text[: column.length] if self._properties.allow_non_existing_choices else None

    def _keep_unique(self, table: Table, record: Record) -> None:
        for column in table.columns.values():
            value = record.values.get(column.name) if column.is_unique else None
            if not value:
                continue
            where = f"json_extract(r.body, '$.{column.name}') COLLATE NOCASE = ? AND r.sys_id <> ?"
            if self._storage.count((table.name,), Condition(where, (value, record.sys_id))):
                raise unique_key_violation(value, column.name)

    def _write_journals(self, table: Table, record: Record, given: Mapping[str, Any], writer: Writer) -> bool:
        notes = [
            (column, text)
            for name, value in given.items()
            if (column := table.columns.get(name)) is not None
            and column.kind is Kind.JOURNAL
            and (text := as_text(value))
        ]
        for column, text in notes:
            self.journal.append(record, column, text, caller=writer.caller, at=self._clock.text())
        return bool(notes)


def is_closed(record: Record) -> bool:
    """A note to a closed incident is dropped, and the answer is 200 all the same (measured)."""
    return record.table == "incident" and record.values.get("state") == CLOSED


def _default(table: Table, name: str) -> str:
    column = table.columns.get(name)
    return column.default if column else ""


def unique_key_violation(value: str, key: str) -> Failure:
    detail = f"Unique Key violation detected by database ((conn=60417) Duplicate entry '{value}' for key '{key}')"
    return Failure(403, "Operation Failed", detail)
