"""Turns an encoded query into SQL over the record store, leaving out what it cannot make sense of.

In: a table, the text of a query or field=value pairs, who asks and when. Out: a Selection with its Condition.
Must never: put text from outside into SQL except as a parameter; column names are those of the dictionary.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from grantwire.sandbox.clock import FORMAT
from grantwire.sandbox.exchange import Caller
from grantwire.sandbox.records.encoded_query import Operator, Order, Query, Term, parse
from grantwire.sandbox.records.storage import Condition
from grantwire.sandbox.schema.dictionary import Column, Dictionary, Kind, Table

EVERYTHING = Condition("1")
NOTHING = Condition("0")
_SCRIPT = re.compile(r"javascript:\s*gs\.(\w+)\(([^()]*)\)")

# x is the column, ? the value. What is empty is not stored, and so is NULL; "is not" includes it.
PATTERNS = {
    Operator.ANYTHING: "1",
    Operator.IS_EMPTY: "({x} IS NULL OR {x} = '')",
    Operator.EMPTY_STRING: "({x} IS NULL OR {x} = '')",
    Operator.IS_NOT_EMPTY: "({x} IS NOT NULL AND {x} <> '')",
    Operator.EQUALS: "{x} COLLATE NOCASE = ?",
    Operator.NOT_EQUALS: "({x} IS NULL OR {x} COLLATE NOCASE <> ?)",
    Operator.LIKE: "instr(lower({x}), lower(?)) > 0",
    Operator.CONTAINS: "instr(lower({x}), lower(?)) > 0",
    Operator.NOT_LIKE: "({x} IS NULL OR instr(lower({x}), lower(?)) = 0)",
    Operator.NOT_CONTAINS: "({x} IS NULL OR instr(lower({x}), lower(?)) = 0)",
    Operator.STARTS_WITH: "lower(substr({x}, 1, length(?))) = lower(?)",
    Operator.ENDS_WITH: "lower(substr({x}, -length(?))) = lower(?)",
}

Parameters = tuple[str | float, ...]
Sql = tuple[str, Parameters]


@dataclass(frozen=True, slots=True)
class Selection:
    """`ignored` holds the parts that were dropped: a real instance drops them silently, so does the caller."""

    condition: Condition
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asker:
    """What a query needs to know of its surroundings."""

    dictionary: Dictionary
    caller: Caller
    now: float


def selected(table: Table, text: str, asker: Asker) -> Selection:
    query = parse(text)
    ignored = list(query.invalid)
    alternatives = [_conjunction(table, group, asker, ignored) for group in query.groups]
    present = [each for each in alternatives if each is not None]
    where, parameters = _joined("OR", present) if present else ("1", ())
    order = ", ".join(_orders(table, query, asker, ignored))
    return Selection(Condition(where, parameters, order), tuple(ignored))


def selected_by_values(table: Table, pairs: Mapping[str, str], asker: Asker) -> Selection:
    """`?number=INC0010001&state=closed`: equality; choices and references also by display value."""
    parts: list[Sql] = []
    ignored: list[str] = []
    for name, value in pairs.items():
        term = Term(name, Operator.EQUALS, value, f"{name}={value}")
        part = _by_display(table, term, asker) if value else None
        if part is None:
            ignored.append(term.text)
        else:
            parts.append(part)
    where, parameters = _joined("AND", parts) if parts else ("1", ())
    return Selection(Condition(where, parameters), tuple(ignored))


def column_sql(table: Table, path: str, dictionary: Dictionary) -> tuple[str, Column] | None:
    """The SQL for a column, dot-walked through references if need be; None when there is no such column."""
    return _walk(table, path.split("."), dictionary, "r")


def _walk(table: Table, names: Sequence[str], dictionary: Dictionary, alias: str) -> tuple[str, Column] | None:
    column = table.columns.get(names[0])
    if column is None or column.kind is Kind.SECRET:
        return None
    expression = _stored(column, alias)
    if len(names) == 1:
        return expression, column
    target = dictionary.table(column.target) if column.kind is Kind.REFERENCE else None
    below = alias + "r"
    found = _walk(target, names[1:], dictionary, below) if target and len(alias) < 5 else None
    if target is None or found is None:
        return None
    family = ", ".join(f"'{name}'" for name in dictionary.family(target))
    inner = (
        f"(SELECT {found[0]} FROM record {below} WHERE {below}.sys_id = {expression}"  # noqa: S608 - names of the dictionary only
        f" AND {below}.table_name IN ({family}))"
    )
    return inner, found[1]


def _stored(column: Column, alias: str) -> str:
    if column.name == "sys_id":
        return f"{alias}.sys_id"
    if column.name == "sys_class_name":
        return f"{alias}.table_name"
    return f"json_extract({alias}.body, '$.{column.name}')"


def _conjunction(table: Table, group: tuple[tuple[Term, ...], ...], asker: Asker, ignored: list[str]) -> Sql | None:
    clauses: list[Sql] = []
    for clause in group:
        terms: list[Sql] = []
        for term in clause:
            part = _term(table, term, asker)
            if part is None:
                ignored.append(term.text)
            else:
                terms.append(part)
        if terms:
            clauses.append(_joined("OR", terms))
    return _joined("AND", clauses) if clauses else None


def _joined(word: str, parts: Sequence[Sql]) -> Sql:
    """A balanced tree: SQLite refuses expressions deeper than 1000."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = _joined(word, parts[:middle]), _joined(word, parts[middle:])
    return f"({left[0]} {word} {right[0]})", (*left[1], *right[1])


def _term(table: Table, term: Term, asker: Asker) -> Sql | None:
    found = column_sql(table, term.field, asker.dictionary)
    if found is None:
        return None
    expression, column = found
    value = term.value if term.operator is Operator.BETWEEN else _evaluated(term.value, asker)
    if value is None:
        return None
    return compared(expression, column, replace(term, value=value), asker)


def compared(expression: str, column: Column, term: Term, asker: Asker) -> Sql | None:
    value = _boolean(column, term.value)
    match term.operator:
        case Operator.IN | Operator.NOT_IN:
            return _membership(expression, column, term)
        case Operator.BETWEEN:
            return _range(expression, column, term, asker)
        case Operator.LESS | Operator.MORE | Operator.AT_MOST | Operator.AT_LEAST:
            return _ordering(expression, column, term.operator.value, value)
        case operator:
            pattern = PATTERNS[operator]
            return pattern.format(x=expression), (value,) * pattern.count("?")


def _membership(expression: str, column: Column, term: Term) -> Sql:
    values = tuple(_boolean(column, value) for value in term.value.split(","))
    marks = ", ".join("?" * len(values))
    if term.operator is Operator.IN:
        return f"{expression} COLLATE NOCASE IN ({marks})", values
    return f"({expression} IS NULL OR {expression} COLLATE NOCASE NOT IN ({marks}))", values


def _range(expression: str, column: Column, term: Term, asker: Asker) -> Sql | None:
    low, separator, high = term.value.partition("@")
    lowest, highest = _evaluated(low, asker), _evaluated(high, asker)
    if not separator or not lowest or not highest:
        return None
    least = _ordering(expression, column, ">=", lowest)
    most = _ordering(expression, column, "<=", highest)
    return _joined("AND", (least, most)) if least and most else None


def _ordering(expression: str, column: Column, sign: str, value: str) -> Sql | None:
    if column.kind in {Kind.INTEGER, Kind.CHOICE}:
        number = _number(value)
        if number is not None:
            return f"CAST({expression} AS REAL) {sign} ?", (number,)
        if column.kind is Kind.INTEGER:
            return None
    return f"{expression} COLLATE NOCASE {sign} ?", (value,)


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _boolean(column: Column, value: str) -> str:
    return {"1": "true", "0": "false"}.get(value, value) if column.kind is Kind.BOOLEAN else value


def _by_display(table: Table, term: Term, asker: Asker) -> Sql | None:
    part = _term(table, term, asker)
    found = column_sql(table, term.field, asker.dictionary)
    if part is None or found is None:
        return None
    column = found[1]
    labels = {label.lower(): value for value, label in column.choices}
    if term.value.lower() in labels:
        return _term(table, replace(term, value=labels[term.value.lower()]), asker)
    target = asker.dictionary.table(column.target) if column.kind is Kind.REFERENCE else None
    if target is None:
        return part
    names = [target.display, *(["user_name"] if target.name == "sys_user" else [])]
    shown = [_term(table, replace(term, field=f"{term.field}.{name}"), asker) for name in names]
    return _joined("OR", [part, *(each for each in shown if each is not None)])


def _orders(table: Table, query: Query, asker: Asker, ignored: list[str]) -> list[str]:
    parts: list[str] = []
    for order in query.orders:
        found = column_sql(table, order.field, asker.dictionary)
        if found is None:
            ignored.append(order.text)
        else:
            parts.append(_order(order, *found))
    return parts


def _order(order: Order, expression: str, column: Column) -> str:
    value = f"CAST({expression} AS REAL)" if column.kind is Kind.INTEGER else f"{expression} COLLATE NOCASE"
    return f"{value} DESC" if order.is_descending else value


def _evaluated(value: str, asker: Asker) -> str | None:
    """Runs the few `javascript:gs.…()` calls integrations use; None for any other script."""
    if not value.startswith("javascript:"):
        return value
    found = _SCRIPT.fullmatch(value.strip())
    if found is None:
        return None
    name, arguments = found.group(1), [each.strip(" '\"") for each in found.group(2).split(",")]
    match name:
        case "getUserID":
            return asker.caller.sys_id
        case "getUserName":
            return asker.caller.user_name
        case "dateGenerate":
            return " ".join(arguments).strip() or None
        case "nowDateTime" | "minutesAgo" | "hoursAgo" | "daysAgo":
            return _ago(name, arguments[0], asker.now)
        case _:
            return None


def _ago(name: str, argument: str, now: float) -> str | None:
    units = {"minutesAgo": 60, "hoursAgo": 3600, "daysAgo": 86_400, "nowDateTime": 0}
    number = _number(argument or "0")
    if number is None or not abs(number) < 1e6:
        return None
    return (datetime.fromtimestamp(now, UTC) - timedelta(seconds=units[name] * number)).strftime(FORMAT)
