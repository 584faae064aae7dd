"""What a call means, by handlebars.js's rules: a helper, a path to print, or whichever of both there is.

In: a call, the block parameters around it, the known helpers. Out: its meaning; problems of calls that cannot work.
Never: looking at data.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeAlias

from grantwire.template.errors import Problem
from grantwire.template.lookups import find_param
from grantwire.template.tree import UNDEFINED, Call, Expression, Literal, Path
from grantwire.template.values import Value


class Result(StrEnum):
    """What a helper gives back: text, or a JSON value that keeps its type when it is all of a JSON value."""

    TEXT = "text"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Helper:
    """A pure function of its arguments. `most` None: any number of them; `keys` are the key=value it takes.

    `whole` replaces the function where the call is a whole JSON value (`{{json x}}` is then x itself).
    """

    function: Callable[..., Value]
    result: Result = Result.TEXT
    least: int = 1
    most: int | None = None
    keys: frozenset[str] = frozenset()
    whole: Callable[..., Value] | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """All a block helper is told. `fn` and `inverse` render the block's programs: `fn(context, data={...},
    block_params=(...))`, with further `@` variables and what the block's parameters stand for; both are None without
    a block. `block_params`: how many names the block gives (`as |a b|`)."""

    context: Value
    params: tuple[Value, ...]
    hash: dict[str, Value]
    data: dict[str, Value]
    name: str
    fn: Callable[..., str] | None = None
    inverse: Callable[..., str] | None = None
    block_params: int = 0


@dataclass(frozen=True, slots=True)
class BlockHelper:
    """A helper that may render its block; only text and plain mode have them besides the standard ones."""

    function: Callable[[Invocation], Value]


AnyHelper: TypeAlias = Helper | BlockHelper
Helpers: TypeAlias = Mapping[str, AnyHelper]


#: The code of a call without plain arguments: handlebars.js prints nothing for it if there is no such helper.
HASH_ONLY: Final = "helper-without-arguments"


#: Helpers under these names are called where there is none, or for a section that is none.
HELPER_MISSING: Final = "helperMissing"
BLOCK_HELPER_MISSING: Final = "blockHelperMissing"


class Shape(StrEnum):
    """Where a call stands."""

    OUTPUT = "output"
    BLOCK = "block"
    VALUE = "value"


class Meaning(StrEnum):
    STANDARD = "standard helper"
    HELPER = "helper"
    PATH = "path"
    UNKNOWN = "unknown helper"


@dataclass(frozen=True, slots=True)
class Standard:
    """A helper of the language: how many arguments it takes and where it can stand."""

    arguments: int | None
    shapes: frozenset[Shape]


_ANYWHERE = frozenset(Shape)
_BLOCK = frozenset({Shape.BLOCK})

STANDARD: Final[Mapping[str, Standard]] = {
    "if": Standard(1, _BLOCK),
    "unless": Standard(1, _BLOCK),
    "each": Standard(1, _BLOCK),
    "with": Standard(1, _BLOCK),
    "lookup": Standard(2, _ANYWHERE),
    "log": Standard(None, _ANYWHERE),
}


def pairs_given(pairs: Sequence[tuple[str, Expression]]) -> dict[str, Expression]:
    """Of two equal keys the first one counts, as handlebars.js assigns them from the last to the first; and
    `key=undefined`, written so, is no pair at all."""
    given = dict(reversed(pairs))
    return {key: value for key, value in given.items() if not _says_nothing(value)}


def _says_nothing(value: Expression) -> bool:
    return isinstance(value, Literal) and value.value is UNDEFINED


def meaning_of(call: Call, shape: Shape, block_params: Sequence[tuple[str, ...]], helpers: Helpers) -> Meaning:
    """handlebars.js `classifySexpr`, joined with what its runtime does with the result."""
    path = call.callee
    assert isinstance(path, Path)  # noqa: S101  the parser makes a path of a literal
    simple = len(path.segments) == 1 and not path.scoped and not path.depth
    if simple and find_param(path, block_params) is not None:
        return Meaning.PATH
    name = path.segments[0] if path.segments else ""
    called = shape is Shape.VALUE or not call.is_simple
    if (called or simple) and name in STANDARD and name not in helpers:
        return Meaning.STANDARD
    helper = helpers.get(name if simple and not called else path.original) if simple else None
    if helper is None:
        return Meaning.UNKNOWN if called else Meaning.PATH
    if not called and isinstance(helper, Helper) and helper.least:
        # A field of the event may be called like a helper that cannot do without arguments.
        return Meaning.PATH
    return Meaning.HELPER


def call_problems(
    call: Call, shape: Shape, block_params: Sequence[tuple[str, ...]], helpers: Helpers
) -> Iterator[Problem]:
    path = call.callee
    match meaning_of(call, shape, block_params, helpers):
        case Meaning.STANDARD:
            yield from _standard_problems(call, shape, str(path.original))
        case Meaning.HELPER:
            helper = helpers[str(path.original)] if path.original in helpers else None
            if isinstance(helper, Helper):
                yield from _helper_problems(call, helper)
        case Meaning.UNKNOWN if HELPER_MISSING not in helpers:
            yield _unknown(call, helpers)
        case Meaning.UNKNOWN | Meaning.PATH:
            pass


def _unknown(call: Call, helpers: Helpers) -> Problem:
    name = str(call.callee.original)
    near = get_close_matches(name, [*helpers, *STANDARD], 1)
    suggestion = f"did you mean {near[0]!r}?" if near else ""
    if not suggestion and len(call.params) == 1 and not call.hash:
        suggestion = "a path with a space in a name needs brackets: [a name]"
    message = f"there is no helper {name!r}"
    code = "helper" if call.params else HASH_ONLY
    return Problem(message, call.position, call.length, code=code, suggestion=suggestion)


def _standard_problems(call: Call, shape: Shape, name: str) -> Iterator[Problem]:
    standard = STANDARD[name] if name in STANDARD else STANDARD[call.callee.segments[0]]  # type: ignore[union-attr]
    if shape not in standard.shapes:
        example = f"{{{{#{name} …}}}} … {{{{/{name}}}}}"
        message = f"{name!r} needs a block"
        yield Problem(message, call.position, call.length, code="helper", expected=example)
    elif standard.arguments is not None and len(call.params) != standard.arguments:
        yield _count_problem(call, f"exactly {standard.arguments}")


def _helper_problems(call: Call, helper: Helper) -> Iterator[Problem]:
    given = len(call.params)
    if given < helper.least or (helper.most is not None and given > helper.most):
        yield _count_problem(call, _range(helper.least, helper.most))
    for key, value in call.hash:
        if key not in helper.keys and "*" not in helper.keys:
            expected = ", ".join(f"{known}=" for known in sorted(helper.keys)) or "no key=value"
            message = f"{call.callee.original!r} does not take {key!r}"
            yield Problem(message, value.position, value.length, code="helper", expected=expected)


def _range(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return f"exactly {least}" if least == most else f"{least} to {most}"


def _count_problem(call: Call, expected: str) -> Problem:
    noun = "argument" if expected in {"exactly 1", "at least 1"} else "arguments"
    message = f"{call.callee.original!r} has {len(call.params)} arguments"
    return Problem(message, call.position, call.length, code="helper", expected=f"{expected} {noun}")
