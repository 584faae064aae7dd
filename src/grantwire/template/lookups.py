"""Compiles paths to functions that look them up.

In: a path, the names of the block parameters around it. Out: a function from scope to value.
Never: anything but keys, indices and lengths is reached; a missing member is UNDEFINED, or an error in strict mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from grantwire.template.scope import Eval, Frame, Scope, Site
from grantwire.template.tree import UNDEFINED, Path
from grantwire.template.values import Value, has_member, is_missing, is_truthy, member


class Care(StrEnum):
    """What happens on the way to a missing member: nothing, an error at any step, or only on the way."""

    LENIENT = "lenient"
    STRICT = "strict"
    STRICT_BEFORE_LAST = "strict before last"


@dataclass(frozen=True, slots=True)
class ParamSlot:
    """A block parameter: how many programs out, and its place there."""

    level: int
    index: int


def find_param(path: Path, block_params: Sequence[tuple[str, ...]]) -> ParamSlot | None:
    """The block parameter a path begins with; `block_params` are those of the programs around, innermost first."""
    if path.depth or path.scoped or not path.segments:
        return None
    for level, names in enumerate(block_params):
        if path.segments[0] in names:
            return ParamSlot(level, names.index(path.segments[0]))
    return None


def compile_path(path: Path, slot: ParamSlot | None, *, care: Care, site: Site) -> Eval:
    start = _start(path, slot)
    names = path.segments[1:] if slot else path.segments
    if names and not names[0] and slot is None:
        # handlebars.js takes a path that begins with an empty name for the context itself.
        names = ()
    if not names:
        return start
    falsy_ends = path.data and slot is None
    if slot and care is Care.STRICT:
        care = Care.STRICT_BEFORE_LAST
    match care:
        case Care.LENIENT:
            return _lenient_data(start, names) if falsy_ends else _lenient(start, names)
        case Care.STRICT:
            return _strict(start, names, (len(names), path, site))
        case Care.STRICT_BEFORE_LAST:
            return _strict(start, names, (len(names) - 1, path, site))


def _start(path: Path, slot: ParamSlot | None) -> Eval:
    depth = path.depth
    if slot is not None:
        return _block_param(slot)
    if path.data and path.segments and path.segments[0]:
        return _data(depth, path.segments[0])
    if not depth:
        return _this
    return lambda scope: scope.depths[depth] if depth < len(scope.depths) else UNDEFINED


def _this(scope: Scope) -> Value:
    return scope.context


def _block_param(slot: ParamSlot) -> Eval:
    level, index = slot.level, slot.index

    def value(scope: Scope) -> Value:
        if level >= len(scope.block_params):
            return UNDEFINED
        own = scope.block_params[level]
        return own[index] if own is not None and index < len(own) else UNDEFINED

    return value


def _data(depth: int, wanted: str) -> Eval:
    def values(scope: Scope) -> Value:
        frame: Frame | None = scope.data
        for _ in range(depth):
            if frame is None:
                break
            frame = frame.parent
        if frame is not None and wanted == "partial-block":
            return {wanted: True} if frame.partial_block else {}
        return UNDEFINED if frame is None else frame.values

    return values


def _lenient(start: Eval, names: tuple[str, ...]) -> Eval:
    def value(scope: Scope) -> Value:
        found = start(scope)
        for name in names:
            if type(found) is dict and name in found:
                found = found[name]
            elif is_missing(found):
                return found
            else:
                found = member(found, name)
        return found

    return value


def _lenient_data(start: Eval, names: tuple[str, ...]) -> Eval:
    """handlebars.js ends the look-up of an `@` variable at any false value, not only at a missing one."""

    def value(scope: Scope) -> Value:
        found = start(scope)
        for name in names:
            if not is_truthy(found):
                return found
            found = member(found, name)
        return found

    return value


def _strict(start: Eval, names: tuple[str, ...], must: tuple[int, Path, Site]) -> Eval:
    """`must` says how many of the names have to exist."""
    required, path, site = must

    def value(scope: Scope) -> Value:
        found = start(scope)
        for position, name in enumerate(names):
            absent = is_missing(found) if position >= required else not has_member(found, name)
            if absent:
                scope.container.run.fail(site, f"{path.original!r} is missing: there is no {name!r}", code="missing")
            found = member(found, name)
        return found

    return value
