"""Finds what cannot work in any event: unknown helpers, wrong numbers of arguments, unknown partials.

In: parsed programs, the helpers, the names of the partials. Out: problems.
Never: looking at data, or at the places of mustaches; that is the context analyser's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from grantwire.template.calls import STANDARD, Helpers, Meaning, Shape, call_problems, meaning_of
from grantwire.template.errors import Problem, Severity
from grantwire.template.expressions import literal_key
from grantwire.template.partials import BLOCK_OF_CALLER
from grantwire.template.tree import (
    Block,
    Call,
    Expression,
    InlinePartial,
    Literal,
    Mode,
    Mustache,
    Node,
    PartialCall,
    Program,
    RawBlock,
)

_FREE_MODES = frozenset({Mode.TEXT, Mode.PLAIN})
_RENDERS_PROGRAMS = frozenset({"if", "unless", "each", "with"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a program can refer to. `partials` None: a name may be anything, as some are made up at render."""

    helpers: Helpers
    mode: Mode
    partials: frozenset[str] | None
    names: tuple[tuple[str, ...], ...] = ()


def check_program(program: Program, around: Surroundings) -> Iterator[Problem]:
    inside = replace(around, names=(program.block_params, *around.names))
    # Plain Handlebars finds these only where a render reaches them.
    severity = Severity.WARNING if around.mode is Mode.TEXT else Severity.ERROR
    for node in program.body:
        for problem in _check_node(node, inside):
            yield replace(problem, partial=program.partial, severity=severity)


def _check_node(node: Node, around: Surroundings) -> Iterator[Problem]:
    match node:
        case Mustache():
            yield from _check_call(node.call, Shape.OUTPUT, around)
        case Block():
            yield from _check_call(node.call, Shape.BLOCK, around)
            yield from _check_mode(node.call, around)
            for program in (node.program, node.inverse):
                yield from check_program(program, around) if program else ()
        case RawBlock():
            yield from _check_call(node.call, Shape.BLOCK, around)
        case PartialCall():
            yield from _check_partial(node, around)
        case InlinePartial():
            yield from _check_value(node.name, around)
            yield from check_program(node.program, around)
        case _:
            pass


def _check_call(call: Call, shape: Shape, around: Surroundings) -> Iterator[Problem]:
    yield from call_problems(call, shape, around.names, around.helpers)
    for value in (*call.params, *(pair for _, pair in call.hash)):
        yield from _check_value(value, around)


def _check_value(value: Expression, around: Surroundings) -> Iterator[Problem]:
    if isinstance(value, Call):
        yield from _check_call(value, Shape.VALUE, around)


def _check_mode(call: Call, around: Surroundings) -> Iterator[Problem]:
    """What a helper returns as a block is printed as it is, which only text can bear."""
    if around.mode in _FREE_MODES:
        return
    meaning = meaning_of(call, Shape.BLOCK, around.names, around.helpers)
    standard = meaning is Meaning.STANDARD and _name(call) not in _RENDERS_PROGRAMS
    if meaning is Meaning.HELPER or standard:
        name = call.callee.original
        message = f"{name!r} cannot be a block in {around.mode} mode: its result would not be escaped"
        suggestion = f"print it with {{{{{name} …}}}}"
        yield Problem(message, call.position, call.length, code="helper", suggestion=suggestion)


def _name(call: Call) -> str:
    name = str(call.callee.original)
    return name if name in STANDARD or isinstance(call.callee, Literal) else call.callee.segments[0]


def _check_partial(node: PartialCall, around: Surroundings) -> Iterator[Problem]:
    for value in (node.context, *(pair for _, pair in node.hash)):
        yield from _check_value(value, around) if value is not None else ()
    if isinstance(node.name, Call):
        yield from _check_call(node.name, Shape.VALUE, around)
    elif node.block is None and around.partials is not None:
        name = literal_key(node.name.value) if isinstance(node.name, Literal) else node.name.original
        if name not in around.partials and name != BLOCK_OF_CALLER:
            yield _unknown_partial(node, name, around.partials)
    if node.block is not None:
        yield from check_program(node.block, around)


def _unknown_partial(node: PartialCall, name: str, known: frozenset[str]) -> Problem:
    near = get_close_matches(name, known, 1)
    suggestion = f"did you mean {near[0]!r}?" if near else ""
    return Problem(
        f"there is no partial {name!r}",
        node.position,
        node.length,
        code="partial",
        expected=", ".join(sorted(known)),
        suggestion=suggestion,
    )


def inline_names(program: Program) -> Iterator[str | None]:
    """The names of all inline partials in a tree; None for one that is made up at render."""
    for node in program.body:
        match node:
            case InlinePartial(name=Literal(value=value), program=inner):
                yield literal_key(value)
                yield from inline_names(inner)
            case InlinePartial():
                yield None
            case Block():
                for part in (node.program, node.inverse):
                    yield from inline_names(part) if part else ()
            case PartialCall(block=Program() as inner):
                yield from inline_names(inner)
            case _:
                pass
