"""The straight runs of generated code: texts and mustaches without a block between them, as one f-string.

In: the parts of a run. Out: statements that append its text, by the careful way if a value is not as expected.
Never: text of a template becoming code; a run that goes wrong twice is left to the closures.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from grantwire.template.calls import Helper, Helpers
from grantwire.template.careful import Parts, SlowValue, careful_run, choice, same
from grantwire.template.emit_values import Around, Prefixes, Slots, Values, Way, is_flag, start_value
from grantwire.template.limits import Limits
from grantwire.template.nodes import (
    ADD,
    AND,
    EQ,
    FALSE,
    GREATER,
    IS,
    IS_NOT,
    LOAD,
    OR,
    TRUE,
    TWO,
    Attribute,
    BinOp,
    BoolOp,
    Expr,
    FormattedValue,
    IfExp,
    JoinedStr,
    Raise,
    add,
    assign,
    attempt,
    call,
    compare,
    const,
    name,
    named,
    when,
)
from grantwire.template.tree import Call, Expression, Kind, Mode, Mustache, Path, Program
from grantwire.template.values import Value

Escaper: TypeAlias = Callable[[Value], str]
FREE_MODES: Final = frozenset({Mode.TEXT, Mode.PLAIN})
JSON_MODES: Final = frozenset({Mode.JSON, Mode.NDJSON})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the generated function has to know besides the tree."""

    mode: Mode
    helpers: Helpers
    limits: Limits
    escaper_of: Callable[[Mustache], Escaper]
    partials: Mapping[str, Program] = field(default_factory=dict)
    strict: bool = False


@dataclass(slots=True)
class Hole:
    """A mustache of a run; `quoted` when the quotes around it are printed with the value."""

    node: Mustache
    function: Helper | str | None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """An `if` between two fixed texts: printed within the run it stands in."""

    condition: Expression
    when_true: str
    when_false: str


Part: TypeAlias = str | Hole | Choice


@dataclass(slots=True)
class Runs:
    """`fixed` counts the characters of fixed text that stand alone, so far: a loop counts those in it at once.

    `printed` counts the runs with holes; `others`: there is more than runs.
    """

    wanted: Wanted
    values: Values
    fixed: int = 0
    printed: int = 0
    others: bool = False
    _escapers: dict[Escaper, str] = field(default_factory=dict)

    def statements(self, run: list[Part], around: Around) -> list[ast.stmt]:
        """One f-string of constants and holes; the careful way if anything is amiss with a value."""
        if not run:
            return []
        if all(isinstance(part, str) for part in run):
            text = "".join(part for part in run if isinstance(part, str))
            self.fixed += len(text)
            self.others = True
            return [_append(const(text))]
        prefixes = Prefixes(self.values)
        for part in run:
            self._count(part, around, prefixes)
        joined = _joined(_quotes_merged(run), lambda part: self._printed_part(part, around, prefixes))
        body = [*prefixes.statements, assign("s", joined)]
        if not self.wanted.strict:
            body = [attempt(body, assign("s", self._careful(run, around)))]
        self.printed += 1
        return [*body, _append(name("s")), *counted(call("len", name("s")), self.wanted.limits)]

    def found(self, local: str, expression: Expression, around: Around) -> list[ast.stmt]:
        """Statements that keep the value of an expression in a variable."""
        prefixes = Prefixes(self.values)
        value = prefixes.expression(expression, around)
        found = [*prefixes.statements, assign(local, value)]
        if self.wanted.strict:
            return found
        slots = Slots()
        careful = self.values.slow(expression, around, slots)
        return [attempt(found, assign(local, call(self.values.given("r", careful), slots.given())))]

    def _careful(self, run: list[Part], around: Around) -> ast.expr:
        slots = Slots()
        parts: Parts = [self._careful_part(part, around, slots) for part in run]
        return call(self.values.given("r", careful_run(parts)), slots.given())

    def _careful_part(self, part: Part, around: Around, slots: Slots) -> str | tuple[SlowValue, Escaper]:
        match part:
            case str():
                return part
            case Hole(node=node, function=function):
                value = self.values.slow_call(node.call, around, slots, function=function)
                return value, self.wanted.escaper_of(node)
            case Choice(condition=condition):
                found = self.values.slow(condition, around, slots)
                return choice(found, part.when_true, part.when_false), same

    def _count(self, part: Part, around: Around, prefixes: Prefixes) -> None:
        match part:
            case Hole(function=None, node=Mustache(call=Call(callee=Path() as path))):
                prefixes.count(self.values.way(path, around))
            case Choice(condition=Path() as path):
                way = self.values.way(path, around)
                prefixes.count(Way(way.start, way.keys[:-1], data=way.data))
            case _:
                pass

    def _printed_part(self, part: Hole | Choice, around: Around, prefixes: Prefixes) -> ast.expr:
        if isinstance(part, Hole):
            return self._printed(part, around, prefixes)
        test = self._test(part.condition, around, prefixes)
        return IfExp(test, const(part.when_true), const(part.when_false))

    def _test(self, condition: Expression, around: Around, prefixes: Prefixes) -> ast.expr:
        if not isinstance(condition, Path):
            return call("holds", prefixes.expression(condition, around))
        way = self.values.way(condition, around)
        if is_flag(way):
            return start_value(way.start)
        local = self.values.fresh("x")
        found = named(local, prefixes.optional(way))
        return BoolOp(
            OR,
            [
                compare(found, IS, TRUE),
                BoolOp(AND, [compare(name(local), IS_NOT, FALSE), call("holds", name(local))]),
            ],
        )

    def _printed(self, hole: Hole, around: Around, prefixes: Prefixes) -> ast.expr:
        value = prefixes.call(hole.node.call, around, function=hole.function)
        place = hole.node.place
        if place is None or self.wanted.mode not in JSON_MODES:
            return self._escaped(hole.node, value)
        if hole.quoted:
            return self._text_or(value, call_of="quote", otherwise="quoted")
        match place.kind, place.depth:
            case Kind.VALUE, 0:
                return self._whole(value)
            case ((Kind.STRING | Kind.KEY), 0):
                return call("shallow", value)
            case ((Kind.STRING | Kind.KEY), 1):
                return self._twice(value)
            case _:
                return self._escaped(hole.node, value)

    def _text_or(self, value: ast.expr, *, call_of: str, otherwise: str) -> ast.expr:
        """Times and numbers stand in strings too: they take the general way, and the rest of the run stays fast."""
        local, first = self._kept(value)
        return IfExp(_is_text(first), call(call_of, name(local)), call(otherwise, name(local)))

    def _kept(self, value: ast.expr) -> tuple[str, ast.expr]:
        """A variable that holds the value, and the expression that is to be evaluated first."""
        if isinstance(value, ast.Name):
            return value.id, value
        local = self.values.fresh("v")
        return local, named(local, value)

    def _whole(self, value: ast.expr) -> ast.expr:
        """Python prints a whole number as JSON does; one of too many digits raises, and goes the careful way."""
        local, first = self._kept(value)
        is_number = compare(Attribute(first, "__class__", LOAD), IS, name("int_type"))
        return IfExp(is_number, name(local), call("whole", name(local)))

    def _twice(self, value: ast.expr) -> ast.expr:
        """Most values are texts that need no escaping; then quoting makes them longer by just the two quotes."""
        local, first = self._kept(value)
        quoted = call("len", call("quote", name(local)))
        clean = compare(quoted, EQ, BinOp(call("len", name(local)), ADD, TWO))
        return IfExp(BoolOp(AND, [_is_text(first), clean]), name(local), call("deeper", name(local)))

    def _escaped(self, node: Mustache, value: ast.expr) -> ast.expr:
        escaper = self.wanted.escaper_of(node)
        identifier = self._escapers.get(escaper)
        if identifier is None:
            identifier = self._escapers[escaper] = self.values.given("e", escaper)
        return call(identifier, value)


def _is_text(value: ast.expr) -> ast.expr:
    return compare(Attribute(value, "__class__", LOAD), IS, name("text_type"))


def _quotes_merged(run: list[Part]) -> list[Part]:
    """Where a hole is all of a JSON string, the C function that escapes it prints the quotes as well."""
    merged = list(run)
    for index, hole in enumerate(merged):
        if not isinstance(hole, Hole) or hole.node.place is None or hole.node.place.depth:
            continue
        if hole.node.place.kind not in {Kind.STRING, Kind.KEY} or not 0 < index < len(merged) - 1:
            continue
        before, after = merged[index - 1], merged[index + 1]
        if isinstance(before, str) and isinstance(after, str) and _opens(before) and after.startswith('"'):
            merged[index - 1], merged[index + 1] = before[:-1], after[1:]
            hole.quoted = True
    return merged


def _opens(text: str) -> bool:
    """True when the text ends with a quote that no backslash stands before."""
    return text.endswith('"') and not text.endswith('\\"')


def _joined(run: list[Part], printed: Callable[[Hole | Choice], ast.expr]) -> ast.expr:
    parts: list[ast.expr] = []
    for part in run:
        if isinstance(part, str):
            parts += [const(part)] if part else []
        else:
            parts.append(FormattedValue(printed(part), -1, None))
    return JoinedStr(parts)


def _append(value: ast.expr) -> ast.stmt:
    return Expr(call("a", value))


def counted(size: ast.expr, limits: Limits) -> list[ast.stmt]:
    too_long = compare(name("n"), GREATER, const(limits.output_characters))
    return [add("n", size), when(too_long, [give_up()])]


def give_up() -> ast.stmt:
    return Raise(name("NotFastError"), None)
