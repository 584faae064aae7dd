"""The blocks of generated code: conditions, loops, sections, `with`, and partials written out where they are called.

In: programs of the tree. Out: statements; or `NotFast` where there is no shape for something.
Never: text of a template becoming code, or a loop that counts what its body does not ask for.
"""

import ast
from dataclasses import dataclass
from typing import Final

from grantwire.template.calls import BLOCK_HELPER_MISSING, Meaning, Shape, meaning_of
from grantwire.template.emit_partials import called, context_of
from grantwire.template.emit_runs import FREE_MODES, Choice, Hole, Part, Runs, Wanted, counted, give_up
from grantwire.template.emit_values import Around, NotFast, Values, is_flag, start_value
from grantwire.template.nodes import (
    AND,
    FALSE,
    GREATER,
    IS,
    IS_NOT,
    LOAD,
    NONE,
    NOT,
    OR,
    STORE,
    SUBTRACT,
    TIMES,
    TRUE,
    Attribute,
    BinOp,
    BoolOp,
    Expr,
    For,
    IfExp,
    Name,
    Pass,
    TupleNode,
    UnaryOp,
    add,
    assign,
    call,
    compare,
    const,
    name,
    when,
)
from grantwire.template.tree import (
    Block,
    Comment,
    Expression,
    InlinePartial,
    Kind,
    Mustache,
    Node,
    PartialCall,
    Path,
    Program,
    Text,
)

#: Holes rendered between two looks at the length of the output.
HOLES_OF_A_RUN: Final = 32
#: Python allows 20 blocks inside each other in one function; a loop and the `try` in it are two.
LOOPS_INSIDE_EACH_OTHER: Final = 8


@dataclass(slots=True)
class Emitter:
    """`nodes` counts what is emitted: partials are written out at each of their calls."""

    wanted: Wanted
    values: Values
    runs: Runs
    nodes: int = 0
    partials_open: int = 0

    def program(self, program: Program, around: Around) -> list[ast.stmt]:
        statements: list[ast.stmt] = []
        run: list[Part] = []
        holes = 0
        self.nodes += len(program.body)
        if self.nodes > self.wanted.limits.nodes:
            raise NotFast
        for node in program.body:
            part = self._part(node, around)
            if part is not None:
                run.append(part)
                holes += not isinstance(part, str)
            elif not self._is_silent(node):
                self.runs.others = True
                statements += self.runs.statements(run, around)
                statements += self._statements(node, around)
                run, holes = [], 0
            if holes == HOLES_OF_A_RUN:
                statements += self.runs.statements(run, around)
                run, holes = [], 0
        return statements + self.runs.statements(run, around)

    def _part(self, node: Node, around: Around) -> Part | None:
        """What can stand in an f-string with its neighbours."""
        match node:
            case Text(value=text):
                return text
            case Mustache():
                return self._hole(node, around)
            case Block():
                return self._choice(node, around)
            case _:
                return None

    def _is_silent(self, node: Node) -> bool:
        """In text an inline partial counts wherever its name is called; elsewhere it is known where that is."""
        return isinstance(node, Comment) or (isinstance(node, InlinePartial) and self.wanted.mode not in FREE_MODES)

    def _statements(self, node: Node, around: Around) -> list[ast.stmt]:
        match node:
            case Block():
                return self._block(node, around)
            case PartialCall():
                return self._partial(node, around)
            case _:
                raise NotFast

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
        meaning = meaning_of(block.call, Shape.BLOCK, around.names, self.values.helpers)
        if meaning is Meaning.PATH and block.call.is_simple and BLOCK_HELPER_MISSING not in self.wanted.helpers:
            return self._section(block, around)
        if not self._is_standard(block, around):
            raise NotFast
        match block.call.callee.original:
            case "if":
                return self.when(block, (block.program, block.inverse), around)
            case "unless":
                return self.when(block, (block.inverse, block.program), around)
            case "each":
                return self._each(block, around)
            case "with":
                return self._with(block, around)
            case _:
                raise NotFast

    def when(self, block: Block, arms: tuple[Program | None, Program | None], around: Around) -> list[ast.stmt]:
        before, test = self._condition(block.call.params[0], around)
        when_true, when_false = (self._arm(arm, around) for arm in arms)
        if not when_true:
            test = UnaryOp(NOT, test)
            when_true, when_false = when_false, []
        if not when_true:
            return before
        guard = self._null_guard(around)
        return [*before, *guard, when(test, when_true, when_false)]

    def _null_guard(self, around: Around) -> list[ast.stmt]:
        """In plain Handlebars `this` is an object inside an `if` where it was null."""
        if self.wanted.mode not in FREE_MODES:
            return []
        missing = compare(name(around.contexts[0]), IS, NONE)
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
        statements = self.runs.found(local, expression, around)
        true = compare(name(local), IS, TRUE)
        not_false = compare(name(local), IS_NOT, FALSE)
        rest = BoolOp(AND, [not_false, call("holds", name(local))])
        return statements, BoolOp(OR, [true, rest])

    def _inside(self, program: Program, around: Around, number: str) -> list[ast.stmt]:
        """The text of a block that has a context of its own."""
        body = self.program(program, around)
        if self.values.climbs:
            same = call("same_scope", name("c" + number), name(around.contexts[1]))
            body.insert(0, when(same, [give_up()]))
        return body

    def _otherwise(self, block: Block, around: Around) -> list[ast.stmt]:
        otherwise = self._arm(block.inverse, around)
        return [*self._null_guard(around), *otherwise] if otherwise else []

    def _with(self, block: Block, around: Around) -> list[ast.stmt]:
        number = self.values.scope()
        context = "c" + number
        program = block.program
        body: list[ast.stmt] = []
        if program is not None:
            body = self._inside(program, _entered(program, around, (context,), around.loops), number)
        found = self.runs.found(context, block.call.params[0], around)
        empty = call("is_empty", name(context))
        return [*found, when(UnaryOp(NOT, empty), body or [Pass()], self._otherwise(block, around))]

    def _each(self, block: Block, around: Around) -> list[ast.stmt]:
        if block.program is None:
            raise NotFast
        number, found, kept = self.values.scope(), self.values.fresh("x"), self.values.fresh("x")
        loop = self._loop(block.program, around, (number, found, kept))
        list_of = "entries" if self._keyed(number) else "listed"
        items = call(list_of, name(found))
        if list_of == "listed":
            items = IfExp(_is_list(found), name(found), items)
        return [
            *self.runs.found(found, block.call.params[0], around),
            assign(kept, items),
            when(name(kept), loop, self._otherwise(block, around)),
        ]

    def _section(self, block: Block, around: Around) -> list[ast.stmt]:
        """As `each` over a list; any other value is a list of its own, if nothing asks which item it is."""
        number, found, kept = self.values.scope(), self.values.fresh("x"), self.values.fresh("x")
        program = block.program
        loop: list[ast.stmt] = [Pass()]
        list_of = call("section", name(found), name(around.contexts[0]))
        if program is not None:
            if program.block_params:
                raise NotFast
            reads = self.values.loop_reads
            loop = self._loop(program, around, (number, found, kept))
            if self.values.loop_reads > reads:
                list_of = call("section_loop", name(found))
        return [
            *self.runs.found(found, block.call.callee, around),
            assign(kept, IfExp(_is_list(found), name(found), list_of)),
            when(name(kept), loop, self._arm(block.inverse, around)),
        ]

    def _keyed(self, number: str) -> bool:
        return "k" + number in self.values.used

    def _loop(self, program: Program, around: Around, variables: tuple[str, str, str]) -> list[ast.stmt]:
        """`variables`: the number of the loop's own ones, the value that was found, and what is looped over."""
        number, found, kept = variables
        if len(around.loops) >= LOOPS_INSIDE_EACH_OTHER:
            raise NotFast
        before = self.runs.fixed
        inside = _entered(program, around, ("c" + number, "k" + number), (number, *around.loops))
        body = self._inside(program, inside, number) or [Pass()]
        fixed = self.runs.fixed - before
        size = call("len", name(kept if not self._keyed(number) else found))
        turns = [add("t", size), when(compare(name("t"), GREATER, const(self.wanted.limits.loop_turns)), [give_up()])]
        if fixed:
            turns += counted(BinOp(size, TIMES, const(fixed)), self.wanted.limits)
        if "l" + number in self.values.used:
            turns.append(assign("z" + number, BinOp(size, SUBTRACT, const(1))))
        return [*turns, *self._turns(number, kept, body)]

    def _turns(self, number: str, kept: str, body: list[ast.stmt]) -> list[ast.stmt]:
        """The loop, counted and keyed as far as its body asks for that."""
        item, index, key = Name("c" + number, STORE), Name("i" + number, STORE), Name("k" + number, STORE)
        counts = not self.values.used.isdisjoint({letter + number for letter in "ifl"})
        if not self._keyed(number):
            if not counts:
                return [For(item, name(kept), body, [])]
            return [For(TupleNode([index, item], STORE), call("enumerate", name(kept)), body, [])]
        if not counts:
            return [For(TupleNode([key, item], STORE), name(kept), body, [])]
        pair = TupleNode([key, item], STORE)
        return [For(TupleNode([index, pair], STORE), call("enumerate", name(kept)), body, [])]

    def _partial(self, node: PartialCall, around: Around) -> list[ast.stmt]:
        """A partial is written out where it is called, if it is one and the same in every render."""
        if self.partials_open >= self.wanted.limits.partial_depth:
            raise NotFast
        program = called(node, self.wanted)
        before, context = context_of(node, around, self.runs)
        self.partials_open += 1
        body = self.program(program, Around((context,), around.loops, ({},), (program.block_params,)))
        self.partials_open -= 1
        crossed = compare(name("u"), GREATER, const(self.wanted.limits.partial_calls))
        statements = [*before, add("u", const(1)), when(crossed, [give_up()])]
        if not node.indent or not body:
            return [*statements, *body]
        start = self.values.fresh("m")
        indent = Expr(call("indent_from", name("o"), name(start), const(node.indent)))
        return [*statements, assign(start, call("len", name("o"))), *body, indent]


def _entered(program: Program, around: Around, variables: tuple[str, ...], loops: tuple[str, ...]) -> Around:
    """Inside a block with a context of its own; `variables`: that context, and what else its parameters can name."""
    params = dict(zip(program.block_params, variables, strict=False))
    if len(params) < len(program.block_params):
        raise NotFast
    return Around(
        (variables[0], *around.contexts), loops, (params, *around.params), (program.block_params, *around.names)
    )


def _is_list(variable: str) -> ast.expr:
    return compare(Attribute(name(variable), "__class__", LOAD), IS, name("list_type"))


def _fixed_text(program: Program | None) -> str | None:
    if program is None:
        return ""
    if program.block_params or not all(isinstance(node, Text | Comment) for node in program.body):
        return None
    return "".join(node.value for node in program.body if isinstance(node, Text))
