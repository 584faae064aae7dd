"""Compares the paths of a template with the schemas of the events it is chosen for.

In: an analysed template, a schema per trigger. Out: problems, each at its path, once for all triggers.
Never: refusing what renders (unless `strict` says that a missing path is an error), or knowing an event by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeGuard

from grantwire.template.calls import STANDARD, Helper
from grantwire.template.errors import Problem, Severity
from grantwire.template.helpers import HELPERS
from grantwire.template.schemas import required, shape_of
from grantwire.template.scopes import NOWHERE, Context, Found, Noted, Remark, Scope, Trail, each_of, find
from grantwire.template.tree import (
    Block,
    Call,
    Expression,
    InlinePartial,
    Kind,
    Literal,
    Mustache,
    Node,
    PartialCall,
    Path,
    Program,
)
from grantwire.template.walk import name_of_partial

Sight: TypeAlias = "Sighting | Odd | Led"

#: Partials in partials beyond this say nothing new.
MAX_DEPTH: Final = 4

PRINTS_TEXT: Final = frozenset(Kind) - {Kind.VALUE}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A remark about a path in a template, for one trigger. `is_asked`: a condition asks whether it is there."""

    note: Noted
    path: Path
    partial: str | None
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Odd:
    """A path that leads to an object or list, printed where text is due."""

    kind: str
    path: Path
    partial: str | None


@dataclass(frozen=True, slots=True)
class Led:
    """Where a printed path leads: the names beside its last one, and the most characters it prints, if bounded."""

    path: Path
    partial: str | None
    siblings: tuple[str, ...]
    most_characters: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the walk is. `partial`: whose source this is; `depth`: of partials in partials."""

    scope: Scope
    inline: Mapping[str, Program]
    partial: str | None
    depth: int = 0


def lint(program: Program, schemas: Mapping[str, Any], *, is_strict: bool = False) -> Iterator[Problem]:
    """`schemas`: a JSON Schema (2020-12) of the whole event for each chosen trigger."""
    yield from judged(sights(program, schemas), is_strict=is_strict)


def leads(program: Program, schemas: Mapping[str, Any]) -> dict[tuple[str | None, int], tuple[Led, ...]]:
    """Where each printed path leads, by partial and offset: once for each of the triggers that differ."""
    found: dict[tuple[str | None, int], tuple[Led, ...]] = {}
    for sight in set().union(*sights(program, schemas).values()):
        if isinstance(sight, Led):
            key = (sight.partial, sight.path.position.offset)
            found[key] = (*found.get(key, ()), sight)
    return found


def sights(program: Program, schemas: Mapping[str, Any]) -> dict[str, set[Sight]]:
    seen: dict[str, set[Sight]] = {}
    for trigger, schema in schemas.items():
        root = Context(required(shape_of(schema, schema)), ())
        reading = Reading(Scope(root, (root,)), {}, program.partial)
        seen[trigger] = set(read_program(program, reading))
    return seen


def read_program(program: Program, reading: Reading) -> Iterator[Sight]:
    inline = {
        name_of_partial(node.name): node.program
        for node in program.body
        if isinstance(node, InlinePartial) and isinstance(node.name, Path | Literal)
    }
    reading = replace(reading, inline={**reading.inline, **inline}, partial=program.partial)
    for node in program.body:
        yield from read_node(node, reading)


def read_node(node: Node, reading: Reading) -> Iterator[Sight]:
    match node:
        case Mustache(call=call, place=place):
            yield from read_call(call, reading)
            if is_path(call):
                found = printed(call.callee, reading)
                is_text = place is not None and place.kind in PRINTS_TEXT
                yield from (sight for sight in found if is_text or isinstance(sight, Led))
        case Block():
            yield from read_block(node, reading)
        case PartialCall():
            yield from read_partial(node, reading)
        case _:
            pass


def is_path(call: Call) -> bool:
    """Whether a call without arguments prints a path, not a helper's result."""
    if not call.is_simple or not isinstance(call.callee, Path):
        return False
    helper = HELPERS.get(call.callee.original)
    return not (isinstance(helper, Helper) and helper.least == 0)


def read_call(call: Call, reading: Reading, *, is_asked: bool = False) -> Iterator[Sight]:
    if is_path(call):
        yield from read_value(call.callee, reading, is_asked=is_asked)
    lenient = is_asked or call.callee.original in {"default", *STANDARD}
    for value in (*call.params, *(value for _, value in call.hash)):
        yield from read_value(value, reading, is_asked=lenient)


def read_value(value: Expression, reading: Reading, *, is_asked: bool = False) -> Iterator[Sight]:
    match value:
        case Path():
            for note in find(value, reading.scope).notes:
                yield Sighting(note, value, reading.partial, is_asked)
        case Call():
            yield from read_call(value, reading, is_asked=is_asked)
        case Literal():
            pass


def printed(path: Expression, reading: Reading) -> Iterator[Sight]:
    if not isinstance(path, Path):
        return
    shape = find(path, reading.scope).context.shape
    around = find(replace(path, segments=path.segments[:-1]), reading.scope).context.shape if path.segments else None
    most = None if shape is None else shape.most_characters
    yield Led(path, reading.partial, around.names if around else (), most)
    for kind in ("object", "array"):
        if shape is not None and shape.only_has(kind):
            yield Odd(kind, path, reading.partial)


def read_block(block: Block, reading: Reading) -> Iterator[Sight]:
    name = block.call.callee.original
    yield from read_call(block.call, reading, is_asked=True)
    subject: Expression = block.call.params[0] if block.call.params else block.call.callee
    yes, no = known_by(subject, reading.scope)
    then, otherwise = reading.scope.guarded(yes), reading.scope.guarded(no)
    if name == "unless":
        then, otherwise = otherwise, then
    elif name in {"each", "with"} or block.call.is_simple:
        then = inside(block, follow(subject, reading.scope).context, then, name=name)
    for program, within in ((block.program, then), (block.inverse, otherwise)):
        if program is not None:
            yield from read_program(program, replace(reading, scope=within))


def known_by(condition: Expression, scope: Scope) -> tuple[list[Trail], list[Trail]]:
    """What is there and not empty if a condition holds, and if it does not."""
    match condition:
        case Path() | Call(params=(), hash=()):
            asked = follow(condition, scope).asked
            return ([] if asked is None else [asked]), []
        case Call(callee=Path(original="not"), params=(one,)):
            yes, no = known_by(one, scope)
            return no, yes
        case Call(callee=Path(original="and" | "or" as word), params=params):
            each = [known_by(one, scope) for one in params]
            if word == "and":
                return [trail for yes, _ in each for trail in yes], []
            return [], [trail for _, no in each for trail in no]
        case Call(callee=Path(original="eq"), params=(one, Literal(value=str() as text))) if text:
            return known_by(one, scope)
        case _:
            return [], []


def follow(subject: Expression, scope: Scope) -> Found:
    """Where the subject of a block leads."""
    match subject:
        case Path():
            return find(subject, scope)
        case Call(callee=Path() as path) if subject.is_simple:
            return find(path, scope)
        case _:
            return Found(NOWHERE)


def inside(block: Block, context: Context, scope: Scope, *, name: str) -> Scope:
    """The scope in the block of an `each`, a `with` or a section, whose subject decides which of both it is."""
    shape = context.shape
    loops = name == "each" or (name != "with" and shape is not None and shape.has("array"))
    if name not in {"each", "with"} and shape is not None and shape.only_has("boolean"):
        return scope
    entered = each_of(context) if loops else known(context)
    params = block.program.block_params if block.program else ()
    meanings = dict(zip(params, (entered, NOWHERE), strict=False))
    return scope.inside(entered, meanings)


def known(context: Context) -> Context:
    return context if context.shape is None else replace(context, shape=required(context.shape))


def read_partial(call: PartialCall, reading: Reading) -> Iterator[Sight]:
    for value in (*([call.context] if call.context else []), *(value for _, value in call.hash)):
        yield from read_value(value, reading)
    if call.block is not None:
        yield from read_program(call.block, reading)
    name = call.name.original if not isinstance(call.name, Call) else ""
    program = call.program or reading.inline.get(name)
    if program is None or reading.depth >= MAX_DEPTH or program is call.block:
        return
    context = follow(call.context, reading.scope).context if call.context else reading.scope.contexts[-1]
    context = replace(context, given=frozenset(name for name, _ in call.hash))
    contexts = (*reading.scope.contexts[:-1], context)
    scope = replace(reading.scope, contexts=contexts)
    yield from read_program(program, replace(reading, scope=scope, depth=reading.depth + 1))


def judged(seen: Mapping[str, set[Sight]], *, is_strict: bool) -> Iterator[Problem]:
    """Once for all triggers: what is unknown to some of them is another problem than what is unknown to all."""
    told: set[Trail] = set()
    sighted = sorted(set().union(*seen.values()), key=order)
    for sight in sighted:
        if isinstance(sight, Led):
            continue
        if may_lack(sight):
            if sight.note.holder not in told:
                told.add(sight.note.holder)
                yield empty_problem(sight, sighted)
            continue
        without = [trigger for trigger, found in seen.items() if sight in found]
        if isinstance(sight, Odd):
            yield odd_problem(sight)
        elif len(without) == len(seen) or sight.note.remark is not Remark.UNKNOWN:
            yield from path_problem(sight, is_strict=is_strict)
        elif not sight.is_asked:
            yield some_problem(sight, without, is_strict=is_strict)


def order(sight: Sight) -> tuple[str, int, str]:
    return (sight.partial or "", sight.path.position.offset, repr(sight))


def problem(sight: Sight, code: str, message: str, suggestion: str) -> Problem:
    at = sight.path
    return Problem(
        message, at.position, at.length, Severity.WARNING, code, suggestion=suggestion, partial=sight.partial
    )


def path_problem(sight: Sighting, *, is_strict: bool) -> Iterator[Problem]:
    note, path = sight.note, sight.path.original
    code = str(note.remark)
    match note.remark:
        case Remark.UNKNOWN:
            near = f'did you mean "{with_name(path, note)}"?' if note.near else ""
            found = problem(sight, code, f'"{path}": the events have no "{note.name}" here', near)
            yield replace(found, severity=Severity.ERROR) if is_strict and not sight.is_asked else found
        case Remark.CASE:
            suggestion = f'write "{with_name(path, note)}"'
            yield problem(sight, code, f'"{path}": the name is "{note.near}", letter by letter', suggestion)
        case Remark.NO_INDEX:
            suggestion = "write .[0]. for the first, or {{#each}} for all"
            yield problem(sight, code, f'"{path}": "{note.name}" is asked of a list', suggestion)
        case Remark.MAY_BE_EMPTY:
            pass
        case Remark.OPTIONAL:
            if is_strict and not sight.is_asked:
                suggestion = "strict is on, so ask with {{#if}} first, or give a {{default}}"
                yield problem(sight, code, f'"{path}": "{note.name}" may be missing or null', suggestion)


def may_lack(sight: Sight) -> TypeGuard[Sighting]:
    """An item is printed of a list that may not have it."""
    return isinstance(sight, Sighting) and sight.note.remark is Remark.MAY_BE_EMPTY and not sight.is_asked


def empty_problem(first: Sighting, sighted: list[Sight]) -> Problem:
    """Once for each list: who means the first item mostly means it in every place."""
    at = {(one.partial, one.path.position) for one in sighted if may_lack(one) and one.note.holder == first.note.holder}
    written = first.path.original.partition(f".{first.note.name}")[0]
    where = "here" if len(at) == 1 else f"in the {len(at)} places that ask for it"
    message = f'"{written}": the list may have no item {first.note.name}, and then nothing is printed {where}'
    suggestion = "fine if that is meant; else ask with {{#if}} first, or print each item with {{#each}}"
    return problem(first, str(Remark.MAY_BE_EMPTY), message, suggestion)


def some_problem(sight: Sighting, without: list[str], *, is_strict: bool) -> Problem:
    names = ", ".join(without)
    message = f'"{sight.path.original}": {names} events have no "{sight.note.name}" here'
    suggestion = "ask with {{#if}} first, or leave these triggers to another webhook"
    found = problem(sight, "path-missing-for-some", message, suggestion)
    return replace(found, severity=Severity.ERROR) if is_strict else found


def odd_problem(odd: Odd) -> Problem:
    path = odd.path.original
    if odd.kind == "object":
        suggestion = "print one of its parts, or stand the mustache outside of quotes"
        return problem(odd, "object-in-text", f'"{path}" is an object and prints as JSON text', suggestion)
    suggestion = "print one item (.[0]), all of them with {{#each}}, or {{join list}}"
    return problem(odd, "list-in-text", f'"{path}" is a list and prints as JSON text', suggestion)


def with_name(path: str, note: Noted) -> str:
    """The path with the name that may have been meant."""
    head, _, tail = path.rpartition(note.name)
    return f"{head}{note.near}{tail}"
