"""Turns what a client sent for a column into what the column keeps.

In: a Column and a JSON value. Out: text, or None when the value is dropped. Must never: refuse; a real instance
cuts, empties or ignores, and answers 201.
"""

import math
from typing import Any

from grantwire.sandbox.clock import FORMAT, instant
from grantwire.sandbox.schema.dictionary import Column, Kind

DEEPEST = 50  # levels of nesting that are written out


def kept(column: Column, value: Any) -> str | None:
    """References and display values are resolved elsewhere; here they are only text of the right length."""
    text = as_text(value)
    match column.kind:
        case Kind.INTEGER:
            return _integer(text)
        case Kind.BOOLEAN:
            return "" if not text else str(text.lower() in {"true", "1", "yes"}).lower()
        case Kind.DATETIME:
            return _moment(text)
        case _:
            return text[: column.length]  # cut without an error; recorded for references


def as_text(value: Any, depth: int = 0) -> str:
    """Objects become what Java prints for a map, `{link=https://…}`: recorded from a real instance."""
    if depth > DEEPEST:
        return ""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{name}={as_text(each, depth + 1)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(as_text(each, depth + 1) for each in value) + "]"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def _integer(text: str) -> str | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    if math.isnan(number):
        return "" if not text else None
    return str(int(number)) if math.isfinite(number) else None


def _moment(text: str) -> str:
    """A date that is none leaves the column empty, without an error."""
    found = instant(text)
    return found.strftime(FORMAT) if found else ""
