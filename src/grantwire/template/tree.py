"""The tree of a template: what the parser hands to the context analyser and to both compilers.

In: nothing. Out: frozen values, each knowing where it stood in the source.
Never: rendering, looking at data, or changing a node in place (use `dataclasses.replace`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Position:
    """A spot in a source text: `offset` counts characters from 0, `line` and `column` from 1."""

    offset: int
    line: int
    column: int

    def after(self, text: str) -> "Position":
        """The spot just behind `text`, when `text` starts here."""
        newlines = text.count("\n")
        if not newlines:
            return Position(self.offset + len(text), self.line, self.column + len(text))
        return Position(self.offset + len(text), self.line + newlines, len(text) - text.rfind("\n"))


START: Final = Position(0, 1, 1)


class Mode(StrEnum):
    """What the finished text has to be. `TEXT`: plain Handlebars with HTML escaping; `PLAIN`: no escaping."""

    JSON = "json"
    NDJSON = "ndjson"
    FORM = "form"
    XML = "xml"
    URL = "url"
    HEADER = "header"
    PLAIN = "plain"
    TEXT = "text"


class Kind(StrEnum):
    """The sort of spot a mustache stands in; which kinds exist depends on the mode."""

    STRING = "string"
    VALUE = "value"
    KEY = "key"
    TEXT = "text"
    RAW = "raw"
    ATTRIBUTE = "attribute"
    PATH_SEGMENT = "path_segment"
    QUERY = "query"
    FRAGMENT = "fragment"
    FORM_KEY = "form_key"
    FORM_VALUE = "form_value"
    HEADER_VALUE = "header_value"


@dataclass(frozen=True, slots=True)
class Place:
    """What the spot of a mustache means; `depth`: how many JSON strings its document is nested in."""

    mode: Mode
    kind: Kind
    depth: int = 0


class Undefined:
    """JavaScript's `undefined`: what a missing path gives. One instance, `UNDEFINED`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()

LiteralValue: TypeAlias = str | int | float | bool | Undefined | None


@dataclass(frozen=True, slots=True)
class Path:
    """`../a.b`, `@index`, `this`, `.[0]`: `depth` counts the `../`; `scoped`: began with `this` or `.`."""

    segments: tuple[str, ...]
    depth: int
    data: bool
    scoped: bool
    original: str
    position: Position
    length: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean, `null` or `undefined` written in the template."""

    value: LiteralValue
    original: str
    position: Position
    length: int


@dataclass(frozen=True, slots=True)
class Call:
    """`name a b c=d`: a helper with arguments, or (both empty) a path to print. In `( )` a sub-expression."""

    callee: Path | Literal
    params: tuple["Expression", ...]
    hash: tuple[tuple[str, "Expression"], ...]
    position: Position
    length: int

    @property
    def is_simple(self) -> bool:
        """True without arguments: then it may be a path as well as a helper."""
        return not self.params and not self.hash


Expression: TypeAlias = Path | Literal | Call


@dataclass(frozen=True, slots=True)
class Text:
    """Static text. Even after white-space control `value` is one unbroken run of the source."""

    value: str
    position: Position

    @property
    def length(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class Comment:
    """`{{! … }}`: prints nothing."""

    value: str
    position: Position
    length: int


@dataclass(frozen=True, slots=True)
class Mustache:
    """An output. `raw`: `{{{x}}}` or `{{&x}}`. `place` is filled by the context analyser (None: text)."""

    call: Call
    raw: bool
    position: Position
    length: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """`{{#x}}…{{else}}…{{/x}}`; of `{{^x}}…{{/x}}` the content is the `inverse`, as in handlebars.js.

    `position` and `length` are those of the opening tag. Block parameters (`as |a b|`) are on the program.
    """

    call: Call
    program: "Program | None"
    inverse: "Program | None"
    inverted: bool
    position: Position
    length: int


@dataclass(frozen=True, slots=True)
class RawBlock:
    """`{{{{x}}}}…{{{{/x}}}}`: the content is text and goes to the helper `x` untouched."""

    call: Call
    program: "Program"
    position: Position
    length: int


@dataclass(frozen=True, slots=True)
class PartialCall:
    """`{{> name context key=value}}` or `{{#> name}}block{{/name}}`.

    `name` is a Path or Literal when static (its `original` is the partial's name), a Call when dynamic.
    `indent` is what a stand-alone partial's lines are indented by. `program` is filled by the context
    analyser: the partial's tree analysed for this spot (None: look the partial up by name at render).
    """

    name: "Path | Literal | Call"
    context: Expression | None
    hash: tuple[tuple[str, Expression], ...]
    block: "Program | None"
    indent: str
    position: Position
    length: int
    program: "Program | None" = None


@dataclass(frozen=True, slots=True)
class InlinePartial:
    """`{{#*inline "name"}}…{{/inline}}`: known in the whole program it stands in and in what that calls."""

    name: Expression
    program: "Program"
    position: Position
    length: int


Node: TypeAlias = Text | Comment | Mustache | Block | RawBlock | PartialCall | InlinePartial


@dataclass(frozen=True, slots=True)
class Program:
    """A run of nodes. `partial` names the partial whose source the positions refer to (None: the template).

    `chained` marks the unwritten program of an `else if`; its only node is the Block of that `if`.
    """

    body: tuple[Node, ...]
    block_params: tuple[str, ...]
    chained: bool
    position: Position
    partial: str | None = None
