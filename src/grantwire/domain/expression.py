"""Expression: the rules for a CEL expression before it is used.

In: its text. Out: every problem with its place; how deep its loops nest. Never: an evaluation on an event.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cel

from grantwire.domain.errors import Problem
from grantwire.domain.spelling import did_you_mean

LONGEST = 4096
DEEPEST = 32  # brackets within brackets
DEEPEST_LOOPS = 3
VARIABLES = ("data", "event_time", "event_type")
FUNCTIONS: dict[str, Callable[..., Any]] = {"lowerAscii": str.lower, "upperAscii": str.upper, "trim": str.strip}
_LOOPS = frozenset({"all", "exists", "exists_one", "map", "filter"})
# What the CEL standard defines and the library has; operators are told apart by their first letter.
KNOWN_FUNCTIONS = frozenset(
    {"bool", "bytes", "contains", "double", "duration", "dyn", "endsWith", "getDate", "getDayOfMonth", "getDayOfWeek"}
    | {"getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "has"}
    | {"int", "matches", "max", "min", "size", "startsWith", "string", "timestamp", "type", "uint"}
    | {*FUNCTIONS, *_LOOPS}
)
_TOKEN = re.compile(
    r"""[rRbB]{0,2}(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|//[^\n]*"""
    r"""|\.?\s*[A-Za-z_]\w*|[()\[\]{},]""",
    re.DOTALL,
)
_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


def problems_of(source: str, path: str) -> Iterator[Problem]:
    """Every reason not to take the expression."""
    if len(source) > LONGEST:
        yield Problem(path, f"is {len(source)} characters long, at most {LONGEST} are allowed")
        return
    shape = _shape_of(source)
    if shape.depth > DEEPEST:
        yield Problem(path, f"is nested {shape.depth} brackets deep, at most {DEEPEST} are allowed")
    if shape.loops > DEEPEST_LOOPS:
        yield Problem(path, f"has {shape.loops} loops within each other, at most {DEEPEST_LOOPS} are allowed")
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
        yield Problem(path, f"is not CEL: {words}", line=int(place[1]), column=int(place[2]))
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


# ── how much work an expression can be ───────────────────────────────────────────────────────────────────
class _Shape:
    """Read off the brackets: how deep they nest, how many loops stand within each other, the loops' variables."""

    def __init__(self, source: str) -> None:
        self.depth = self.loops = self.longest_list = 0
        names: set[str] = set()
        open_brackets: list[bool] = []
        commas: list[int] = []
        word = ""
        for piece in (found[0] for found in _TOKEN.finditer(source)):
            if piece in "([{":
                is_loop = piece == "(" and word.startswith(".") and word[1:].strip() in _LOOPS
                open_brackets.append(is_loop)
                commas.append(0)
                self.depth = max(self.depth, len(open_brackets))
                self.loops = max(self.loops, sum(open_brackets))
            elif piece in ")]}" and open_brackets:
                open_brackets.pop()
                self.longest_list = max(self.longest_list, commas.pop() + 1)
            elif piece == ",":
                if open_brackets and open_brackets[-1] and commas[-1] == 0:
                    names.add(word)
                if commas:
                    commas[-1] += 1
            word = piece
        self.bound = frozenset(names)


def _shape_of(source: str) -> _Shape:
    return _Shape(source)


def nesting_of(source: str) -> int:
    """How many loops stand within each other."""
    return _Shape(source).loops


def most_turns(source: str, event: Mapping[str, Any]) -> int:
    """An upper bound of the turns its loops can take on an event."""
    shape = _Shape(source)
    return int(max(shape.longest_list, _longest_list(event)) ** shape.loops)


def _longest_list(value: object) -> int:
    longest, waiting = 1, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            longest = max(longest, len(item))
            waiting += [inner for inner in item.values() if isinstance(inner, dict | list)]
        elif isinstance(item, list):
            longest = max(longest, len(item))
            waiting += [inner for inner in item if isinstance(inner, dict | list)]
    return longest
