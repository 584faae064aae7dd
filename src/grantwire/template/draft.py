"""The half-built tree the parser makes: text is still changeable, so that white-space control can trim it.

In: what one tag or text said. Out: `finished`, the frozen tree. Never: leaves the package's parser.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple, TypeAlias, assert_never

from grantwire.template.tree import (
    Block,
    Call,
    Comment,
    Expression,
    InlinePartial,
    Literal,
    Mustache,
    Node,
    PartialCall,
    Path,
    Position,
    Program,
    RawBlock,
    Text,
)


class Strip(NamedTuple):
    """Whether a tag carries `~` on its left (`open`) and on its right (`close`)."""

    open: bool
    close: bool


NO_STRIP = Strip(open=False, close=False)


class Positions:
    """Finds line and column of an offset."""

    def __init__(self, source: str, partial: str | None) -> None:
        self.partial = partial
        self._line_starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]

    def at(self, offset: int) -> Position:
        line = bisect_right(self._line_starts, offset)
        return Position(offset, line, offset - self._line_starts[line - 1] + 1)


@dataclass(slots=True)
class DraftText:
    """`original` is never trimmed: stand-alone lines are judged by it. `start` is the offset of `value`."""

    value: str
    original: str
    start: int
    left_stripped: bool = False
    right_stripped: bool = False


@dataclass(slots=True)
class DraftLeaf:
    """A tag without content. Comments and partials may stand alone: they take their whole line away."""

    node: Mustache | Comment | PartialCall
    strip: Strip

    @property
    def may_stand_alone(self) -> bool:
        return not isinstance(self.node, Mustache)


class BlockKind(StrEnum):
    SECTION = "section"
    INVERTED = "inverted section"
    PARTIAL = "partial block"
    INLINE = "inline partial"
    RAW = "raw block"


@dataclass(slots=True)
class Opening:
    """What an opening tag said."""

    kind: BlockKind
    name: "Path | Literal | Call"
    params: tuple[Expression, ...]
    hash: tuple[tuple[str, Expression], ...]
    block_params: tuple[str, ...]
    strip: Strip
    position: Position
    length: int


@dataclass(slots=True)
class DraftBlock:
    opening: Opening
    program: "DraftProgram | None"
    inverse: "DraftProgram | None"
    inverse_strip: Strip
    close_strip: Strip


Draft: TypeAlias = DraftText | DraftLeaf | DraftBlock


@dataclass(slots=True)
class DraftProgram:
    start: int
    body: list[Draft] = field(default_factory=list)
    block_params: tuple[str, ...] = ()
    chained: bool = False


def finished(draft: DraftProgram, positions: Positions) -> Program:
    """The frozen tree; texts that were trimmed to nothing are left out."""
    nodes = tuple(_node(item, positions) for item in draft.body if not isinstance(item, DraftText) or item.value)
    at = positions.at(draft.start)
    return Program(nodes, draft.block_params, draft.chained, at, positions.partial)


def _node(item: Draft, positions: Positions) -> Node:
    match item:
        case DraftText():
            return Text(item.value, positions.at(item.start))
        case DraftLeaf():
            return item.node
        case DraftBlock():
            return _block(item, positions)
        case _:
            assert_never(item)


def _optional(draft: DraftProgram | None, positions: Positions) -> Program | None:
    return None if draft is None else finished(draft, positions)


def _block(item: DraftBlock, positions: Positions) -> Node:
    opening = item.opening
    program = _optional(item.program, positions)
    at, length = opening.position, opening.length
    match opening.kind:
        case BlockKind.SECTION | BlockKind.INVERTED:
            inverse = _optional(item.inverse, positions)
            inverted = opening.kind is BlockKind.INVERTED
            return Block(_call(opening), program, inverse, inverted, at, length)
        case BlockKind.PARTIAL:
            context = opening.params[0] if opening.params else None
            return PartialCall(opening.name, context, opening.hash, program, "", at, length)
        case BlockKind.INLINE:
            return InlinePartial(opening.params[0], _written(program), at, length)
        case BlockKind.RAW:
            return RawBlock(_call(opening), _written(program), at, length)
        case _:
            assert_never(opening.kind)


def _written(program: Program | None) -> Program:
    if program is None:
        raise AssertionError("only sections may lack a program")
    return program


def _call(opening: Opening) -> Call:
    callee = opening.name
    assert not isinstance(callee, Call), "only partials are called by a sub-expression"  # noqa: S101
    return Call(callee, opening.params, opening.hash, callee.position, opening.length)


def indented(leaf: DraftLeaf, indent: str) -> None:
    if isinstance(leaf.node, PartialCall):
        leaf.node = replace(leaf.node, indent=indent)
