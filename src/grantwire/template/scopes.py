"""What a path in a template leads to, by the schema of an event: through `each`, `with`, `../`, `@root` and parameters.

In: a path and the scope it stands in. Out: the shape it leads to and remarks about the way there.
Never: deciding how serious a remark is, or looking at an event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from grantwire.template.schemas import Shape, required
from grantwire.template.tree import Path

#: The names from the root of the event to a value; `*` stands for each item of a list or object.
Trail: TypeAlias = tuple[str, ...]

EACH: Final = "*"


class Remark(StrEnum):
    UNKNOWN = "unknown-path"
    CASE = "path-case"
    NO_INDEX = "list-without-index"
    MAY_BE_EMPTY = "list-may-be-empty"
    OPTIONAL = "may-be-missing"


@dataclass(frozen=True, slots=True)
class Noted:
    """A remark about the part of a path that ends with `name`; `near` is what may have been meant; `holder`: the
    list, for an item that it may not have."""

    remark: Remark
    name: str
    near: str = ""
    holder: Trail = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What `this` is. A shape of None: nothing is known. `given`: names that a partial call adds."""

    shape: Shape | None
    trail: Trail | None
    given: frozenset[str] = frozenset()


NOWHERE: Final = Context(None, None)


@dataclass(frozen=True, slots=True)
class Found:
    """`asked`: the whole trail that was asked for, also where the schema knows only part of it."""

    context: Context
    notes: tuple[Noted, ...] = ()
    asked: Trail | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """`contexts`: innermost last. `guards`: trails known to be there and not empty."""

    root: Context
    contexts: tuple[Context, ...]
    params: Mapping[str, Context] = field(default_factory=lambda: MappingProxyType({}))
    guards: frozenset[Trail] = frozenset()

    def inside(self, context: Context, params: Mapping[str, Context]) -> "Scope":
        """In the block of an `each` or `with`."""
        return replace(self, contexts=(*self.contexts, context), params={**self.params, **params})

    def guarded(self, trails: Iterable[Trail]) -> "Scope":
        """Where a condition has found what the trails lead to, and so all on the way."""
        found = {trail[: length + 1] for trail in trails for length in range(len(trail))}
        return replace(self, guards=self.guards | found) if found else self


def find(path: Path, scope: Scope) -> Found:
    start, segments = starting_point(path, scope)
    if segments and segments[0] in start.given:
        return Found(NOWHERE)
    asked = None if start.trail is None else (*start.trail, *segments)
    notes: list[Noted] = []
    for name in segments:
        start, noted = step(start, name, scope.guards)
        notes += noted
        if start.shape is None:
            break
    return Found(start, tuple(notes), asked)


def starting_point(path: Path, scope: Scope) -> tuple[Context, Trail]:
    segments = path.segments
    if path.data:
        is_root = segments[:1] == ("root",)
        return (scope.root, segments[1:]) if is_root else (NOWHERE, ())
    if path.depth:
        known = path.depth < len(scope.contexts)
        return (scope.contexts[-1 - path.depth], segments) if known else (NOWHERE, ())
    if not path.scoped and segments and segments[0] in scope.params:
        return scope.params[segments[0]], segments[1:]
    return scope.contexts[-1], segments


def step(context: Context, name: str, guards: frozenset[Trail]) -> tuple[Context, list[Noted]]:
    """One segment further."""
    shape = context.shape
    if shape is None or shape.is_anything or context.trail is None:
        return NOWHERE, []
    trail = (*context.trail, name)
    if shape.has("array") and name.isdigit():
        return step_to_item(context, int(name), guards, trail=trail)
    if name == "length" and (shape.has("array") or shape.has("string")):
        return NOWHERE, []
    member = shape.member(name) if shape.has("object") else None
    if member is not None:
        is_missing = member.is_optional and trail not in guards
        known = member if is_missing else required(member)
        return Context(known, trail), [Noted(Remark.OPTIONAL, name)] if is_missing else []
    if trail in guards:
        return NOWHERE, []
    return NOWHERE, [missing(shape, name)]


def step_to_item(
    context: Context, index: int, guards: frozenset[Trail], *, trail: Trail
) -> tuple[Context, list[Noted]]:
    shape = context.shape
    assert shape is not None and context.trail is not None  # noqa: S101, PT018  `step` has looked
    item = shape.item(index)
    sure = index < shape.least_items or trail in guards or (index == 0 and context.trail in guards)
    return Context(item, trail), [] if sure else [Noted(Remark.MAY_BE_EMPTY, str(index), holder=context.trail)]


def missing(shape: Shape, name: str) -> Noted:
    if shape.has("array") and not shape.has("object"):
        item = shape.item()
        return Noted(Remark.NO_INDEX, name, name if item and item.member(name) else "")
    for known in shape.names:
        if known.lower() == name.lower():
            return Noted(Remark.CASE, name, known)
    near = get_close_matches(name, shape.names, 1)
    return Noted(Remark.UNKNOWN, name, near[0] if near else "")


def each_of(context: Context) -> Context:
    """What `this` is in a loop."""
    if context.shape is None or context.shape.is_anything or context.trail is None:
        return NOWHERE
    item = context.shape.item() if context.shape.has("array") else context.shape.values()
    return Context(item and required(item), (*context.trail, EACH))
