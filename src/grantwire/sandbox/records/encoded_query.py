"""Reads ServiceNow's encoded query language: `active=true^priorityIN1,2^ORcategory=network^ORDERBYnumber`.

In: the text of `sysparm_query`. Out: Query, a value that says what was understood and what was not.
Must never: know which columns exist, or build SQL. Never raises: what makes no sense is listed in `invalid`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """Spelled as in the query; case-sensitive (official operator list)."""

    IS_NOT_EMPTY = "ISNOTEMPTY"
    IS_EMPTY = "ISEMPTY"
    EMPTY_STRING = "EMPTYSTRING"
    ANYTHING = "ANYTHING"
    NOT_LIKE = "NOT LIKE"
    NOT_IN = "NOT IN"
    STARTS_WITH = "STARTSWITH"
    ENDS_WITH = "ENDSWITH"
    BETWEEN = "BETWEEN"
    LIKE = "LIKE"
    IN = "IN"
    NOT_CONTAINS = "!*"
    NOT_EQUALS = "!="
    AT_MOST = "<="
    AT_LEAST = ">="
    CONTAINS = "*"
    EQUALS = "="
    LESS = "<"
    MORE = ">"


WITHOUT_VALUE = frozenset({Operator.IS_EMPTY, Operator.IS_NOT_EMPTY, Operator.EMPTY_STRING, Operator.ANYTHING})
_SPELLINGS: tuple[tuple[str, Operator], ...] = (
    *((operator.value, operator) for operator in Operator),
    ("NOTLIKE", Operator.NOT_LIKE),
    ("NOTIN", Operator.NOT_IN),
)
_FIELD = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `value` is still the written text: a list, a range or `javascript:` is read later."""

    field: str
    operator: Operator
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    is_descending: bool
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """`groups` are alternatives (`^NQ`); each is a conjunction of clauses; a clause is terms joined by `^OR`."""

    groups: tuple[tuple[tuple[Term, ...], ...], ...]
    orders: tuple[Order, ...]
    invalid: tuple[str, ...]


def parse(text: str) -> Query:
    orders: list[Order] = []
    invalid: list[str] = []
    groups = tuple(_group(part, orders, invalid) for part in text.split("^NQ"))
    return Query(groups, tuple(orders), tuple(invalid))


def _group(text: str, orders: list[Order], invalid: list[str]) -> tuple[tuple[Term, ...], ...]:
    clauses: list[list[Term]] = []
    for part in text.split("^"):
        if part in {"", "EQ"}:  # `^EQ` only marks the end
            continue
        if part.startswith("ORDERBY"):
            _take_order(part, orders, invalid)
            continue
        is_alternative = part.startswith("OR")
        term = read_term(part[2:] if is_alternative else part)
        if term is None:
            invalid.append(part)
        elif is_alternative and clauses:
            clauses[-1].append(term)  # OR binds to the condition before it
        else:
            clauses.append([term])
    return tuple(tuple(clause) for clause in clauses)


def _take_order(part: str, orders: list[Order], invalid: list[str]) -> None:
    is_descending = part.startswith("ORDERBYDESC")
    field = part.removeprefix("ORDERBYDESC" if is_descending else "ORDERBY")
    if _FIELD.fullmatch(field):
        orders.append(Order(field, is_descending, part))
    else:
        invalid.append(part)


def read_term(text: str) -> Term | None:
    """`GOTOnumber=X` reads as `number=X`: its users take the first row and expect that very record."""
    rest = text.removeprefix("GOTO")
    found = _FIELD.match(rest)
    if found is None:
        return None
    field, after = found.group(), rest[found.end() :]
    for spelling, operator in _SPELLINGS:
        if after.startswith(spelling):
            value = after[len(spelling) :]
            if not value and operator not in WITHOUT_VALUE:
                return None  # a condition on nothing is dropped: the trap of `correlation_id=`
            return Term(field, operator, value, text)
    return None
