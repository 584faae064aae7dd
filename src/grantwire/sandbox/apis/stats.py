"""The Aggregate API: `/api/now/stats/{table}` counts, sums, averages, finds least and most, in groups.

In: a Call. Out: an Answer. Must never: read records one by one; SQLite does the sums.
"""

from typing import Any

from grantwire.sandbox.apis.table import TableApi, is_true, mode_of
from grantwire.sandbox.exchange import Answer, Call, Caller, answered
from grantwire.sandbox.records.display import Display, Mode
from grantwire.sandbox.records.query_sql import column_sql
from grantwire.sandbox.records.storage import Storage
from grantwire.sandbox.schema.dictionary import Column, Dictionary, Table

FUNCTIONS = ("avg", "max", "min", "sum")
Columns = list[tuple[str, str, Column]]  # the name asked for, its SQL, what it is


class StatsApi:
    def __init__(self, dictionary: Dictionary, storage: Storage, tables: TableApi, display: Display) -> None:
        self._dictionary = dictionary
        self._storage = storage
        self._tables = tables
        self._display = display

    def answer(self, call: Call, caller: Caller, name: str) -> Answer:
        table = self._tables.table(name)
        condition = self._tables.condition(call, caller, table)
        groups = self._columns(table, call.query.get("sysparm_group_by", ""))
        measures = [
            (function, each)
            for function in FUNCTIONS
            for each in self._columns(table, call.query.get(f"sysparm_{function}_fields", ""))
        ]
        selects = [sql for _, sql, _ in groups] + ["count(*)"]
        selects += [f"{function}(CAST({each[1]} AS REAL))" for function, each in measures]
        grouping = ", ".join(sql for _, sql, _ in groups)
        family = self._dictionary.family(table)
        rows = list(self._storage.aggregate(family, condition, select=", ".join(selects), group=grouping))
        results = [self._result(call, row, groups, [(f, each[0]) for f, each in measures]) for row in rows]
        return answered({"result": results if groups else results[0]})

    def _result(
        self, call: Call, row: tuple[object, ...], groups: Columns, measures: list[tuple[str, str]]
    ) -> dict[str, Any]:
        stats: dict[str, Any] = {}
        if is_true(call.query, "sysparm_count"):
            stats["count"] = str(row[len(groups)])
        for (function, name), value in zip(measures, row[len(groups) + 1 :], strict=True):
            stats.setdefault(function, {})[name] = _number(function, value)
        if not groups:
            return {"stats": stats}
        fields = [self._group(call, each, value) for each, value in zip(groups, row, strict=False)]
        return {"stats": stats, "groupby_fields": fields}

    def _group(self, call: Call, group: tuple[str, str, Column], value: object) -> dict[str, str]:
        name, _, column = group
        text = "" if value is None else str(value)
        labels = dict(column.choices)
        shown = labels.get(text) or (self._display.display_of(column, text) if column.target and text else text)
        match mode_of(call.query):
            case Mode.VALUES:
                return {"field": name, "value": text}
            case Mode.DISPLAY:
                return {"field": name, "display_value": shown}
            case Mode.BOTH:
                return {"field": name, "display_value": shown, "value": text}

    def _columns(self, table: Table, names: str) -> Columns:
        found = ((name, column_sql(table, name, self._dictionary)) for name in names.split(",") if name)
        return [(name, *each) for name, each in found if each is not None]


def _number(function: str, value: object) -> str:
    if not isinstance(value, int | float):
        return ""
    return f"{value:.4f}" if function == "avg" else f"{value:g}"
