"""The second tier: compiles a tree to one Python function, built of `ast` nodes.

In: an analysed program. Out: a function from event to text, or None where the template needs the closures.
Never: pasting text. Every piece of the template is an `ast.Constant`; the only names are our own; and whatever goes
wrong while the function runs is left to the closures, so that both tiers always agree.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from grantwire.template.calls import HELPER_MISSING
from grantwire.template.careful import RUNTIME
from grantwire.template.emit_blocks import Emitter
from grantwire.template.emit_runs import JSON_MODES, Runs, Wanted, give_up
from grantwire.template.emit_values import ROOT, Around, NotFast, Values
from grantwire.template.nodes import (
    AND,
    GREATER,
    LOAD,
    NOT,
    ZERO,
    Argument,
    Attribute,
    BoolOp,
    Calling,
    FunctionDef,
    ListNode,
    Return,
    UnaryOp,
    assign,
    call,
    compare,
    const,
    name,
    when,
)
from grantwire.template.tree import UNDEFINED, Program
from grantwire.template.values import Value

Fast: TypeAlias = Callable[[Value], str]

#: The statements at the end of a run, which append its text and count it; the only run's text is the whole one.
APPENDED: Final = 3


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
    functions = {**RUNTIME, "UNDEFINED": UNDEFINED, "__builtins__": _BUILTINS}
    values = Values(wanted.helpers, functions, wanted.strict)
    runs = Runs(wanted, values)
    emitter = Emitter(wanted, values, runs)
    statements = emitter.program(program, Around((ROOT,), (), ({},), (program.block_params,)))
    is_one_run = runs.printed == 1 and not runs.others
    statements = statements[:-APPENDED] if is_one_run else _joined(statements)
    arguments = ast.arguments([], [Argument(ROOT)], None, [], [], None, [])
    function = FunctionDef("render", arguments, [*statements, *_ending(wanted)], [])
    return ast.Module([function], []), functions


_BUILTINS: Final[Mapping[str, Any]] = {
    "len": len,
    "type": type,
    "str": str,
    "enumerate": enumerate,
    "Exception": Exception,
}


def _joined(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements with what they begin with, and the finished text."""
    pieces = Calling(Attribute(const(""), "join", LOAD), [name("o")], [])
    return [
        assign("t", ZERO),
        assign("u", ZERO),
        assign("n", ZERO),
        assign("o", ListNode([], LOAD)),
        assign("a", Attribute(name("o"), "append", LOAD)),
        *statements,
        assign("s", pieces),
    ]


def _ending(wanted: Wanted) -> list[ast.stmt]:
    """The last look at the finished text `s`: its length, and halves of UTF-16 pairs, which JSON has to spell."""
    endings = [when(compare(call("len", name("s")), GREATER, const(wanted.limits.output_characters)), [give_up()])]
    if wanted.mode in JSON_MODES:
        is_ascii = Calling(Attribute(name("s"), "isascii", LOAD), [], [])
        endings.append(when(BoolOp(AND, [UnaryOp(NOT, is_ascii), call("checked", name("s"))]), [give_up()]))
    return [*endings, Return(name("s"))]
