"""The expressions of generated code: where a path begins, how it is looked up fast, how carefully.

In: expressions of the tree, and the variables of the generated code around them. Out: `ast` expressions.
Never: text of a template becoming code. Keys and literals are `ast.Constant`, names are made of a letter and a number.
"""

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from grantwire.template.calls import Helper, Helpers, Meaning, Shape, meaning_of, pairs_given
from grantwire.template.careful import SlowValue, called, constant, looked_up, walk, walk_data
from grantwire.template.nodes import (
    EQ,
    IS,
    LOAD,
    NONE,
    ZERO,
    Attribute,
    Calling,
    DictNode,
    IfExp,
    Keyword,
    Subscript,
    TupleNode,
    assign,
    call,
    compare,
    const,
    name,
    named,
)
from grantwire.template.tree import UNDEFINED, Call, Expression, Literal, Path

#: The variable of the event.
ROOT: Final = "c0"


class NotFast(Exception):
    """This template needs the closures: it uses something the generated code has no shape for."""


@dataclass(frozen=True, slots=True)
class Around:
    """The variables a program can see: contexts and loops innermost first, block parameters by program."""

    contexts: tuple[str, ...]
    loops: tuple[str, ...]
    params: tuple[Mapping[str, str], ...]
    names: tuple[tuple[str, ...], ...]


class Way(NamedTuple):
    """A path resolved: the variable it begins at and the keys from there."""

    start: str
    keys: tuple[str, ...]
    data: bool

    def slow(self, slots: "Slots") -> SlowValue:
        make = walk_data if self.data else walk
        return make(slots.of(self.start), self.keys)


@dataclass(slots=True)
class Slots:
    """The variables a careful function is given, in order."""

    starts: dict[str, int] = field(default_factory=dict)

    def of(self, start: str) -> int:
        return self.starts.setdefault(start, len(self.starts))

    def given(self) -> ast.expr:
        return TupleNode([start_value(start) for start in self.starts], LOAD)


def start_value(start: str) -> ast.expr:
    """A variable, or the comparison that `@first` and `@last` are: `f3` is true while `i3` is 0."""
    match start[0]:
        case "f":
            return compare(name("i" + start[1:]), EQ, ZERO)
        case "l":
            return compare(name("i" + start[1:]), EQ, name("z" + start[1:]))
        case _:
            return name(start)


def is_flag(way: Way) -> bool:
    return way.start[0] in "fl" and not way.keys


@dataclass(slots=True)
class Values:
    """Turns expressions into code. `globals` are the functions the code calls, by their made-up names; `used`: the
    variables of loops that are read, `loop_reads`: how often. `strict`: whatever is missing is left to the closures."""

    helpers: Helpers
    globals: dict[str, Any]
    strict: bool = False
    climbs: bool = False
    count: int = 0
    scopes: int = 0
    used: set[str] = field(default_factory=set)
    loop_reads: int = 0

    def fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def scope(self) -> str:
        """A number of its own for the variables of a block or partial."""
        self.scopes += 1
        return str(self.scopes)

    def given(self, letter: str, function: object) -> str:
        identifier = self.fresh(letter)
        self.globals[identifier] = function
        return identifier

    def way(self, path: Path, around: Around) -> Way:
        first = path.segments[0] if path.segments else ""
        if not path.depth and not path.scoped and first:
            for params in around.params:
                if first in params:
                    self.used.add(params[first])
                    return Way(params[first], path.segments[1:], data=False)
        if not first:
            return Way(self._context(path.depth, around), (), data=False)
        if path.data:
            return self._data(path, around)
        return Way(self._context(path.depth, around), path.segments, data=False)

    def _context(self, depth: int, around: Around) -> str:
        if depth >= len(around.contexts):
            raise NotFast
        self.climbs = self.climbs or depth > 0
        return around.contexts[depth]

    def _data(self, path: Path, around: Around) -> Way:
        keys = path.segments[1:]
        if path.segments[0] == "root" and path.depth <= len(around.loops):
            self.loop_reads += path.depth > 0
            return Way(ROOT, keys, data=True)
        letter = {"index": "i", "key": "k", "first": "f", "last": "l"}.get(path.segments[0])
        if letter is None or path.depth >= len(around.loops):
            raise NotFast
        self.loop_reads += 1
        start = letter + around.loops[path.depth]
        self.used.add(start)
        return Way(start, keys, data=True)

    def function(self, node: Call, shape: Shape, around: Around, *, whole: bool = False) -> Helper | str | None:
        """The helper a call means, "lookup", or None when it is a path."""
        match meaning_of(node, shape, around.names, self.helpers):
            case Meaning.PATH:
                return None
            case Meaning.STANDARD if node.callee.original == "lookup" and len(node.params) == 2 and not node.hash:
                return "lookup"
            case Meaning.HELPER:
                helper = self.helpers.get(str(node.callee.original))
                if isinstance(helper, Helper):
                    return Helper(helper.whole) if whole and helper.whole else helper
        raise NotFast

    def slow(self, expression: Expression, around: Around, slots: Slots, *, shape: Shape = Shape.VALUE) -> SlowValue:
        match expression:
            case Literal(value=value):
                return constant(value)
            case Path():
                return self.way(expression, around).slow(slots)
            case Call():
                return self.slow_call(expression, around, slots, function=self.function(expression, shape, around))

    def slow_call(self, node: Call, around: Around, slots: Slots, *, function: Helper | str | None) -> SlowValue:
        if function is None:
            assert isinstance(node.callee, Path)  # noqa: S101  the parser makes a path of a literal
            return self.way(node.callee, around).slow(slots)
        params = [self.slow(param, around, slots) for param in node.params]
        if isinstance(function, str):
            return looked_up(params[0], params[1])
        pairs = {key: self.slow(value, around, slots) for key, value in pairs_given(node.hash).items()}
        return called(function.function, params, pairs)


@dataclass(slots=True)
class Prefixes:
    """Look-ups of one run of generated code: what several paths share is looked up once, in `statements`."""

    values: Values
    uses: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)
    locals: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    statements: list[ast.stmt] = field(default_factory=list)

    def count(self, way: Way) -> None:
        """To be told of every path before the first is asked for."""
        for length in range(len(way.keys), 0, -1):
            self.uses[way.start, way.keys[:length]] += 1
            if self.uses[way.start, way.keys[:length]] > 1:
                return

    def fast(self, way: Way) -> ast.expr:
        return self._prefix(way.start, way.keys)

    def optional(self, way: Way) -> ast.expr:
        """For a condition: a missing last key is false, and nothing out of the ordinary."""
        if not way.keys or way.keys[-1].isdigit():
            return self.fast(way)
        return Calling(Attribute(self._holder(way.start, way.keys[:-1]), "get", LOAD), [const(way.keys[-1])], [])

    def _prefix(self, start: str, keys: tuple[str, ...]) -> ast.expr:
        if not keys:
            return start_value(start)
        known = self.locals.get((start, keys))
        if known is not None:
            return name(known)
        value = _subscript(self._holder(start, keys[:-1]), keys[-1])
        if self.uses[start, keys] < 2:
            return value
        local = self.locals[start, keys] = self.values.fresh("p")
        self.statements.append(assign(local, value))
        return name(local)

    def _holder(self, start: str, keys: tuple[str, ...]) -> ast.expr:
        """What the next key is looked up in. Null where an object may be is usual (no bundle, no flow): it then holds
        nothing, and the run stays fast."""
        value = self._prefix(start, keys)
        if not keys or self.values.strict:
            return value
        if not isinstance(value, ast.Name):
            local = self.values.fresh("h")
            return _or_nothing(named(local, value), name(local))
        known = self.holders.get(value.id)
        if known is None:
            known = self.holders[value.id] = self.values.fresh("q")
            self.statements.append(assign(known, _or_nothing(value, value)))
        return name(known)

    def expression(self, expression: Expression, around: Around) -> ast.expr:
        match expression:
            case Literal(value=value):
                if value is UNDEFINED:
                    return name("UNDEFINED")
                return const(value)
            case Path():
                return self.fast(self.values.way(expression, around))
            case Call():
                function = self.values.function(expression, Shape.VALUE, around)
                return self.call(expression, around, function=function)

    def call(self, node: Call, around: Around, *, function: Helper | str | None) -> ast.expr:
        if function is None:
            assert isinstance(node.callee, Path)  # noqa: S101  the parser makes a path of a literal
            return self.fast(self.values.way(node.callee, around))
        params = [self.expression(param, around) for param in node.params]
        if isinstance(function, str):
            return call("lookup", *params)
        given = pairs_given(node.hash).items()
        pairs = {key: self._argument(self.expression(value, around)) for key, value in given}
        # As `**{"key": value}`, since a key out of a template may be a constant but never a name.
        keyed = DictNode([const(key) for key in pairs], list(pairs.values()))
        keywords: list[ast.keyword] = [Keyword(None, keyed)] if pairs else []
        helper = self.values.given("h", function.function)
        return Calling(name(helper), [self._argument(param) for param in params], keywords)

    def _argument(self, value: ast.expr) -> ast.expr:
        return value if isinstance(value, ast.Constant) else call("plain", value)


def _or_nothing(value: ast.expr, otherwise: ast.expr) -> ast.expr:
    return IfExp(compare(value, IS, NONE), name("NOTHING"), otherwise)


def _subscript(value: ast.expr, key: str) -> ast.expr:
    if key.isascii() and key.isdigit() and str(int(key[:9])) == key:
        return call("item", value, const(int(key)))
    return Subscript(value, const(key), LOAD)
