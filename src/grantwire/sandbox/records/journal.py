"""Work notes and comments: every write appends an entry; reading gives the whole history, newest first.

In: a record and texts. Out: entries in `sys_journal_field`. Must never: keep a journal text in the record itself.
"""

from collections.abc import Callable

from grantwire.sandbox.exchange import Caller
from grantwire.sandbox.records.storage import Condition, Record, Storage, Values
from grantwire.sandbox.schema.dictionary import Column

TABLE = ("sys_journal_field",)
_OF_RECORD = "json_extract(r.body, '$.element_id') COLLATE NOCASE = ?"


class Journal:
    def __init__(self, storage: Storage, new_id: Callable[[], str]) -> None:
        self._storage = storage
        self._new_id = new_id

    def append(self, record: Record, column: Column, text: str, *, caller: Caller, at: str) -> None:
        values = {
            "name": record.table,
            "element": column.name,
            "element_id": record.sys_id,
            "value": text,
            "sys_created_on": at,
            "sys_created_by": caller.user_name,
            "sys_updated_on": at,
            "sys_updated_by": caller.user_name,
            "sys_mod_count": "0",
        }
        self._storage.insert(Record(TABLE[0], self._new_id(), values))

    def entries(self, sys_id: str) -> list[Values]:
        found = self._storage.find(TABLE, Condition(_OF_RECORD, (sys_id,), "r.id DESC"), limit=10_000)
        return [each.values for each in found]
