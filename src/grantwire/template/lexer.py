"""Cuts a template's source into tokens, by the rules of the Handlebars 4.7 lexer.

In: source text. Out: a list of tokens, always ending in EOF; what fits no rule becomes an INVALID token.
Never: judging the order of tokens; that is the parser's.
"""

import re
from enum import StrEnum
from typing import NamedTuple


class T(StrEnum):
    """Kinds of tokens, named as in the Handlebars grammar."""

    CONTENT = "text"
    COMMENT = "a comment"
    OPEN_SEXPR = "'('"
    CLOSE_SEXPR = "')'"
    OPEN_RAW_BLOCK = "'{{{{'"
    CLOSE_RAW_BLOCK = "'}}}}'"
    END_RAW_BLOCK = "'{{{{/'"
    OPEN_PARTIAL = "'{{>'"
    OPEN_PARTIAL_BLOCK = "'{{#>'"
    OPEN_BLOCK = "'{{#'"
    OPEN_ENDBLOCK = "'{{/'"
    INVERSE = "'{{else}}'"
    OPEN_INVERSE = "'{{^'"
    OPEN_INVERSE_CHAIN = "'{{else …'"
    OPEN_UNESCAPED = "'{{{'"
    OPEN = "'{{'"
    EQUALS = "'='"
    ID = "a name"
    PATH = "a path"
    MUSTACHE = "a mustache"
    SEP = "'.' or '/'"
    CLOSE_UNESCAPED = "'}}}'"
    CLOSE = "'}}'"
    STRING = "a string"
    DATA = "'@'"
    BOOLEAN = "true or false"
    UNDEFINED = "undefined"
    NULL = "null"
    NUMBER = "a number"
    OPEN_BLOCK_PARAMS = "'as |'"
    CLOSE_BLOCK_PARAMS = "'|'"
    INVALID = "a character that has no meaning here"
    EOF = "the end of the template"


class Token(NamedTuple):
    """`text` is what the token means (quotes, brackets' escapes removed); `start` and `end` are offsets."""

    kind: T
    text: str
    start: int
    end: int


#: What JavaScript's `\s` and `trim` take for white space; Python's differ in six characters.
WHITE_CHARACTERS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_W = WHITE_CHARACTERS
_ENDS_LITERAL = rf"(?=[~}}{_W})])"
_ENDS_NAME = rf"(?=[=~}}{_W}/.)|])"

_NUMBER = r"-?[0-9]++(?:\.[0-9]++)?"
_LITERALS = rf"(?:true|false|undefined|null|{_NUMBER})"
_NAME = rf"[^{_W}!\"#%-,./;->@\[-^`{{-~]++"

#: A segment that is a name and nothing else, wherever it stands in a path.
_SEGMENT = rf"(?!{_LITERALS}{_ENDS_LITERAL}|as[{_W}]++\||this{_ENDS_NAME}){_NAME}"
_FURTHER = rf"[/.](?:{_SEGMENT}|\[[0-9]++\])"

# The first rule that fits wins, not the longest. Against the original's order only rules that exclude each other
# were moved, the frequent ones to the front.
_TAG_RULES: tuple[tuple[T, str], ...] = (
    # What the original takes in single names and separators, taken at once.
    (T.PATH, rf"{_SEGMENT}(?:{_FURTHER})++{_ENDS_NAME}"),
    (T.ID, rf"(?!{_LITERALS}{_ENDS_LITERAL}|as[{_W}]++\|){_NAME}{_ENDS_NAME}"),
    (T.ID, rf"\.\.|\.{_ENDS_NAME}"),
    (T.SEP, r"[/.]"),
    (T.CLOSE_RAW_BLOCK, r"\}\}\}\}"),
    (T.CLOSE_UNESCAPED, r"\}~?\}\}"),
    (T.CLOSE, r"~?\}\}"),
    (T.OPEN_RAW_BLOCK, r"\{\{\{\{"),
    (T.OPEN_PARTIAL, r"\{\{~?>"),
    (T.OPEN_PARTIAL_BLOCK, r"\{\{~?#>"),
    (T.OPEN_BLOCK, r"\{\{~?#\*?"),
    (T.OPEN_ENDBLOCK, r"\{\{~?/"),
    (T.INVERSE, rf"\{{\{{~?(?:\^|[{_W}]*else)[{_W}]*~?\}}\}}"),
    (T.OPEN_INVERSE, r"\{\{~?\^"),
    (T.OPEN_INVERSE_CHAIN, rf"\{{\{{~?[{_W}]*else(?![A-Za-z0-9_])"),
    (T.OPEN_UNESCAPED, r"\{\{~?\{"),
    (T.COMMENT, r"\{\{~?!"),
    (T.OPEN, r"\{\{(?:~?&|~?\*?)"),
    (T.OPEN_SEXPR, r"\("),
    (T.CLOSE_SEXPR, r"\)"),
    (T.EQUALS, r"="),
    (T.STRING, r"[\"']"),
    (T.DATA, r"@"),
    (T.BOOLEAN, rf"(?:true|false){_ENDS_LITERAL}"),
    (T.UNDEFINED, rf"undefined{_ENDS_LITERAL}"),
    (T.NULL, rf"null{_ENDS_LITERAL}"),
    (T.NUMBER, rf"{_NUMBER}{_ENDS_LITERAL}"),
    (T.OPEN_BLOCK_PARAMS, rf"as[{_W}]++\|"),
    (T.CLOSE_BLOCK_PARAMS, r"\|"),
    (T.ID, r"\["),
    # A whole word, so that what cannot be a name is not tried again from each of its letters.
    (T.INVALID, rf"{_NAME}|[\s\S]"),
)
_KINDS = tuple(kind for kind, _ in _TAG_RULES)
_TAG = re.compile(rf"[{_W}]*(?:{'|'.join(f'({rule})' for _, rule in _TAG_RULES)})")
#: The most frequent tag of all: a path and nothing else. What is special about a tag makes it fail.
_MUSTACHE = re.compile(
    rf"\{{\{{[{_W}]*+@?(?:\.\./)*+(?!else(?![A-Za-z0-9_])){_SEGMENT}(?:{_FURTHER})*+[{_W}]*+\}}\}}(?!\}})"
)
_RAW_END = re.compile(rf"\{{\{{\{{\{{/{_NAME}(?=[=}}{_W}/.])\}}\}}\}}\}}")
_ENDS_TAG = frozenset({T.INVERSE, T.COMMENT, T.CLOSE, T.CLOSE_UNESCAPED, T.CLOSE_RAW_BLOCK})

#: What runs on to a closer of its own: how it goes on behind its opener, and what it cannot end without.
_RUNNING_ON = {
    '"': (re.compile(r"(?:\\\"|[^\"])*\""), ('"',)),
    "'": (re.compile(r"(?:\\'|[^'])*'"), ("'",)),
    "[": (re.compile(r"(?:\\\]|[^\]])*\]"), ("]",)),
    "{{!": (re.compile(r"[\s\S]*?\}\}"), ("}}",)),
    "{{!--": (re.compile(r"[\s\S]*?--~?\}\}"), ("--}}", "--~}}")),
}


#: A tag with more characters that mean nothing is given up, and the text behind it too.
FAULTS_OF_A_TAG = 100


class Lexer:
    """Makes tokens as they are asked for: of a template that is refused half-way, the rest is never looked at."""

    def __init__(self, source: str) -> None:
        self.tokens: list[Token] = []
        self.is_done = False
        self._source = source
        self._at = 0
        self._next = self._text
        self._raw_depth = 0
        self._faults = 0

    def more(self) -> None:
        """Adds a few tokens at least, unless the end is reached; the last token of all is EOF."""
        tokens, size = self.tokens, len(self._source)
        enough = len(tokens) + 3
        while len(tokens) < enough and not self.is_done:
            if self._at < size:
                self._next()
            else:
                tokens.append(Token(T.EOF, "", size, size))
                self.is_done = True

    def _text(self) -> None:
        """Static text up to the next tag; `\\{{` makes text of the tag, `\\\\{{` is a backslash and a tag."""
        source, at = self._source, self._at
        opening = source.find("{{", at)
        end = len(source) if opening < 0 else opening
        backslashes = 0 if opening < 0 else _backslashes(source, at, end)
        self._add_text(at, end - (backslashes > 0))
        if backslashes == 1:
            self._at = _escaped_end(source, end)
            self._add_text(end, self._at)
            return
        self._at = end
        mustache = _MUSTACHE.match(source, end)
        if mustache is not None:
            self._at = mustache.end()
            self.tokens.append(Token(T.MUSTACHE, source[end + 2 : self._at - 2], end, self._at))
        else:
            self._next = self._in_tag
            self._faults = 0

    def _add_text(self, start: int, end: int) -> None:
        if start >= end:
            return
        nul = self._source.find("\0", start, end)
        if nul >= 0:
            self.tokens.append(Token(T.INVALID, "\0", nul, nul + 1))
        self.tokens.append(Token(T.CONTENT, self._source[start:end], start, end))

    def _in_tag(self) -> None:
        source = self._source
        found = _TAG.match(source, self._at)
        if found is None:
            self._at = len(source)
            return
        group = found.lastindex or 0
        kind = _KINDS[group - 1]
        start, at = found.span(group)
        if kind in _MAY_RUN_ON:
            kind, at = _run_on(source, start, at, kind)
        if kind is T.INVALID:
            self._faults += 1
            if self._faults > FAULTS_OF_A_TAG:
                self._at = len(source)
                return
        self.tokens.append(Token(kind, _meaning(kind, source[start:at]), start, at))
        self._at = at
        if kind in _ENDS_TAG:
            self._raw_depth = int(kind is T.CLOSE_RAW_BLOCK)
            self._next = self._raw if self._raw_depth else self._text

    def _raw(self) -> None:
        """The content of a raw block, which may hold further raw blocks, up to its end tag."""
        source = self._source
        opening = source.find("{{{{", self._at)
        if opening < 0:
            self._next = self._text
            return
        self._add_text(self._at, opening)
        end = _RAW_END.match(source, opening)
        if end is None:
            self._raw_inside(opening)
            return
        self._raw_depth -= 1
        self._at = end.end()
        if self._raw_depth:
            self._add_text(opening, self._at)
        else:
            self.tokens.append(Token(T.END_RAW_BLOCK, source[opening + 5 : self._at - 4], opening, self._at))
            self._next = self._text

    def _raw_inside(self, opening: int) -> None:
        """A `{{{{` in raw content: opens one level more, or is plain text when a malformed end tag follows."""
        source = self._source
        if source[opening + 4 : opening + 5] not in {"", "/"}:
            self._raw_depth += 1
            self._at = opening + 4
        else:
            following = source.find("{{{{", opening + 1)
            self._at = len(source) if following < 0 else following
        self._add_text(opening, self._at)


def tokenize(source: str) -> list[Token]:
    """All tokens of a source at once."""
    lexer = Lexer(source)
    while not lexer.is_done:
        lexer.more()
    return lexer.tokens


def _backslashes(source: str, at: int, end: int) -> int:
    if end - at >= 2 and source[end - 2 : end] == "\\\\":
        return 2
    return int(end > at and source[end - 1] == "\\")


def _escaped_end(source: str, start: int) -> int:
    """Where the text that began with an escaped `{{` at `start` stops: before the next tag and its backslashes."""
    opening = source.find("{{", start + 2)
    if opening < 0:
        return len(source)
    for backslashes in (2, 1):
        if opening - backslashes >= start + 2 and source.endswith("\\" * backslashes, 0, opening):
            return opening - backslashes
    return opening


_MAY_RUN_ON = frozenset({T.STRING, T.COMMENT, T.ID})


def _run_on(source: str, start: int, at: int, kind: T) -> tuple[T, int]:
    """Kind and end of what began at `start` with an opener that ends at `at`."""
    opener = source[start:at].replace("~", "")
    if opener == "{{!" and source.startswith("--", at):
        opener = "{{!--"
    if opener not in _RUNNING_ON:
        return kind, at
    rest, closers = _RUNNING_ON[opener]
    # Looked for first: it is quick, and a hostile text with many openers and no closer must not be quadratic.
    if not any(source.rfind(closer, at) >= 0 for closer in closers):
        return T.INVALID, at
    end = rest.match(source, at)
    return (T.INVALID, at) if end is None else (kind, end.end())


def _meaning(kind: T, text: str) -> str:
    if kind is T.STRING:
        return text[1:-1].replace("\\" + text[0], text[0])
    if kind is T.ID and text[0] == "[":
        return re.sub(r"\\([\\\]])", r"\1", text)
    return text
