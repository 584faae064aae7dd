"""The second tier: compiles a tree to one Python function, built of `ast` nodes.

In: an analysed program. Out: a function from event to text, or None where the template needs the closures.
Never: pasting text. Every piece of the template is an `ast.Constant`; the only names are our own; and whatever goes
wrong while the function runs is left to the closures, so that both tiers always agree.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from grantwire.template.calls import HELPER_MISSING, Meaning, Shape, meaning_of
from grantwire.template.careful import RUNTIME
from grantwire.template.emit_runs import Choice, Hole, Part, Runs, Wanted, counted, give_up
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
    For,
    FunctionDef,
    ListNode,
    Name,
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

Fast: TypeAlias = Callable[[Value], str]

#: Holes rendered between two looks at the length of the output.
HOLES_OF_A_RUN: Final = 32
#: Python allows 20 blocks inside each other in one function; a loop and the `try` in it are two.
LOOPS_INSIDE_EACH_OTHER: Final = 8
#: A run makes `s`, appends it and counts it; where there is no other, `s` is the text.
ONE_RUN: Final = (ast.Try, ast.Expr, ast.AugAssign, ast.If)
_FREE_MODES: Final = frozenset({Mode.TEXT, Mode.PLAIN})


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
    values = Values(wanted.helpers, functions)
    emitter = _Emitter(wanted, values, Runs(wanted, values))
    around = Around(("c0",), (), ({},), (program.block_params,))
    body = _whole(emitter.program(program, around), wanted.limits)
    arguments = ast.arguments([], [Argument("c0")], None, [], [], None, [])
    function = FunctionDef("render", arguments, body, [])
    return ast.Module([function], []), functions


_BUILTINS: Final[Mapping[str, Any]] = {"len": len, "type": type, "str": str, "Exception": Exception}


def _whole(statements: list[ast.stmt], limits: Limits) -> list[ast.stmt]:
    """The body of the function: what it begins with, the statements, the finished text and its length."""
    ending = [
        when(compare(call("len", name("s")), ast.Gt(), const(limits.output_characters)), [give_up()]),
        Return(name("s")),
    ]
    if len(statements) == len(ONE_RUN) and all(map(isinstance, statements, ONE_RUN)):
        return [statements[0], *ending]
    pieces = Calling(Attribute(const(""), "join", LOAD), [name("o")], [])
    return [
        assign("t", const(0)),
        assign("n", const(0)),
        assign("o", ListNode([], LOAD)),
        assign("a", Attribute(name("o"), "append", LOAD)),
        *statements,
        assign("s", pieces),
        *ending,
    ]


@dataclass(slots=True)
class _Emitter:
    wanted: Wanted
    values: Values
    runs: Runs
    loops: int = 0

    def program(self, program: Program, around: Around) -> list[ast.stmt]:
        statements: list[ast.stmt] = []
        run: list[Part] = []
        holes = 0
        for node in program.body:
            match node:
                case Text(value=text):
                    run.append(text)
                case Mustache():
                    run.append(self._hole(node, around))
                    holes += 1
                case Block() if (chosen := self._choice(node, around)) is not None:
                    run.append(chosen)
                    holes += 1
                case Block():
                    statements += self.runs.statements(run, around)
                    statements += self._block(node, around)
                    run, holes = [], 0
                case Comment():
                    continue
                case _:
                    raise NotFast
            if holes == HOLES_OF_A_RUN:
                statements += self.runs.statements(run, around)
                run, holes = [], 0
        return statements + self.runs.statements(run, around)

    def _hole(self, node: Mustache, around: Around) -> Hole:
        whole = node.place is not None and node.place.kind is Kind.VALUE
        return Hole(node, self.values.function(node.call, Shape.OUTPUT, around, whole=whole))

    def _choice(self, block: Block, around: Around) -> Choice | None:
        """The choice a block is, when both its arms are fixed text."""
        if not self._is_standard(block, around) or block.call.callee.original not in {"if", "unless"}:
            return None
        true, false = _fixed_text(block.program), _fixed_text(block.inverse)
        if true is None or false is None:
            return None
        if block.call.callee.original == "unless":
            true, false = false, true
        return Choice(block.call.params[0], true, false)

    def _is_standard(self, block: Block, around: Around) -> bool:
        meaning = meaning_of(block.call, Shape.BLOCK, around.names, self.values.helpers)
        return meaning is Meaning.STANDARD and len(block.call.params) == 1 and not block.call.hash

    def _block(self, block: Block, around: Around) -> list[ast.stmt]:
        if not self._is_standard(block, around):
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
        return [when(missing, [give_up()])]

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
        before = self.runs.fixed
        body = self.program(block.program, inside)
        size = self.runs.fixed - before
        if self.values.climbs:
            same = call("same_scope", name("c" + number), name(around.contexts[0]))
            body.insert(0, when(same, [give_up()]))
        otherwise = self._arm(block.inverse, around)
        if otherwise:
            otherwise = [*self._null_guard(around), *otherwise]
        return [
            *self._found(found, block.call.params[0], around),
            assign(kept, call("entries", name(found))),
            when(
                compare(name(kept), ast.IsNot(), const(None)),
                self._loop(number, (found, kept), body, size),
                otherwise,
            ),
        ]

    def _loop(self, number: str, variables: tuple[str, str], body: list[ast.stmt], fixed: int) -> list[ast.stmt]:
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
            when(compare(name("t"), ast.Gt(), const(self.wanted.limits.loop_turns)), [give_up()]),
            *counted(BinOp(size, ast.Mult(), const(fixed)), self.wanted.limits),
            assign(index, const(-1)),
            For(target, name(kept), [turn, *body], []),
        ]


def _fixed_text(program: Program | None) -> str | None:
    if program is None:
        return ""
    if program.block_params or not all(isinstance(node, Text | Comment) for node in program.body):
        return None
    return "".join(node.value for node in program.body if isinstance(node, Text))
