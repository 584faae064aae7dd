"""The Import Set API: rows go to a staging table and are transformed into records of a target table.

In: a Call to `/api/now/import/{staging}`. Out: an Answer whose `result[].status` tells what became of each row.
Must never: refuse a row with an HTTP error: a real instance answers 201 and puts the failure into the result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grantwire.sandbox.apis.request_body import json_in, record_in, refuse_oversized
from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.exchange import Answer, Call, Caller, Failure, Problem, answered
from grantwire.sandbox.properties import Counters, Properties
from grantwire.sandbox.records.query_sql import Asker, column_sql
from grantwire.sandbox.records.records import Records, Writer
from grantwire.sandbox.records.storage import Condition, Record, Storage
from grantwire.sandbox.records.values import as_text
from grantwire.sandbox.schema.dictionary import COLUMN_NAME, Dictionary, Table

MOST_MAPS = 100


@dataclass(frozen=True, slots=True)
class TransformMap:
    """`fields` names source → target; a row whose `coalesce` columns match a record changes it."""

    name: str
    staging: str
    target: str
    fields: tuple[tuple[str, str], ...]
    coalesce: tuple[str, ...]


BUILT_IN = (
    TransformMap(
        "User",
        "imp_user",
        "sys_user",
        (("user_id", "user_name"), ("first_name", "first_name"), ("last_name", "last_name"), ("email", "email")),
        ("user_name",),
    ),
    TransformMap(
        "Incident",
        "u_imp_incident",
        "incident",
        (
            ("u_correlation_id", "correlation_id"),
            ("u_short_description", "short_description"),
            ("u_description", "description"),
            ("u_cause", "cause"),
            ("u_caller", "caller_id"),
            ("u_state", "state"),
            ("u_close_code", "close_code"),
            ("u_close_notes", "close_notes"),
            ("u_work_notes", "work_notes"),
        ),
        ("correlation_id",),
    ),
)


class ImportApi:
    def __init__(  # noqa: PLR0917 - the parts it reads from and writes to
        self,
        dictionary: Dictionary,
        storage: Storage,
        records: Records,
        properties: Properties,
        counters: Counters,
        clock: SandboxClock,
        new_id: Callable[[], str],
    ) -> None:
        self._dictionary = dictionary
        self._storage = storage
        self._records = records
        self._properties = properties
        self._counters = counters
        self._clock = clock
        self._new_id = new_id
        self._maps: dict[str, TransformMap] = {}
        self._results: dict[str, dict[str, Any]] = {}
        self.clear()

    def clear(self) -> None:
        self._maps = {each.staging: each for each in BUILT_IN}
        self._results.clear()

    def insert(self, call: Call, caller: Caller, staging: str) -> Answer:
        chosen = self._map_of(staging)
        row = record_in(call, self._properties.max_body_bytes)
        number = self._counters.next("ISET")
        result = {
            "import_set": number,
            "staging_table": staging,
            "result": [self._transformed(call, chosen, row, caller)],
        }
        sys_id = self._new_id()
        self._results[sys_id] = result
        return answered(result, status=201, headers=(("Location", f"{call.base_url}{call.path}/{sys_id}"),))

    def insert_multiple(self, call: Call, caller: Caller, staging: str) -> Answer:
        """Asynchronous on a real instance: the answer names the import set, not the rows' fate."""
        chosen = self._map_of(staging)
        refuse_oversized(call, self._properties.max_body_bytes)
        body = json_in(call)
        rows = body.get("records") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Failure(400, "Exception while reading request", "The payload has no array named records")
        for row in rows:
            self._transformed(call, chosen, row, caller)
        return answered({"import_set_id": self._new_id(), "multi_import_set_id": self._new_id()}, status=201)

    def result(self, sys_id: str) -> Answer:
        found = self._results.get(sys_id)
        if found is None:
            raise Failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        return answered(found)

    def add_map(self, value: Any) -> list[Problem]:
        given = value if isinstance(value, dict) else {}
        fields, coalesce = given.get("fields"), given.get("coalesce", [])
        target = self._dictionary.table(str(given.get("target_table")))
        problems: list[Problem] = []
        if not COLUMN_NAME.fullmatch(str(given.get("staging_table", ""))):
            problems.append(Problem("staging_table", f"{given.get('staging_table')!r} is not a table name"))
        if target is None:
            problems.append(Problem("target_table", f"there is no table {given.get('target_table')!r}"))
        if not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields.values()):
            problems.append(Problem("fields", f"{fields!r} is not an object of source and target column"))
        if not isinstance(coalesce, list) or not all(isinstance(each, str) for each in coalesce):
            problems.append(Problem("coalesce", f"{coalesce!r} is not a list of target columns"))
        if len(self._maps) >= MOST_MAPS:
            problems.append(Problem("", f"there are {MOST_MAPS} maps already"))
        if not problems and target is not None and isinstance(fields, dict):
            staging = str(given["staging_table"])
            name = str(given.get("name", staging))
            self._maps[staging] = TransformMap(name, staging, target.name, tuple(fields.items()), tuple(coalesce))
        return problems

    def _map_of(self, staging: str) -> TransformMap:
        chosen = self._maps.get(staging)
        if chosen is None:
            raise Failure(400, f"Invalid staging table {staging}")
        return chosen

    def _transformed(self, call: Call, chosen: TransformMap, row: Mapping[str, Any], caller: Caller) -> dict[str, str]:
        table = self._dictionary.table(chosen.target)
        if table is None:
            raise LookupError(chosen.target)
        given = {target: as_text(row[source]) for source, target in chosen.fields if source in row}
        head = {"transform_map": chosen.name, "table": table.name}
        try:
            existing = self._existing(table, chosen, given, caller)
            if existing is None:
                record, status = self._records.create(table, given, Writer(caller)), "inserted"
            else:
                record = self._records.change(existing, given, Writer(caller))
                status = "ignored" if record is existing else "updated"
        except Failure as failure:
            return {**head, "status": "error", "error_message": failure.detail or failure.message}
        return {
            **head,
            "display_name": table.display,
            "display_value": record.values.get(table.display, ""),
            "record_link": f"{call.base_url}/api/now/table/{table.name}/{record.sys_id}",
            "status": status,
            "sys_id": record.sys_id,
        }

    def _existing(self, table: Table, chosen: TransformMap, given: Mapping[str, str], caller: Caller) -> Record | None:
        """The record whose coalesce columns all equal the row's; a row without them is new."""
        wanted = [(name, given.get(name, "")) for name in chosen.coalesce]
        if not wanted or not all(value for _, value in wanted):
            return None
        asker = Asker(self._dictionary, caller, self._clock.now())
        columns = [column_sql(table, name, asker.dictionary) for name, _ in wanted]
        if not all(columns):
            return None
        where = " AND ".join(f"{column[0]} COLLATE NOCASE = ?" for column in columns if column)
        found = self._storage.find((table.name,), Condition(where, tuple(value for _, value in wanted)), limit=1)
        return found[0] if found else None
