"""Compares a JSON body with the table it fills: what would be cut, or stored as a reference to nothing.

In: the pieces of a template, where its paths lead, the columns of the table. Out: warnings, one for each column.
Never: knowing a product; the table comes from outside (`domain/servicenow_columns.py` has one).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

from grantwire.template.errors import Problem, Severity
from grantwire.template.lint import Led
from grantwire.template.outline import Piece
from grantwire.template.tree import Literal, Mustache, Path


@dataclass(frozen=True, slots=True)
class Column:
    """`most_characters`: longer text is cut without a word. `refers_to`: the table whose record ids it holds."""

    most_characters: int | None = None
    refers_to: str = ""


Columns: TypeAlias = Mapping[str, Column]

#: Where each path leads, by partial and offset (`lint.leads`).
Leads: TypeAlias = Mapping[tuple[str | None, int], tuple[Led, ...]]

RECORD_ID: Final = re.compile(r"[0-9a-fA-F]{32}")

#: Names of fields in which people write whole sentences.
SENTENCES: Final = frozenset(
    {"comment", "comments", "description", "justification", "message", "notes", "reason", "text"}
)


def lint_columns(pieces: tuple[Piece, ...], columns: Columns, leads: Leads) -> Iterator[Problem]:
    fields = [piece for piece in pieces if piece.is_field and piece.labels[0] in columns]
    for name, group in groupby(fields, key=lambda piece: piece.labels[0]):
        value, column = tuple(group), columns[name]
        if column.refers_to:
            yield from reference_problems(name, column, value)
        elif column.most_characters is not None:
            yield from length_problems(name, column.most_characters, value, leads=leads)


def reference_problems(name: str, column: Column, value: tuple[Piece, ...]) -> Iterator[Problem]:
    """A record id is 32 hexadecimal digits; from an event it can only come under a name that says so."""
    odd = next((piece for piece in value if not may_be_record_id(piece)), None)
    if odd is not None:
        message = f'"{name}" refers to a record of {column.refers_to}, so a name in it is stored as a broken reference'
        suggestion = "give the record's sys_id, or leave the field out and put the name into a text field"
        yield problem(odd, "name-in-reference", message, suggestion)


def may_be_record_id(piece: Piece) -> bool:
    if isinstance(piece.content, str):
        return not piece.content.strip() or RECORD_ID.fullmatch(piece.content) is not None
    path = path_of(piece.content)
    return path is None or not path.segments or path.segments[-1].endswith("sys_id")


def length_problems(name: str, most: int, value: tuple[Piece, ...], *, leads: Leads) -> Iterator[Problem]:
    sizes = [size_of(piece, leads) for piece in value]
    least = sum(len(piece.content) for piece in value if isinstance(piece.content, str))
    if least > most:
        message = f'"{name}" holds {most} characters; the fixed text alone has {least} and is cut'
        yield problem(value[0], "longer-than-column", message, "shorten it, or use a field that holds more")
    elif None not in sizes and sum(size or 0 for size in sizes) > most:
        message = f'"{name}" holds {most} characters; the values can be longer together and are cut'
        yield problem(value[0], "longer-than-column", message, "shorten a value with {{truncate value 100}}")
    elif None in sizes and any(len(piece.labels) > 1 for piece in value):
        message = f'"{name}" holds {most} characters; a long value in it has the JSON cut, so that nothing can read it'
        suggestion = "shorten free text with {{truncate value 1000}}, or send plain lines of text"
        yield problem(value[0], "longer-than-column", message, suggestion)
    elif most < 1000:
        yield from sentence_problems(name, most, value)


def sentence_problems(name: str, most: int, value: tuple[Piece, ...]) -> Iterator[Problem]:
    for piece in value:
        path = path_of(piece.content) if isinstance(piece.content, Mustache) else None
        if path is not None and path.segments[-1:] and path.segments[-1].lower() in SENTENCES:
            message = f'"{name}" holds {most} characters; "{path.original}" can be longer and is cut'
            suggestion = f"write {{{{truncate {path.original} {most}}}}}"
            yield problem(piece, "longer-than-column", message, suggestion)
            return


def path_of(mustache: Mustache) -> Path | None:
    """The path a mustache prints as it is; None for a helper's result."""
    callee = mustache.call.callee
    return callee if mustache.call.is_simple and isinstance(callee, Path) else None


def size_of(piece: Piece, leads: Leads) -> int | None:
    """The most characters a piece adds; None without a bound."""
    if piece.is_repeated:
        return None
    if isinstance(piece.content, str):
        return len(piece.content)
    call = piece.content.call
    match call.params:
        case (_, Literal(value=int() as most)) if call.callee.original == "truncate":
            return most
    path = path_of(piece.content)
    found = leads.get((piece.partial, path.position.offset), ()) if path else ()
    sizes = [led.most_characters for led in found]
    return None if not sizes or None in sizes else max(size for size in sizes if size is not None)


def problem(piece: Piece, code: str, message: str, suggestion: str) -> Problem:
    length = len(piece.content) if isinstance(piece.content, str) else piece.content.length
    return Problem(
        message=message,
        position=piece.position,
        length=length,
        severity=Severity.WARNING,
        code=code,
        suggestion=suggestion,
        partial=piece.partial,
    )
