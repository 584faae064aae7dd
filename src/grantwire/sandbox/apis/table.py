"""The Table API: `/api/now/table/{table}` and `/{sys_id}` below it.

In: a Call whose caller is known. Out: an Answer, or Failure. Must never: know about faults, logs or sockets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from grantwire.sandbox.apis.request_body import record_in
from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.exchange import Answer, Call, Caller, Failure, answered
from grantwire.sandbox.properties import Properties
from grantwire.sandbox.records.display import Display, Mode, View
from grantwire.sandbox.records.query_sql import NOTHING, Asker, selected, selected_by_values
from grantwire.sandbox.records.records import Records, Writer
from grantwire.sandbox.records.storage import Condition, Record, Storage
from grantwire.sandbox.schema.dictionary import Dictionary, Table

DEFAULT_LIMIT = 10_000
MOST_DIGITS = 12
FRESH = frozenset({"sysparm_limit", "sysparm_offset"})


@dataclass(frozen=True, slots=True)
class Resource:
    """What a path of the Table API names; `version` is `v2` when the path names none."""

    table: str
    sys_id: str | None
    version: str


class TableApi:
    def __init__(  # noqa: PLR0917 - the parts it reads from and writes to
        self,
        dictionary: Dictionary,
        storage: Storage,
        records: Records,
        display: Display,
        properties: Properties,
        clock: SandboxClock,
    ) -> None:
        self._dictionary = dictionary
        self._storage = storage
        self._records = records
        self._display = display
        self._properties = properties
        self._clock = clock

    def answer(self, call: Call, caller: Caller, resource: Resource) -> Answer:
        table = self.table(resource.table)
        match call.method, resource.sys_id:
            case "GET" | "HEAD", None:
                return self._list(call, caller, resource, table)
            case "GET" | "HEAD", str(sys_id):
                return self._one(call, resource, self.record(table, sys_id))
            case "POST", None:
                return self._create(call, caller, resource, table)
            case "PUT" | "PATCH", str(sys_id):
                record = self.record(table, sys_id)
                given = record_in(call, self._properties.max_body_bytes)
                changed = self._records.change(record, given, writer_of(call, caller))
                return self._one(call, resource, changed)
            case "DELETE", str(sys_id):
                self._records.delete(self.record(table, sys_id))
                return Answer(204)
            case _:
                raise Failure(405, "Method not supported", f"{call.method} is not supported here")

    def table(self, name: str) -> Table:
        table = self._dictionary.table(name)
        if table is None:
            raise Failure(400, f"Invalid table {name}")
        return table

    def record(self, table: Table, sys_id: str) -> Record:
        record = self._storage.get(self._dictionary.family(table), sys_id)
        if record is None:
            raise Failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        return record

    def condition(self, call: Call, caller: Caller, table: Table) -> Condition:
        """Parts of a query that make no sense are dropped, so that it finds more than it says."""
        asker = Asker(self._dictionary, caller, self._clock.now())
        query = call.query.get("sysparm_query", "")
        pairs = {name: value for name, value in call.query.items() if not name.startswith("sysparm_")}
        selection = selected_by_values(table, pairs, asker) if pairs and not query else selected(table, query, asker)
        if selection.ignored and self._properties.invalid_query_returns_no_rows:
            return NOTHING
        return selection.condition

    def view(self, call: Call, version: str) -> View:
        base = self._properties.instance_url if self._properties.replace_request_host else call.base_url
        fields = tuple(name.strip() for name in call.query.get("sysparm_fields", "").split(",") if name.strip())
        return View(
            mode_of(call.query),
            fields,
            not is_true(call.query, "sysparm_exclude_reference_link"),
            f"{base}/api/now/{version}/table",
        )

    def _create(self, call: Call, caller: Caller, resource: Resource, table: Table) -> Answer:
        given = record_in(call, self._properties.max_body_bytes)
        record = self._records.create(table, given, writer_of(call, caller))
        location = f"{self.view(call, resource.version).link_base}/{table.name}/{record.sys_id}"
        return replace(self._one(call, resource, record), status=201, headers=(("Location", location),))

    def _one(self, call: Call, resource: Resource, record: Record) -> Answer:
        if is_true(call.headers, "X-no-response-body"):
            return Answer(200)
        shown = self._display.shown(self._records.table_of(record), record, self.view(call, resource.version))
        return answered({"result": shown})

    def _list(self, call: Call, caller: Caller, resource: Resource, table: Table) -> Answer:
        condition, family = self.condition(call, caller, table), self._dictionary.family(table)
        limit = whole(call.query.get("sysparm_limit", ""), DEFAULT_LIMIT)
        offset = whole(call.query.get("sysparm_offset", ""), 0)
        found = self._storage.find(family, condition, limit=limit, offset=offset)
        if not found and resource.version == "v1":
            detail = "Records matching query not found. Check query parameter or offset parameter"
            raise Failure(404, "No Record found", detail)
        headers: list[tuple[str, str]] = []
        if not is_true(call.query, "sysparm_no_count"):
            total = self._storage.count(family, condition)
            if not is_true(call.query, "sysparm_suppress_pagination_header"):
                headers.append(("Link", links(call, limit, offset, total)))
            headers.append(("X-Total-Count", str(total)))
        view = self.view(call, resource.version)
        rows = [self._display.shown(self._records.table_of(each), each, view) for each in found]
        return answered({"result": rows}, headers=tuple(headers))


def links(call: Call, limit: int, offset: int, total: int) -> str:
    """`prev` is there on the first page too, with a negative offset: recorded."""
    last = max((total - 1) // limit, 0) * limit if limit else 0
    offsets = {"first": 0, "prev": offset - limit, "next": offset + limit, "last": last}
    if offset + limit >= total:
        del offsets["next"]
    kept = "&".join(f"{quote(name)}={quote(value)}" for name, value in call.query.items() if name not in FRESH)
    base = f"{call.base_url}{call.path}?{kept}{'&' if kept else ''}sysparm_limit={limit}&sysparm_offset="
    return ",".join(f'<{base}{at}>;rel="{name}"' for name, at in offsets.items())


def writer_of(call: Call, caller: Caller) -> Writer:
    return Writer(caller, is_true(call.query, "sysparm_input_display_value"))


def mode_of(query: Mapping[str, str]) -> Mode:
    """Any case, and anything unknown counts as false: pysnow sends `False`."""
    wanted = query.get("sysparm_display_value", "").lower()
    return Mode(wanted) if wanted in {"true", "all"} else Mode.VALUES


def is_true(values: Mapping[str, Any], name: str) -> bool:
    return str(values.get(name, "")).lower() == "true"


def whole(text: str, default: int) -> int:
    """A whole number that SQLite can take; the default for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS else default
