"""Parses a template: tags and blocks into a tree, white-space control done.

In: source text. Out: a `Program`; or `TemplateError` with every problem found, since parsing goes on after a fault.
Never: recursion by the template's nesting; open blocks are on a stack that ends at the block depth limit.
"""

from dataclasses import dataclass, field

from grantwire.template.blocks import Blocks, partial_parts, strip_of
from grantwire.template.draft import NO_STRIP, DraftLeaf, DraftText, Positions, finished
from grantwire.template.errors import Problem, TemplateError
from grantwire.template.expressions import (
    CLOSERS,
    MISPLACED,
    Cursor,
    Fault,
    parse_arguments,
    parse_callee,
    parse_mustache,
    wrong_braces,
)
from grantwire.template.lexer import T, Token
from grantwire.template.limits import LIMITS, Limits
from grantwire.template.tree import START, Call, Comment, Mustache, PartialCall, Position, Program
from grantwire.template.whitespace import control_whitespace

_RECOVERS_BEHIND = frozenset({T.CLOSE, T.CLOSE_UNESCAPED, T.CLOSE_RAW_BLOCK, T.END_RAW_BLOCK})
_RECOVERS_BEFORE = frozenset(
    {
        T.OPEN,
        T.OPEN_UNESCAPED,
        T.OPEN_BLOCK,
        T.OPEN_INVERSE,
        T.OPEN_INVERSE_CHAIN,
        T.OPEN_ENDBLOCK,
        T.OPEN_PARTIAL,
        T.OPEN_PARTIAL_BLOCK,
        T.OPEN_RAW_BLOCK,
        T.INVERSE,
        T.MUSTACHE,
        T.CONTENT,
        T.COMMENT,
        T.EOF,
    }
)
_OPENS_TAG = _RECOVERS_BEFORE - {T.INVERSE, T.MUSTACHE, T.CONTENT, T.COMMENT, T.EOF}


@dataclass(frozen=True, slots=True)
class Parsed:
    """`program` is None when a problem is an error."""

    program: Program | None
    problems: tuple[Problem, ...]


def parse(source: str, *, partial: str | None = None, limits: Limits = LIMITS) -> Program:
    """The tree of `source`. Raises TemplateError with all problems. `partial` names the source in positions."""
    parsed = parse_all(source, partial=partial, limits=limits)
    if parsed.program is None:
        raise TemplateError(parsed.problems, {partial: source})
    return parsed.program


def parse_all(source: str, *, partial: str | None = None, limits: Limits = LIMITS) -> Parsed:
    """As `parse`, but gives the problems instead of raising them."""
    too_long = _too_long(source, partial, limits)
    if too_long is not None:
        return Parsed(None, (too_long,))
    positions = Positions(source, partial)
    cursor = Cursor(source, positions, limits)
    run = _Parser(cursor, Blocks(cursor))
    run.parse()
    if run.problems:
        return Parsed(None, tuple(sorted(run.problems, key=lambda problem: problem.position.offset)))
    control_whitespace(run.blocks.root)
    return Parsed(finished(run.blocks.root, positions), ())


def _too_long(source: str, partial: str | None, limits: Limits) -> Problem | None:
    maximum = limits.template_bytes
    if len(source) <= maximum and (source.isascii() or len(source.encode("utf-8", "surrogatepass")) <= maximum):
        return None
    crossed = source.encode("utf-8", "surrogatepass")[:maximum].decode("utf-8", "ignore")
    message = f"the template is longer than {maximum} bytes"
    return Problem(message, START.after(crossed), code="limit", expected=f"at most {maximum} bytes", partial=partial)


@dataclass(slots=True)
class _Parser:
    cursor: Cursor
    blocks: Blocks
    problems: list[Problem] = field(default_factory=list)

    def parse(self) -> None:
        try:
            self._statements()
        except Fault as limit:
            self.problems.append(limit.problem)

    def _statements(self) -> None:
        """Raises the Fault of a limit, behind which nothing is looked at."""
        cursor = self.cursor
        while cursor.token.kind is not T.EOF and len(self.problems) < cursor.limits.problems:
            before = cursor.index
            try:
                self._statement()
            except Fault as fault:
                if fault.problem.code == "limit":
                    raise
                closed = self._recover(before)
                self.problems.append(fault.problem if closed else self._unclosed(cursor.tokens[before], fault))
        if cursor.token.kind is T.EOF:
            self.problems += self.blocks.never_closed()

    def _unclosed(self, opening: Token, fault: Fault) -> Problem:
        """A tag that runs into the next one, or the end, is best told from where it began."""
        if opening.kind not in _OPENS_TAG or fault.problem.code != MISPLACED:
            return fault.problem
        return self.cursor.problem(opening, "this tag is never closed", expected="'}}'")

    def _recover(self, before: int) -> bool:
        """Skips the rest of a faulty tag, so that what follows is still checked; False when it has no end."""
        cursor = self.cursor
        if cursor.index == before:
            cursor.take()
        while cursor.token.kind not in _RECOVERS_BEFORE:
            if cursor.take().kind in _RECOVERS_BEHIND:
                return True
        return cursor.tokens[cursor.index - 1].kind in _RECOVERS_BEHIND

    def _statement(self) -> None:
        token = self.cursor.token
        self.cursor.count(token)
        match token.kind:
            case T.CONTENT:
                self.cursor.take()
                self.blocks.add(DraftText(token.text, token.text, token.start))
            case T.MUSTACHE:
                self._plain_mustache()
            case T.OPEN | T.OPEN_UNESCAPED:
                self._mustache()
            case T.COMMENT:
                self._comment()
            case T.OPEN_PARTIAL:
                self._partial()
            case _:
                self._block(token.kind)

    def _block(self, kind: T) -> None:
        match kind:
            case T.OPEN_BLOCK | T.OPEN_INVERSE | T.OPEN_PARTIAL_BLOCK:
                self.blocks.open()
            case T.OPEN_ENDBLOCK:
                self.blocks.close()
            case T.INVERSE:
                self.blocks.otherwise()
            case T.OPEN_INVERSE_CHAIN:
                self.blocks.otherwise_if()
            case T.OPEN_RAW_BLOCK:
                self.blocks.raw()
            case _:
                raise _misplaced(self.cursor)

    def _plain_mustache(self) -> None:
        token = self.cursor.take()
        call = parse_mustache(self.cursor, token)
        at, length = self._span(token.start, token.end)
        self.blocks.add(DraftLeaf(Mustache(call, raw=False, position=at, length=length), NO_STRIP))

    def _span(self, start: int, end: int) -> tuple[Position, int]:
        return self.cursor.positions.at(start), end - start

    def _comment(self) -> None:
        token = self.cursor.take()
        at, length = self._span(token.start, token.end)
        self.blocks.add(DraftLeaf(Comment(_comment_text(token.text), at, length), strip_of(token, token)))

    def _mustache(self) -> None:
        cursor = self.cursor
        opening = cursor.take()
        if "*" in opening.text:
            raise Fault(cursor.problem(opening, "decorators cannot be used", expected="a mustache or {{#*inline}}"))
        callee = parse_callee(cursor)
        arguments = parse_arguments(cursor, 0)
        called_until = cursor.tokens[cursor.index - 1].end
        closing = self._close_mustache(opening)
        at, length = self._span(opening.start, closing.end)
        call_length = called_until - callee.position.offset
        call = Call(callee, arguments.params, arguments.hash, callee.position, call_length)
        raw = opening.kind is T.OPEN_UNESCAPED or opening.text.endswith("&")
        self.blocks.add(DraftLeaf(Mustache(call, raw, at, length), strip_of(opening, closing)))

    def _close_mustache(self, opening: Token) -> Token:
        wanted = T.CLOSE_UNESCAPED if opening.kind is T.OPEN_UNESCAPED else T.CLOSE
        found = self.cursor.token.kind
        if found is wanted:
            return self.cursor.take()
        if found in CLOSERS:
            raise wrong_braces(self.cursor, wanted)
        raise self.cursor.unexpected("an argument, key=value or '}}'")

    def _partial(self) -> None:
        opening = self.cursor.take()
        name, arguments = partial_parts(self.cursor)
        closing = self.cursor.expect(T.CLOSE, "the partial's context, key=value or '}}'")
        at, length = self._span(opening.start, closing.end)
        context = arguments.params[0] if arguments.params else None
        node = PartialCall(name, context, arguments.hash, None, "", at, length)
        self.blocks.add(DraftLeaf(node, strip_of(opening, closing)))


def _comment_text(text: str) -> str:
    inner = text[2:-2].strip("~")[1:]
    return inner.removeprefix("--").removesuffix("--")


def _misplaced(cursor: Cursor) -> Fault:
    token = cursor.token
    if token.kind is T.INVALID and token.text.startswith("{{"):
        return Fault(cursor.problem(token, "this comment is never closed", expected="'}}' or '--}}'"))
    if token.kind is T.INVALID and token.text == "\0":
        return Fault(cursor.problem(token, "a template cannot contain the NUL character"))
    return cursor.unexpected("text or a tag")
