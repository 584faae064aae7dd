"""Partials in generated code: which program a call means, and the context it is given.

In: calls of partials. Out: the program, the statements that make its context; or `NotFast`.
Never: a partial that another render could find to be another one.
"""

import ast

from grantwire.template.calls import pairs_given
from grantwire.template.emit_runs import FREE_MODES, Runs, Wanted
from grantwire.template.emit_values import Around, NotFast
from grantwire.template.nodes import DictNode, assign, call, const, name
from grantwire.template.tree import Call, PartialCall, Program
from grantwire.template.walk import name_of_partial


def called(node: PartialCall, wanted: Wanted) -> Program:
    """A partial that is a template of its own: in text by its name, else as it was analysed for this call."""
    if isinstance(node.name, Call) or node.block is not None:
        raise NotFast
    named = name_of_partial(node.name)
    program = wanted.partials.get(named)
    if program is None:
        raise NotFast
    if wanted.mode in FREE_MODES:
        return program
    placed = node.program
    if placed is None or (placed.partial, placed.position) != (named, program.position):
        raise NotFast
    return placed


def context_of(node: PartialCall, around: Around, runs: Runs) -> tuple[list[ast.stmt], str]:
    """What makes the context of a partial, and the variable it is in."""
    base = around.contexts[0]
    statements: list[ast.stmt] = []
    if node.context is not None:
        base = "c" + runs.values.scope()
        statements += runs.found(base, node.context, around)
    if not node.hash:
        return statements, base
    given: dict[str, ast.expr] = {}
    for key, value in pairs_given(node.hash).items():
        local = runs.values.fresh("x")
        statements += runs.found(local, value, around)
        given[key] = name(local)
    context = "c" + runs.values.scope()
    pairs = DictNode([const(key) for key in given], list(given.values()))
    return [*statements, assign(context, call("joined", name(base), pairs))], context
