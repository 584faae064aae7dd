"""Parses what stands between the braces: paths, literals, sub-expressions, arguments.

In: tokens from a cursor. Out: expressions of the tree, or the first thing wrong, raised as `Fault`.
Never: looking outside its tag; blocks are the parser's.
"""

import re
from dataclasses import dataclass, replace

from grantwire.template.draft import Positions
from grantwire.template.errors import Problem
from grantwire.template.lexer import WHITE_CHARACTERS, Lexer, T, Token
from grantwire.template.limits import Limits
from grantwire.template.tree import UNDEFINED, Call, Expression, Literal, LiteralValue, Path
from grantwire.template.values import text_of

_LITERALS = frozenset({T.STRING, T.NUMBER, T.BOOLEAN, T.UNDEFINED, T.NULL})
_STARTS_NAME = _LITERALS | {T.ID, T.PATH, T.DATA}
_STARTS_VALUE = _STARTS_NAME | {T.OPEN_SEXPR}

#: As handlebars.js tells a scoped path, which is never a helper: `this` anywhere before a non-word character.
_SCOPED = re.compile(r"\.|.*?this(?![A-Za-z0-9_])", re.DOTALL)
_BRACKETED = re.compile(r"\[([^\n\r\u2028\u2029]*)\]\Z")


#: The code of a token that does not fit where it stands.
MISPLACED = "misplaced"
CLOSERS = frozenset({T.CLOSE, T.CLOSE_UNESCAPED, T.CLOSE_RAW_BLOCK})


#: A node is made of fewer tokens than this, in all templates that anyone writes.
TOKENS_OF_A_NODE = 5


class Fault(Exception):
    """One tag that cannot be parsed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Arguments:
    params: tuple[Expression, ...]
    hash: tuple[tuple[str, Expression], ...]


class Cursor:
    """Walks the tokens; `positions` and `limits` are the parser's."""

    def __init__(self, source: str, positions: Positions, limits: Limits) -> None:
        self._lexer = Lexer(source)
        self._lexer.more()
        self.tokens = self._lexer.tokens
        self.index = 0
        self.positions = positions
        self.limits = limits
        self._nodes = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def at(self, kind: T) -> bool:
        return self.tokens[self.index].kind is kind

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind is not T.EOF:
            self.index += 1
            if self.index + 1 >= len(self.tokens):
                self._lexer.more()
                if len(self.tokens) > self.limits.nodes * TOKENS_OF_A_NODE:
                    raise self._too_many(token)
        return token

    def count(self, token: Token) -> None:
        """A tag, a text or an argument more."""
        self._nodes += 1
        if self._nodes > self.limits.nodes:
            raise self._too_many(token)

    def _too_many(self, token: Token) -> "Fault":
        return self.crossed(token, f"the template has more than {self.limits.nodes} tags, texts and arguments")

    def crossed(self, token: Token, message: str) -> "Fault":
        """A limit was crossed."""
        return Fault(replace(self.problem(token, message), code="limit"))

    def expect(self, kind: T, expected: str) -> Token:
        if self.token.kind is kind:
            return self.take()
        if kind is T.CLOSE and self.token.kind in CLOSERS:
            raise wrong_braces(self, kind)
        raise self.unexpected(expected)

    def unexpected(self, expected: str, suggestion: str = "") -> Fault:
        token = self.token
        found = f"{token.text!r}" if token.text and token.kind is not T.CONTENT else str(token.kind)
        problem = self.problem(token, f"{found} cannot stand here", expected=expected, suggestion=suggestion)
        return Fault(replace(problem, code=MISPLACED))

    def problem(self, token: Token, message: str, *, expected: str = "", suggestion: str = "") -> Problem:
        return Problem(
            message,
            self.positions.at(token.start),
            max(1, token.end - token.start),
            expected=expected,
            suggestion=suggestion,
            partial=self.positions.partial,
        )


def wrong_braces(cursor: "Cursor", wanted: T) -> Fault:
    """`{"x":{{n}}}` and its like: Handlebars reads braces greedily, so a JSON brace joins those of the tag."""
    closing = cursor.token
    braces = "}}}" if wanted is T.CLOSE_UNESCAPED else "}}"
    if len(closing.text.replace("~", "")) > len(braces):
        suggestion = f"if the last brace belongs to the text, put a space before it: {braces} }}"
    else:
        suggestion = "write {{{x}}} with three braces on both sides, or {{x}} with two"
    message = f"{closing.text!r} cannot close this tag"
    return Fault(cursor.problem(closing, message, expected=f"'{braces}'", suggestion=suggestion))


def parse_name(cursor: Cursor) -> Path | Literal:
    """A path, a data variable or a literal: what may be printed, called or name a partial."""
    token = cursor.token
    if token.kind is T.ID or token.kind is T.PATH:
        return _path(cursor, token)
    if token.kind is T.DATA:
        cursor.take()
        return _path(cursor, token)
    if token.kind in _LITERALS:
        cursor.take()
        return Literal(_literal_value(token), token.text, cursor.positions.at(token.start), token.end - token.start)
    raise cursor.unexpected("a path such as data.requester.name, a helper or a literal")


def parse_callee(cursor: Cursor) -> Path:
    """The head of a mustache, block or sub-expression; a literal there is a key to look up."""
    name = parse_name(cursor)
    if isinstance(name, Path):
        return name
    key = literal_key(name.value)
    scoped = _SCOPED.match(key) is not None
    return Path((key,), 0, data=False, scoped=scoped, original=key, position=name.position, length=name.length)


def parse_value(cursor: Cursor, depth: int) -> Expression:
    """An argument; `depth` counts the sub-expressions around it."""
    if cursor.token.kind is T.OPEN_SEXPR:
        return parse_call(cursor, depth)
    return parse_name(cursor)


def parse_call(cursor: Cursor, depth: int) -> Call:
    opening = cursor.expect(T.OPEN_SEXPR, "'('")
    if depth >= cursor.limits.block_depth:
        message = f"more than {cursor.limits.block_depth} sub-expressions inside each other"
        raise Fault(cursor.problem(opening, message))
    callee = parse_callee(cursor)
    arguments = parse_arguments(cursor, depth + 1)
    end = cursor.expect(T.CLOSE_SEXPR, "an argument, key=value or ')'").end
    at = cursor.positions.at(opening.start)
    return Call(callee, arguments.params, arguments.hash, at, end - opening.start)


def parse_arguments(cursor: Cursor, depth: int) -> Arguments:
    params: list[Expression] = []
    pairs: list[tuple[str, Expression]] = []
    while cursor.token.kind in _STARTS_VALUE:
        cursor.count(cursor.token)
        if cursor.token.kind is T.ID and cursor.tokens[cursor.index + 1].kind is T.EQUALS:
            pairs.append(_pair(cursor, depth))
        elif pairs:
            raise cursor.unexpected("key=value", "write arguments without a key before those with one")
        else:
            params.append(parse_value(cursor, depth))
    return Arguments(tuple(params), tuple(pairs))


def _pair(cursor: Cursor, depth: int) -> tuple[str, Expression]:
    key = unbracketed(cursor.take().text)
    cursor.take()
    if cursor.token.kind not in _STARTS_VALUE:
        raise cursor.unexpected("a value behind '='")
    return key, parse_value(cursor, depth)


def parse_block_params(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.at(T.OPEN_BLOCK_PARAMS):
        return ()
    cursor.take()
    first = cursor.token
    names = [cursor.expect(T.ID, "the name of a block parameter").text]
    while cursor.at(T.ID):
        names.append(cursor.take().text)
    if _BRACKETED.match(",".join(names)):
        raise Fault(cursor.problem(first, "a block parameter cannot be in brackets", expected="a plain name"))
    cursor.expect(T.CLOSE_BLOCK_PARAMS, "a further name or '|'")
    return tuple(names)


def unbracketed(text: str) -> str:
    found = _BRACKETED.match(text)
    return found.group(1) if found else text


def _path(cursor: Cursor, first: Token) -> Path:
    """handlebars.js `preparePath`: `..` climbs, `.` and `this` stay, brackets take both meanings away."""
    data = first.kind is T.DATA
    original = "@" if data else ""
    segments: list[str] = []
    climbed = 0
    separator = ""
    while True:
        token = cursor.take() if cursor.at(T.PATH) else cursor.expect(T.ID, "a name" if original else "a path")
        if token.kind is T.PATH:
            names, text = _names(token.text)
            original += separator + text
            segments += names
        else:
            part = unbracketed(token.text)
            original += separator + part
            if part != token.text or part not in {"..", ".", "this"}:
                segments.append(part)
            elif segments:
                raise Fault(cursor.problem(token, f"{part!r} cannot follow a name in a path: {original}"))
            else:
                climbed += part == ".."
        if len(segments) + climbed > cursor.limits.path_names:
            raise cursor.crossed(first, f"a path has more than {cursor.limits.path_names} names")
        if cursor.token.kind is not T.SEP:
            break
        separator = cursor.take().text
    position, length = cursor.positions.at(first.start), token.end - first.start
    return Path(tuple(segments), climbed, data, _is_scoped(original), original, position, length)


def _names(text: str) -> tuple[list[str], str]:
    """The names of a path that holds nothing but names and indices, and how it is spelled without brackets."""
    if "[" in text:
        text = text.replace("[", "").replace("]", "")
    return text.replace("/", ".").split("."), text


def _is_scoped(original: str) -> bool:
    return original.startswith(".") or ("this" in original and _SCOPED.match(original) is not None)


def parse_mustache(cursor: Cursor, token: Token) -> Call:
    """The call of a tag that is a path and nothing else."""
    inner = token.text.lstrip(WHITE_CHARACTERS)
    start = token.end - 2 - len(inner)
    written = inner.rstrip(WHITE_CHARACTERS)
    path = written.removeprefix("@")
    depth = path.count("../")
    names, spelled = _names(path[3 * depth :])
    if depth + len(names) > cursor.limits.path_names:
        raise cursor.crossed(token, f"a path has more than {cursor.limits.path_names} names")
    data = len(path) < len(written)
    original = f"{written[: len(written) - len(path) + 3 * depth]}{spelled}"
    at, length = cursor.positions.at(start), len(written)
    return Call(Path(tuple(names), depth, data, _is_scoped(original), original, at, length), (), (), at, length)


def _literal_value(token: Token) -> LiteralValue:
    match token.kind:
        case T.STRING:
            return token.text
        case T.NUMBER:
            return _number(token.text)
        case T.BOOLEAN:
            return token.text == "true"
        case T.NULL:
            return None
        case _:
            return UNDEFINED


def _number(text: str) -> int | float:
    """As JavaScript's `Number`: every number is a double; whole ones print without a point."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def literal_key(value: LiteralValue) -> str:
    """What a literal is called when it stands where a name belongs: `{{12.50}}` looks up "12.5"."""
    match value:
        case None:
            return "null"
        case _ if value is UNDEFINED:
            return "undefined"
        case _:
            return text_of(value)
