"""The control API below `/sandbox/`: faults, requests, incidents, properties, clock, reset.

In: a Call. Out: an Answer in plain JSON. Must never: look like ServiceNow; bad input is answered with all its problems.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import msgspec

from grantwire.sandbox.apis.table import whole
from grantwire.sandbox.exchange import Answer, Call, Problem, answered
from grantwire.sandbox.faults.definition import read
from grantwire.sandbox.faults.modes import MODES
from grantwire.sandbox.faults.switched import Faults
from grantwire.sandbox.instance import Instance
from grantwire.sandbox.records.storage import Condition
from grantwire.sandbox.schema.dictionary import COLUMN_NAME, Column, Kind, labelled
from grantwire.sandbox.wire.limits import Limits
from grantwire.sandbox.wire.request_log import RequestLog

INCIDENTS = ("incident",)
NEWEST = 50


class Control:
    def __init__(self, instance: Instance, faults: Faults, log: RequestLog, limits: Limits) -> None:
        self._instance = instance
        self._faults = faults
        self._log = log
        self._limits = limits
        self._routes: Mapping[tuple[str, str], Callable[[Call], Answer]] = {
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._forget_requests,
            ("POST", "reset"): self._reset,
            ("GET", "incidents"): self._incidents,
            ("GET", "properties"): self._properties,
            ("PATCH", "properties"): self._change_properties,
            ("POST", "clock"): self._advance_clock,
            ("POST", "columns"): self._add_column,
            ("POST", "transform_maps"): self._add_transform_map,
            ("GET", "jwt_key"): self._private_key,
            ("PUT", "jwt_key"): self._trust_key,
        }

    def answer(self, call: Call) -> Answer:
        name = call.path.removeprefix("/sandbox").strip("/")
        if name.startswith("faults/") and call.method == "DELETE":
            return self._remove_fault(name.removeprefix("faults/"))
        handler = self._routes.get((call.method, name))
        if handler is not None:
            return handler(call)
        known = sorted(f"{method} /sandbox/{path}" for method, path in self._routes)
        methods = [method for method, path in self._routes if path == name]
        return answered(
            {"error": f"there is no {call.method} {call.path}", "known": known}, status=405 if methods else 404
        )

    def _list_faults(self, _: Call) -> Answer:
        modes = {mode.name: mode.summary for mode in MODES.values()}
        return answered({"faults": [each.shown() for each in self._faults.listed()], "modes": modes})

    def _add_faults(self, call: Call) -> Answer:
        value = json_of(call)
        if isinstance(value, Answer):
            return value
        faults, problems = read(value)
        if problems:
            return problems_answer(problems)
        return answered({"faults": [self._faults.add(each).shown() for each in faults]}, status=201)

    def _clear_faults(self, _: Call) -> Answer:
        self._faults.clear()
        return Answer(204)

    def _remove_fault(self, identity: str) -> Answer:
        return Answer(204) if self._faults.remove(identity) else problem(404, f"there is no fault {identity}")

    def _requests(self, call: Call) -> Answer:
        """Newest first; `method`, `path`, `body`, `status`, `fault`, `after` (an id) narrow it, `limit` cuts it."""
        limit = whole(call.query.get("limit", "100"), -1)
        if limit < 0:
            return problem(400, f"limit: {call.query['limit']!r} is not a whole number")
        entries = self._log.newest(limit, call.query)
        return answered({"counters": self._log.counters(), "requests": [each.shown() for each in entries]})

    def _forget_requests(self, _: Call) -> Answer:
        self._log.clear()
        return Answer(204)

    def _reset(self, _: Call) -> Answer:
        self._instance.reset()
        self._faults.clear()
        self._log.clear()
        self._limits.clear()
        return Answer(204)

    def _incidents(self, call: Call) -> Answer:
        """How many there are, and which `correlation_id` has which numbers: more than one is a duplicate."""
        storage = self._instance.storage
        wanted = call.query.get("correlation_id")
        where = Condition("json_extract(r.body, '$.correlation_id') = ?", (wanted,)) if wanted else Condition("1")
        by_id: dict[str, list[str]] = defaultdict(list)
        without = 0
        for row in storage.aggregate(INCIDENTS, where, select=_ID_AND_NUMBER, group=""):
            if row[0]:
                by_id[str(row[0])].append(str(row[1]))
            else:
                without += 1
        summary = {
            "total": storage.count(INCIDENTS, where),
            "without_correlation_id": without,
            "by_correlation_id": by_id,
            "duplicates": {name: numbers for name, numbers in by_id.items() if len(numbers) > 1},
            "newest": [
                {"sys_id": each.sys_id, **each.values}
                for each in storage.find(INCIDENTS, Condition(where.where, where.parameters, "r.id DESC"), limit=NEWEST)
            ],
        }
        return answered(summary)

    def _properties(self, _: Call) -> Answer:
        return answered(self._instance.properties.shown())

    def _change_properties(self, call: Call) -> Answer:
        value = json_of(call)
        if isinstance(value, Answer):
            return value
        if not isinstance(value, dict):
            return problem(400, "expected an object of property names and values")
        problems = self._instance.properties.change(value)
        if problems:
            return problems_answer([Problem(*each.split(": ", 1)) for each in problems])
        return answered(self._instance.properties.shown())

    def _advance_clock(self, call: Call) -> Answer:
        """Moves time on, so that a token's end need not be waited for."""
        value = json_of(call)
        if isinstance(value, Answer):
            return value
        seconds = value.get("advance_seconds") if isinstance(value, dict) else None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 1e9:
            return problem(400, f"advance_seconds: {seconds!r} is not a number from 0 to 1000000000")
        self._instance.clock.advance(seconds)
        return answered({"now": self._instance.clock.text()})

    def _add_column(self, call: Call) -> Answer:
        """Gives a table a column of the customer's own, with a unique index if asked."""
        value = json_of(call)
        if isinstance(value, Answer):
            return value
        given = value if isinstance(value, dict) else {}
        table = self._instance.dictionary.table(str(given.get("table")))
        name, length = str(given.get("name")), given.get("length", 40)
        problems = [] if table else [Problem("table", f"there is no table {given.get('table')!r}")]
        if not COLUMN_NAME.fullmatch(name) or (table and name in table.columns):
            problems.append(Problem("name", f"{name!r} is taken or not a column name such as u_event_id"))
        if isinstance(length, bool) or not isinstance(length, int) or not 1 <= length <= 1_000_000:
            problems.append(Problem("length", f"{length!r} is not a whole number from 1 to 1000000"))
        if problems or table is None:
            return problems_answer(problems)
        is_unique = given.get("unique") is True
        table.columns[name] = Column(name, labelled(name), Kind.TEXT, length, is_unique=is_unique)
        return answered({"table": table.name, "name": name, "length": length, "unique": is_unique}, status=201)

    def _add_transform_map(self, call: Call) -> Answer:
        value = json_of(call)
        if isinstance(value, Answer):
            return value
        problems = self._instance.imports.add_map(value)
        return problems_answer(problems) if problems else answered(value, status=201)

    def _private_key(self, _: Call) -> Answer:
        return Answer(200, self._instance.assertions.private_key_pem().encode(), "application/x-pem-file")

    def _trust_key(self, call: Call) -> Answer:
        wrong = self._instance.assertions.trust(call.body.decode(errors="replace"))
        return problem(400, wrong) if wrong else Answer(204)


_ID_AND_NUMBER = "json_extract(r.body, '$.correlation_id'), json_extract(r.body, '$.number')"


def json_of(call: Call) -> Any:
    """The body as JSON, or the Answer that says what is wrong with it."""
    try:
        return msgspec.json.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem(400, f"the body is not JSON: {error}")


def problems_answer(problems: list[Problem]) -> Answer:
    return answered({"problems": [asdict(each) for each in problems]}, status=400)


def problem(status: int, text: str) -> Answer:
    return answered({"problems": [{"path": "", "problem": text}]}, status=status)


def is_from_another_site(call: Call) -> bool:
    """A page of another site must not switch faults in the browser of whoever looks at it."""
    if call.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return True
    origin = call.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != urlsplit(call.base_url).netloc
