"""What `@first`, `@last` and `@index` are known to be at this point, so that comma idioms are followed exactly.

In: a condition and the turns of the open loops. Out: true, false, or None (depends on the data).
Never: looking at data.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from grantwire.template.tree import (
    Block,
    Call,
    Expression,
    InlinePartial,
    Literal,
    Mustache,
    PartialCall,
    Path,
    Program,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Which turn of a loop: is it the first, is it the last."""

    first: bool
    last: bool


#: True or false, if that is known before there is data.
Known: TypeAlias = bool | None

#: The open loops, innermost last.
Turns: TypeAlias = tuple[Turn, ...]

ONLY: Final = Turn(first=True, last=True)
FIRST: Final = Turn(first=True, last=False)
MIDDLE: Final = Turn(first=False, last=False)
LAST: Final = Turn(first=False, last=True)

LOOP_WORDS: Final = frozenset({"first", "last", "index", "key"})


def truth(condition: Expression, turns: Turns) -> Known:
    match condition:
        case Path(data=True, segments=(word,), depth=depth) if word in LOOP_WORDS:
            return truth_of_word(word, turns[-1 - depth] if depth < len(turns) else None)
        case Call(callee=Path() as path) if condition.is_simple:
            return truth(path, turns)
        case Call(callee=Path(segments=(name,), data=False, depth=0), params=params, hash=()):
            return truth_of_helper(name, params, turns)
        case _:
            return None


def truth_of_word(word: str, turn: Turn | None) -> Known:
    if turn is None:
        return False
    match word:
        case "first":
            return turn.first
        case "last":
            return turn.last
        case "index":
            return not turn.first
        case _:
            return None


def truth_of_helper(name: str, params: tuple[Expression, ...], turns: Turns) -> Known:
    match (name, params):
        case ("not", (one,)):
            return inverse(truth(one, turns))
        case ("eq", (Path(data=True, segments=("index",)) as index, Literal(value=0))):
            return inverse(truth(index, turns)) if turns else None
        case ("and", _):
            return every([truth(one, turns) for one in params])
        case ("or", _):
            return inverse(every([inverse(truth(one, turns)) for one in params]))
        case _:
            return None


def every(known: list[Known]) -> Known:
    if False in known:
        return False
    return None if None in known else True


def inverse(known: Known) -> Known:
    return None if known is None else not known


def data_depth(node: object) -> int:
    """How many loops outwards `@../first` and the like look, anywhere below a node, program or expression."""
    parts: tuple[object, ...]
    match node:
        case Path(data=True, depth=depth):
            return depth
        case Program(body=body):
            parts = body
        case Call(callee=callee, params=params, hash=pairs):
            parts = (callee, *params, *(value for _, value in pairs))
        case Block(call=call, program=program, inverse=inverse):
            parts = (call, program, inverse)
        case Mustache(call=call):
            parts = (call,)
        case PartialCall(context=context, hash=pairs, block=block):
            parts = (context, block, *(value for _, value in pairs))
        case InlinePartial(program=program):
            parts = (program,)
        case _:
            return 0
    return max(map(data_depth, parts), default=0)
