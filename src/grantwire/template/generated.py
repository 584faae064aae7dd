"""The second tier: compiles a tree to one Python function, built of `ast` nodes.

In: an analysed program. Out: a function from event to text, or None where the template needs the closures.
Never: pasting text. Every piece of the template is an `ast.Constant`; the only names are our own; and whatever goes
wrong while the function runs is left to the closures, so that both tiers always agree.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from grantwire.template.calls import HELPER_MISSING, Helper, Helpers, Meaning, Shape, meaning_of
from grantwire.template.careful import RUNTIME, Parts, careful_run
from grantwire.template.emit_values import Around, NotFast, Prefixes, Slots, Values, is_flag, start_value
from grantwire.template.limits import Limits
from grantwire.template.nodes import (
    FALSE,
    LOAD,
    STORE,
    TRUE,
    Argument,
    Attribute,
    BinOp,
    BoolOp,
    Calling,
    Expr,
    For,
    FormattedValue,
    FunctionDef,
    IfExp,
    JoinedStr,
    ListNode,
    Name,
    Raise,
    Return,
    TupleNode,
    UnaryOp,
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
from grantwire.template.scope import same_scope
from grantwire.template.tree import (
    UNDEFINED,
    Block,
    Comment,
    Expression,
    Kind,
    Mode,
    Mustache,
    Path,
    Program,
    Text,
)
from grantwire.template.values import Value

Escaper: TypeAlias = Callable[[Value], str]
Fast: TypeAlias = Callable[[Value], str]

#: Holes rendered between two looks at the length of the output.
HOLES_OF_A_RUN: Final = 32
#: Python allows 20 blocks inside each other in one function; a loop and the `try` in it are two.
LOOPS_INSIDE_EACH_OTHER: Final = 8
_JSON_MODES: Final = frozenset({Mode.JSON, Mode.NDJSON})
_FREE_MODES: Final = frozenset({Mode.TEXT, Mode.PLAIN})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the generated function has to know besides the tree."""

    mode: Mode
    helpers: Helpers
    limits: Limits
    escaper_of: Callable[[Mustache], Escaper]


def generate(program: Program, wanted: Wanted) -> Fast | None:
    if HELPER_MISSING in wanted.helpers:
        return None
    try:
        tree, functions = generated_tree(program, wanted)
        code = compile(tree, "<template>", "exec", dont_inherit=True)
    except (NotFast, RecursionError, SyntaxError, MemoryError):
        return None
    exec(code, functions)  # noqa: S102  the code holds nothing of the template but constants
    render: Fast = functions["render"]
    return render


def generated_tree(program: Program, wanted: Wanted) -> tuple[ast.Module, dict[str, Any]]:
    """The module to be compiled, and the functions its code calls."""
    functions = {**RUNTIME, "same_scope": same_scope, "UNDEFINED": UNDEFINED, "__builtins__": _BUILTINS}
    emitter = _Emitter(wanted, Values(wanted.helpers, functions))
    around = Around(("c0",), (), ({},), (program.block_params,))
    body = [
        assign("t", const(0)),
        assign("n", const(0)),
        assign("o", ListNode([], LOAD)),
        assign("a", Attribute(name("o"), "append", LOAD)),
        *emitter.program(program, around),
        Return(Calling(Attribute(const(""), "join", LOAD), [name("o")], [])),
    ]
    arguments = ast.arguments([], [Argument("c0")], None, [], [], None, [])
    function = FunctionDef("render", arguments, body, [])
    return ast.Module([function], []), functions


_BUILTINS: Final[Mapping[str, Any]] = {"len": len, "type": type, "str": str, "Exception": Exception}


@dataclass(slots=True)
class _Hole:
    """A mustache of a run; `quoted` when the quotes around it are printed with the value."""

    node: Mustache
    function: Helper | str | None
    quoted: bool = False


@dataclass(slots=True)
class _Emitter:
    wanted: Wanted
    values: Values
    loops: int = 0
    _escapers: dict[Escaper, str] = field(default_factory=dict)

    def program(self, program: Program, around: Around) -> list[ast.stmt]:
        statements: list[ast.stmt] = []
        run: list[str | _Hole] = []
        holes = 0
        for node in program.body:
            match node:
                case Text(value=text):
                    run.append(text)
                case Mustache():
                    run.append(self._hole(node, around))
                    holes += 1
                case Block():
                    statements += self._run(run, around)
                    statements += self._block(node, around)
                    run, holes = [], 0
                case Comment():
                    continue
                case _:
                    raise NotFast
            if holes == HOLES_OF_A_RUN:
                statements += self._run(run, around)
                run, holes = [], 0
        return statements + self._run(run, around)

    def _hole(self, node: Mustache, around: Around) -> _Hole:
        whole = node.place is not None and node.place.kind is Kind.VALUE
        return _Hole(node, self.values.function(node.call, Shape.OUTPUT, around, whole=whole))

    def _run(self, run: list[str | _Hole], around: Around) -> list[ast.stmt]:
        """One f-string of constants and holes; the careful way if anything is amiss with a value."""
        if not run:
            return []
        if all(isinstance(part, str) for part in run):
            text = "".join(part for part in run if isinstance(part, str))
            return [_append(const(text)), *_counted(const(len(text)), self.wanted.limits)]
        careful = self._careful(run, around)
        prefixes = Prefixes(self.values)
        for part in run:
            if isinstance(part, _Hole):
                self._count(part, around, prefixes)
        joined = _joined(_quotes_merged(run), lambda hole: self._printed(hole, around, prefixes))
        body = [*prefixes.statements, assign("s", joined)]
        if self.wanted.mode in _JSON_MODES:
            body.append(when(call("checked", name("s")), [assign("s", careful)]))
        return [
            attempt(body, assign("s", careful)),
            _append(name("s")),
            *_counted(call("len", name("s")), self.wanted.limits),
        ]

    def _careful(self, run: list[str | _Hole], around: Around) -> ast.expr:
        slots = Slots()
        parts: Parts = [
            part
            if isinstance(part, str)
            else (
                self.values.slow_call(part.node.call, around, slots, function=part.function),
                self.wanted.escaper_of(part.node),
            )
            for part in run
        ]
        return call(self.values.given("r", careful_run(parts)), slots.given())

    def _count(self, hole: _Hole, around: Around, prefixes: Prefixes) -> None:
        if hole.function is None and isinstance(hole.node.call.callee, Path):
            prefixes.count(self.values.way(hole.node.call.callee, around))

    def _printed(self, hole: _Hole, around: Around, prefixes: Prefixes) -> ast.expr:
        value = prefixes.call(hole.node.call, around, function=hole.function)
        place = hole.node.place
        if place is None or self.wanted.mode not in _JSON_MODES:
            return self._escaped(hole.node, value)
        if hole.quoted:
            return call("quote", value)
        match place.kind, place.depth:
            case Kind.VALUE, 0:
                return call("whole", value)
            case ((Kind.STRING | Kind.KEY), 0):
                return call("shallow", value)
            case ((Kind.STRING | Kind.KEY), 1):
                return self._twice(value)
            case _:
                return self._escaped(hole.node, value)

    def _twice(self, value: ast.expr) -> ast.expr:
        """Most values need no escaping; then quoting makes them longer by just the two quotes."""
        local = self.values.fresh("v")
        quoted = call("len", call("quote", named(local, value)))
        clean = BinOp(call("len", name(local)), ast.Add(), const(2))
        return IfExp(compare(quoted, ast.Eq(), clean), name(local), call("deeper", name(local)))

    def _escaped(self, node: Mustache, value: ast.expr) -> ast.expr:
        escaper = self.wanted.escaper_of(node)
        identifier = self._escapers.get(escaper)
        if identifier is None:
            identifier = self._escapers[escaper] = self.values.given("e", escaper)
        return call(identifier, value)

    def _block(self, block: Block, around: Around) -> list[ast.stmt]:
        meaning = meaning_of(block.call, Shape.BLOCK, around.names, self.values.helpers)
        if meaning is not Meaning.STANDARD or len(block.call.params) != 1 or block.call.hash:
            raise NotFast
        match block.call.callee.original:
            case "if":
                return self.when(block, (block.program, block.inverse), around)
            case "unless":
                return self.when(block, (block.inverse, block.program), around)
            case "each":
                return self._each(block, around)
            case _:
                raise NotFast

    def when(self, block: Block, arms: tuple[Program | None, Program | None], around: Around) -> list[ast.stmt]:
        before, test = self._condition(block.call.params[0], around)
        when_true, when_false = (self._arm(arm, around) for arm in arms)
        if not when_true:
            test = UnaryOp(ast.Not(), test)
            when_true, when_false = when_false, []
        if not when_true:
            return before
        guard = self._null_guard(around)
        return [*before, *guard, when(test, when_true, when_false)]

    def _null_guard(self, around: Around) -> list[ast.stmt]:
        """In plain Handlebars `this` is an object inside an `if` where it was null."""
        if self.wanted.mode not in _FREE_MODES:
            return []
        missing = compare(name(around.contexts[0]), ast.Is(), const(None))
        return [when(missing, [_give_up()])]

    def _arm(self, arm: Program | None, around: Around) -> list[ast.stmt]:
        if arm is None:
            return []
        if arm.block_params:
            raise NotFast
        return self.program(arm, Around(around.contexts, around.loops, ({}, *around.params), ((), *around.names)))

    def _condition(self, expression: Expression, around: Around) -> tuple[list[ast.stmt], ast.expr]:
        if isinstance(expression, Path):
            way = self.values.way(expression, around)
            if is_flag(way):
                return [], start_value(way.start)
        local = self.values.fresh("x")
        statements = self._found(local, expression, around)
        true = compare(name(local), ast.Is(), TRUE)
        not_false = compare(name(local), ast.IsNot(), FALSE)
        rest = BoolOp(ast.And(), [not_false, call("holds", name(local))])
        return statements, BoolOp(ast.Or(), [true, rest])

    def _found(self, local: str, expression: Expression, around: Around) -> list[ast.stmt]:
        slots = Slots()
        careful = self.values.slow(expression, around, slots)
        prefixes = Prefixes(self.values)
        value = prefixes.expression(expression, around)
        rescue = assign(local, call(self.values.given("r", careful), slots.given()))
        return [attempt([*prefixes.statements, assign(local, value)], rescue)]

    def _each(self, block: Block, around: Around) -> list[ast.stmt]:
        if block.program is None or len(around.loops) >= LOOPS_INSIDE_EACH_OTHER:
            raise NotFast
        self.loops += 1
        number = str(self.loops)
        found, kept = self.values.fresh("x"), self.values.fresh("x")
        params = dict(zip(block.program.block_params, ("c" + number, "k" + number), strict=False))
        if len(params) < len(block.program.block_params):
            raise NotFast
        inside = Around(
            ("c" + number, *around.contexts),
            (number, *around.loops),
            (params, *around.params),
            (block.program.block_params, *around.names),
        )
        body = self.program(block.program, inside)
        if self.values.climbs:
            same = call("same_scope", name("c" + number), name(around.contexts[0]))
            body.insert(0, when(same, [_give_up()]))
        otherwise = self._arm(block.inverse, around)
        if otherwise:
            otherwise = [*self._null_guard(around), *otherwise]
        return [
            *self._found(found, block.call.params[0], around),
            assign(kept, call("entries", name(found))),
            when(
                compare(name(kept), ast.IsNot(), const(None)),
                self._loop(number, (found, kept), body),
                otherwise,
            ),
        ]

    def _loop(self, number: str, variables: tuple[str, str], body: list[ast.stmt]) -> list[ast.stmt]:
        found, kept = variables
        index = "i" + number
        size = call("len", name(found))
        target = TupleNode(
            [Name("k" + number, STORE), Name("c" + number, STORE)],
            STORE,
        )
        turn = add(index, const(1))
        return [
            assign("z" + number, BinOp(size, ast.Sub(), const(1))),
            add("t", size),
            when(compare(name("t"), ast.Gt(), const(self.wanted.limits.loop_turns)), [_give_up()]),
            assign(index, const(-1)),
            For(target, name(kept), [turn, *body], []),
        ]


def _quotes_merged(run: list[str | _Hole]) -> list[str | _Hole]:
    """Where a hole is all of a JSON string, the C function that escapes it prints the quotes as well."""
    merged = list(run)
    for index, hole in enumerate(merged):
        if isinstance(hole, str) or hole.node.place is None or hole.node.place.depth:
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


def _joined(run: list[str | _Hole], printed: Callable[[_Hole], ast.expr]) -> ast.expr:
    parts: list[ast.expr] = []
    for part in run:
        if isinstance(part, str):
            parts += [const(part)] if part else []
        else:
            parts.append(FormattedValue(printed(part), -1, None))
    return JoinedStr(parts)


def _append(value: ast.expr) -> ast.stmt:
    return Expr(call("a", value))


def _counted(size: ast.expr, limits: Limits) -> list[ast.stmt]:
    too_long = compare(name("n"), ast.Gt(), const(limits.output_characters))
    return [add("n", size), when(too_long, [_give_up()])]


def _give_up() -> ast.stmt:
    return Raise(name("NotFastError"), None)
