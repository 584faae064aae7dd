"""Expression: the rules for a CEL expression before it is used.

In: its text. Out: every problem with its place. Never: an evaluation on an event.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from grantwire.domain.cel_library import cel
from grantwire.domain.errors import Problem
from grantwire.domain.expression_outline import LOOPS, Outline
from grantwire.domain.spelling import did_you_mean

LONGEST = 4096
DEEPEST = 32  # brackets within brackets
DEEPEST_LOOPS = 3
MOST_ADDITIONS = 20  # in loops, additions of text multiply its length
VARIABLES = ("data", "event_time", "event_type")
FUNCTIONS: dict[str, Callable[..., Any]] = {"lowerAscii": str.lower, "upperAscii": str.upper, "trim": str.strip}
# What the CEL standard defines and the library has; operators are told apart by their first letter.
KNOWN_FUNCTIONS = frozenset(
    {"bool", "bytes", "contains", "double", "duration", "dyn", "endsWith", "getDate", "getDayOfMonth", "getDayOfWeek"}
    | {"getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "has"}
    | {"int", "matches", "max", "min", "size", "startsWith", "string", "timestamp", "type", "uint"}
    | {*FUNCTIONS, *LOOPS}
)
# Habits of other languages, by what the parser says of them.
_HINTS = {
    "'and'": "Write && for and.",
    "'or'": "Write || for or.",
    "'not'": "Write ! for not.",
    "'= ": "Write == for equality.",
    "“": "Write straight quotes, \" or '.",
}
_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


def problems_of(source: str, path: str) -> Iterator[Problem]:
    """Every reason not to take the expression."""
    if len(source) > LONGEST:
        yield Problem(path, f"is {len(source)} characters long, at most {LONGEST} are allowed")
        return
    shape = Outline(source)
    if shape.depth > DEEPEST:
        yield Problem(path, f"is nested {shape.depth} brackets deep, at most {DEEPEST} are allowed")
    if shape.loops > DEEPEST_LOOPS:
        yield Problem(path, f"has {shape.loops} loops within each other, at most {DEEPEST_LOOPS} are allowed")
    if shape.additions > MOST_ADDITIONS:
        yield Problem(path, f"has {shape.additions} additions, at most {MOST_ADDITIONS} are allowed")
    try:
        program = cel.compile(source)
    except Exception as error:  # noqa: BLE001 - the library raises several types, all of them mean "not CEL"
        yield from _syntax_problems(str(error), path)
        return
    yield from _unknown_names(program, shape.bound, path)


def _syntax_problems(message: str, path: str) -> Iterator[Problem]:
    places = list(_PLACE.finditer(message))
    for place in places[:3]:
        words = re.sub(r" expecting \{.*", "", place[3]).replace("'<EOF>'", "the end")
        hint = next((hint for wrong, hint in _HINTS.items() if wrong in words), "")
        text = f"is not CEL: {words}" + ("." if hint else "")
        yield Problem(path, text, hint, line=int(place[1]), column=int(place[2]))
    if not places:
        yield Problem(path, f"is not CEL: {message[-200:]}")


def _unknown_names(program: cel.Program, bound: frozenset[str], path: str) -> Iterator[Problem]:
    names = program.references()
    for name in names["variables"]:
        if name not in VARIABLES and name not in bound:
            hint = did_you_mean(name, VARIABLES, otherwise="Known are data, event_time and event_type.")
            yield Problem(path, f"{name!r} is not known.", hint)
    for name in names["functions"]:
        if name[0].isalpha() and name not in KNOWN_FUNCTIONS:
            yield Problem(path, f"there is no function {name!r}.", did_you_mean(name, KNOWN_FUNCTIONS))
