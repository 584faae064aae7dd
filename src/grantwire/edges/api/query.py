"""Query: the part of an address after the question mark.

In: the raw text and the fields a route knows. Out: their values, or every fault at once.
Never: a misspelt field that silently narrows nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from grantwire.domain.delivery import State
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event_types import canonical, event_types, hint_for
from grantwire.domain.moment import read_moment, why_no_moment
from grantwire.domain.spelling import did_you_mean

PAGE = 100
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class QueryField:
    """`read` raises ValueError, whose message becomes the problem. `schema` is for the OpenAPI document."""

    name: str
    about: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string", "minLength": 1})
    default: Any = None
    needed: bool = False


def read_query(query_string: bytes, fields: Sequence[QueryField]) -> dict[str, Any]:
    """Given fields and defaults by name. Raises `Refused` with every problem."""
    known = {field.name: field for field in fields}
    values: dict[str, Any] = {field.name: field.default for field in fields if field.default is not None}
    problems: list[Problem] = []
    seen: set[str] = set()
    for name, raw in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=None):
        if name not in known:
            problems.append(_unknown(name, known))
        elif name in seen:
            problems.append(Problem(name, "is given twice", "Separate several values with commas."))
        else:
            values |= _read(known[name], raw, problems)
        seen.add(name)
    problems += _missing(fields, seen)
    if problems:
        raise Refused("the query is not valid", problems)
    return values


def _read(field: QueryField, raw: str, problems: list[Problem]) -> dict[str, Any]:
    try:
        return {field.name: field.read(raw)}
    except ValueError as fault:
        problems.append(Problem(field.name, str(fault)))
        return {}


def _unknown(name: str, known: Mapping[str, QueryField]) -> Problem:
    otherwise = f"Known are {', '.join(known)}." if known else "This call knows none."
    return Problem(name[:80], "is no query field of this call", did_you_mean(name, known, otherwise=otherwise))


def _missing(fields: Sequence[QueryField], seen: set[str]) -> Iterator[Problem]:
    return (Problem(field.name, "is missing") for field in fields if field.needed and field.name not in seen)


def text(raw: str) -> str:
    if not raw.strip():
        raise ValueError("must not be empty")
    return raw


def event_type_name(raw: str) -> str:
    name = canonical(raw)
    if name is None:
        raise ValueError(f"{raw[:80]!r} is no known event type. {hint_for(raw)}")
    return name


def moment(raw: str) -> datetime:
    found = read_moment(raw.replace(" ", "+"))  # a + that nobody encoded arrives as a space
    if found is None:
        raise ValueError(why_no_moment(raw))
    return found


def states(raw: str) -> tuple[State, ...]:
    names = [name.strip() for name in raw.split(",")]
    unknown = [name for name in names if name not in set(State)]
    if unknown:
        raise ValueError(f"{', '.join(map(repr, unknown))} is no state; known are {', '.join(State)}")
    return tuple(State(name) for name in names)


def flag(raw: str) -> bool:
    if raw not in {"true", "false"}:
        raise ValueError(f"must be true or false, found {raw[:40]!r}")
    return raw == "true"


def page_size(raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and 1 <= int(raw[:9]) <= LARGEST_PAGE):
        raise ValueError(f"must be a whole number from 1 to {LARGEST_PAGE}, found {raw[:40]!r}")
    return int(raw)


_MOMENT_SCHEMA = {"type": "string", "format": "date-time"}
LIMIT = QueryField(
    "limit",
    "How many on one page.",
    page_size,
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
    default=PAGE,
)
AFTER = QueryField("after", "The `after` of the page before.", text)
SINCE = QueryField("since", "Only what came at this time or later (RFC 3339).", moment, _MOMENT_SCHEMA)
UNTIL = QueryField("until", "Only what came before this time (RFC 3339).", moment, _MOMENT_SCHEMA)
EVENT_TYPE = QueryField(
    "type", "Only events of this type.", event_type_name, {"type": "string", "enum": list(event_types())}
)
