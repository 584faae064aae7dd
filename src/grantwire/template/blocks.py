"""Blocks while they are parsed: which are open, which `else` belongs to which, what a closing tag closes.

In: a cursor standing on a block's tag. Out: finished draft blocks in the program around them, or a `Fault`.
Never: recursion; a chain of `else if` counts against the block depth like any nesting, since its tree is as deep.
"""

from dataclasses import dataclass, field
from typing import assert_never

from grantwire.template.draft import (
    NO_STRIP,
    BlockKind,
    Draft,
    DraftBlock,
    DraftProgram,
    DraftText,
    Opening,
    Strip,
)
from grantwire.template.errors import Problem
from grantwire.template.expressions import (
    Arguments,
    Cursor,
    Fault,
    literal_key,
    parse_arguments,
    parse_block_params,
    parse_call,
    parse_callee,
    parse_name,
)
from grantwire.template.lexer import T, Token
from grantwire.template.tree import UNDEFINED, Call, Literal, Path


@dataclass(slots=True)
class _Frame:
    """An open block. `chained`: opened by `{{else if}}`, closed together with the block it belongs to."""

    opening: Opening
    program: DraftProgram
    chained: bool
    inverse: DraftProgram | None = None
    inverse_strip: Strip = NO_STRIP

    @property
    def current(self) -> DraftProgram:
        return self.inverse if self.inverse is not None else self.program


#: Stands for the name of an opening tag that could not be parsed: any closing tag closes it.
_ANY_NAME = object()


@dataclass(slots=True)
class Blocks:
    cursor: Cursor
    root: DraftProgram = field(default_factory=lambda: DraftProgram(0))
    _frames: list[_Frame] = field(default_factory=list)

    def add(self, item: Draft) -> None:
        (self._frames[-1].current if self._frames else self.root).body.append(item)

    def never_closed(self) -> list[Problem]:
        return [self._never_closed(frame.opening) for frame in self._frames if not frame.chained]

    def _never_closed(self, opening: Opening) -> Problem:
        name = opening.name
        shown = "undefined" if isinstance(name, Call) else name.original
        braces = ("{{{{/", "}}}}") if opening.kind is BlockKind.RAW else ("{{/", "}}")
        return Problem(
            f"this {opening.kind} is never closed",
            opening.position,
            opening.length,
            expected=f"{braces[0]}{shown}{braces[1]}",
            partial=self.cursor.positions.partial,
        )

    def open(self) -> None:
        opening = self.cursor.take()
        try:
            parts = _opening(self.cursor, opening, _kind(opening))
        except Fault:
            # So that its closing tag is not reported as well.
            self._push(_unknown_opening(self.cursor, opening), opening)
            raise
        self._push(parts, opening)

    def _push(self, parts: Opening, opening: Token, *, chained: bool = False) -> None:
        depth = self.cursor.limits.block_depth
        if len(self._frames) >= depth:
            raise self.cursor.crossed(opening, f"more than {depth} blocks inside each other")
        program = DraftProgram(self.cursor.tokens[self.cursor.index - 1].end, block_params=parts.block_params)
        self._frames.append(_Frame(parts, program, chained))

    def otherwise(self) -> None:
        """`{{else}}` or `{{^}}`."""
        token = self.cursor.take()
        frame = self._frame_for_else(token)
        frame.inverse = DraftProgram(token.end)
        frame.inverse_strip = strip_of(token, token)

    def otherwise_if(self) -> None:
        """`{{else if x}}`: a further block in the place of the inverse."""
        token = self.cursor.take()
        frame = self._frame_for_else(token)
        if frame.opening.kind is BlockKind.INVERTED:
            message = "an inverted section cannot be followed by '{{else …'"
            raise Fault(self.cursor.problem(token, message, expected="{{else}} or the closing tag"))
        parts = _opening(self.cursor, token, BlockKind.SECTION)
        self._push(parts, token, chained=True)

    def _frame_for_else(self, token: Token) -> _Frame:
        if not self._frames:
            message = f"{token.text.strip()!r} stands outside of any block"
            raise Fault(self.cursor.problem(token, message, suggestion="remove it, or open a block before it"))
        frame = self._frames[-1]
        if frame.opening.kind in {BlockKind.PARTIAL, BlockKind.INLINE}:
            raise Fault(self.cursor.problem(token, f"a {frame.opening.kind} cannot have an {{{{else}}}}"))
        if frame.inverse is not None:
            message = "this block already has its {{else}}"
            raise Fault(self.cursor.problem(token, message, expected="the closing tag"))
        return frame

    def close(self) -> None:
        opening = self.cursor.take()
        name = parse_name(self.cursor)
        index = self._closed_by(name, opening)
        left_open = [frame for frame in self._frames[index + 1 :] if not frame.chained]
        closing = self.cursor.token
        self._finish(index, strip_of(opening, closing))
        self.cursor.expect(T.CLOSE, "'}}'")
        if left_open:
            raise Fault(self._never_closed(left_open[-1].opening))

    def _closed_by(self, name: Path | Literal, tag: Token) -> int:
        """The index of the open block of that name; it should be the innermost that is not a chain's link."""
        wanted = _name(name)
        for index in range(len(self._frames) - 1, -1, -1):
            frame = self._frames[index]
            if not frame.chained and _name(frame.opening.name) in {wanted, _ANY_NAME}:
                return index
        unchained = [frame for frame in self._frames if not frame.chained]
        problem = self.cursor.problem(tag, f"{{{{/{name.original}}}}} closes a block that is not open")
        if unchained:
            open_name = unchained[-1].opening.name
            expected = f"{{{{/{'undefined' if isinstance(open_name, Call) else open_name.original}}}}}"
            problem = self.cursor.problem(tag, problem.message, expected=expected)
        raise Fault(problem)

    def _finish(self, index: int, close_strip: Strip) -> None:
        """Closes the block at `index` and, from the inside out, its chain. `close_strip` is the closing tag's.

        As in handlebars.js the first link takes the closing tag's `~`, the links behind it their own tag's.
        """
        frames = self._frames[index:]
        del self._frames[index:]
        inner: DraftBlock | None = None
        for level in range(len(frames) - 1, -1, -1):
            frame = frames[level]
            if inner is not None and frame.inverse is None and frames[level + 1].chained:
                frame.inverse = DraftProgram(frames[level + 1].program.start, [inner], chained=True)
                frame.inverse_strip = frames[level + 1].opening.strip
            strip = close_strip if level < 2 else frame.opening.strip
            inner = _drafted(frame, strip)
        if inner is not None:
            self.add(inner)

    def raw(self) -> None:
        opening = self.cursor.take()
        callee = parse_callee(self.cursor)
        arguments = parse_arguments(self.cursor, 0)
        start = self.cursor.expect(T.CLOSE_RAW_BLOCK, "an argument or '}}}}'").end
        at, length = self.cursor.positions.at(opening.start), start - opening.start
        parts = Opening(BlockKind.RAW, callee, arguments.params, arguments.hash, (), NO_STRIP, at, length)
        program = DraftProgram(start)
        while self.cursor.token.kind is T.CONTENT:
            token = self.cursor.take()
            self.cursor.count(token)
            program.body.append(DraftText(token.text, token.text, token.start))
        if self.cursor.token.kind is not T.END_RAW_BLOCK:
            raise Fault(self._never_closed(parts))
        closing = self.cursor.take()
        if closing.text != callee.original:
            expected = f"{{{{{{{{/{callee.original}}}}}}}}}"
            message = "this tag does not close the raw block before it"
            raise Fault(self.cursor.problem(closing, message, expected=expected))
        self.add(DraftBlock(parts, program, None, NO_STRIP, NO_STRIP))


def _kind(opening: Token) -> BlockKind:
    match opening.kind:
        case T.OPEN_INVERSE:
            return BlockKind.INVERTED
        case T.OPEN_PARTIAL_BLOCK:
            return BlockKind.PARTIAL
        case _:
            return BlockKind.INLINE if "*" in opening.text else BlockKind.SECTION


def _opening(cursor: Cursor, opening: Token, kind: BlockKind) -> Opening:
    name: Path | Literal | Call
    if kind is BlockKind.PARTIAL:
        name, arguments = partial_parts(cursor)
        block_params: tuple[str, ...] = ()
    else:
        name = callee = parse_callee(cursor)
        arguments = parse_arguments(cursor, 0)
        block_params = parse_block_params(cursor)
        if kind is BlockKind.INLINE:
            _check_inline(cursor, opening, (callee.original, arguments))
    closing = cursor.expect(T.CLOSE, "an argument, key=value, 'as |name|' or '}}'")
    at, length = cursor.positions.at(opening.start), closing.end - opening.start
    strip = strip_of(opening, closing)
    return Opening(kind, name, arguments.params, arguments.hash, block_params, strip, at, length)


def _check_inline(cursor: Cursor, opening: Token, parts: tuple[object, Arguments]) -> None:
    name, arguments = parts
    if name != "inline":
        message = f"the decorator {name!r} does not exist"
        raise Fault(cursor.problem(opening, message, expected='{{#*inline "name"}}'))
    if not arguments.params:
        message = "an inline partial needs a name"
        raise Fault(cursor.problem(opening, message, expected='{{#*inline "name"}}'))


def _unknown_opening(cursor: Cursor, opening: Token) -> Opening:
    at = cursor.positions.at(opening.start)
    name = Literal(UNDEFINED, "", at, 0)
    return Opening(BlockKind.SECTION, name, (), (), (), NO_STRIP, at, opening.end - opening.start)


def partial_parts(cursor: Cursor) -> tuple[Path | Literal | Call, Arguments]:
    """The name of a partial, or the sub-expression that gives it, and at most one context."""
    start = cursor.token
    dynamic = start.kind is T.OPEN_SEXPR
    name: Path | Literal | Call = parse_call(cursor, 0) if dynamic else parse_name(cursor)
    arguments = parse_arguments(cursor, 0)
    if len(arguments.params) > 1:
        message = "a partial takes one context at most"
        raise Fault(cursor.problem(start, message, suggestion="give further values as key=value"))
    return name, arguments


def _drafted(frame: _Frame, close_strip: Strip) -> DraftBlock:
    """handlebars.js keeps the content of `{{^x}}` as the inverse, and what follows its else as the program."""
    kind = frame.opening.kind
    program: DraftProgram | None = frame.program
    inverse = frame.inverse
    match kind:
        case BlockKind.INVERTED:
            program, inverse = inverse, program
        case BlockKind.SECTION | BlockKind.PARTIAL | BlockKind.INLINE | BlockKind.RAW:
            pass
        case _:
            assert_never(kind)
    return DraftBlock(frame.opening, program, inverse, frame.inverse_strip, close_strip)


def _name(name: Path | Literal | Call) -> object:
    match name:
        case Path():
            return name.original
        case Literal():
            return _ANY_NAME if name.original == "" and name.value is UNDEFINED else literal_key(name.value)
        case Call():
            return "undefined"
        case _:
            assert_never(name)


def strip_of(opening: Token, closing: Token) -> Strip:
    return Strip(open=opening.text[2:3] == "~", close=closing.text[-3:-2] == "~")
