"""What may come next in a JSON document: the grammar of RFC 8259 as a table.

In: a set of expectations and one character. Out: the expectations afterwards, and those the character broke.
Never: strings' content, nesting in strings, positions (see `json_levels`).

A document that depends on branches can be in one of several states, so everything here works on sets.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple


class Expect(StrEnum):
    """What the document waits for, between its tokens and inside numbers and words."""

    DOCUMENT = "an object or a list that starts a document"
    LINE = "a document on a line of its own"
    VALUE = "a value"
    FIRST_VALUE = "a value or ]"
    KEY = "a key in quotes"
    FIRST_KEY = "a key in quotes or }"
    COLON = "a colon"
    AFTER = "a comma or the end"
    TOUCHING = "a comma or the end, for a value has just ended"
    MINUS = "a digit"
    ZERO = "a fraction or the end of the number"
    INTEGER = "a digit or the end of the number"
    POINT = "a digit after the point"
    FRACTION = "a digit of the fraction or the end of the number"
    EXPONENT = "the exponent"
    SIGN = "a digit of the exponent"
    POWER = "a digit of the exponent or the end of the number"
    T = "true"
    TR = "true: ue"
    TRU = "true: e"
    F = "false"
    FA = "false: lse"
    FAL = "false: se"
    FALS = "false: e"
    N = "null"
    NU = "null: ll"
    NUL = "null: l"


#: One document can be in several of these at once, one per way through the branches. Empty: no way is left.
Expects = frozenset[Expect]

KEYS: Final = frozenset({Expect.KEY, Expect.FIRST_KEY})
VALUES: Final = frozenset({Expect.VALUE, Expect.FIRST_VALUE, Expect.LINE})
NUMBERS: Final = frozenset(
    {
        Expect.MINUS,
        Expect.ZERO,
        Expect.INTEGER,
        Expect.POINT,
        Expect.FRACTION,
        Expect.EXPONENT,
        Expect.SIGN,
        Expect.POWER,
    }
)
ENDED: Final = frozenset({Expect.AFTER, Expect.TOUCHING, Expect.ZERO, Expect.INTEGER, Expect.FRACTION, Expect.POWER})
WAITING: Final = KEYS | VALUES | {Expect.DOCUMENT, Expect.COLON}


def token_table() -> Iterator[tuple[tuple[Expect, str], Expect]]:
    """Numbers and words, character by character; `1` stands for 1 to 9."""
    numbers = {
        Expect.MINUS: {"0": Expect.ZERO, "1": Expect.INTEGER},
        Expect.ZERO: {".": Expect.POINT, "e": Expect.EXPONENT, "E": Expect.EXPONENT},
        Expect.INTEGER: {
            "0": Expect.INTEGER,
            "1": Expect.INTEGER,
            ".": Expect.POINT,
            "e": Expect.EXPONENT,
            "E": Expect.EXPONENT,
        },
        Expect.POINT: {"0": Expect.FRACTION, "1": Expect.FRACTION},
        Expect.FRACTION: {
            "0": Expect.FRACTION,
            "1": Expect.FRACTION,
            "e": Expect.EXPONENT,
            "E": Expect.EXPONENT,
        },
        Expect.EXPONENT: {"+": Expect.SIGN, "-": Expect.SIGN, "0": Expect.POWER, "1": Expect.POWER},
        Expect.SIGN: {"0": Expect.POWER, "1": Expect.POWER},
        Expect.POWER: {"0": Expect.POWER, "1": Expect.POWER},
    }
    starts = {"-": Expect.MINUS, "0": Expect.ZERO, "1": Expect.INTEGER}
    starts |= {"t": Expect.T, "f": Expect.F, "n": Expect.N}
    for state, row in {**numbers, **dict.fromkeys(VALUES, starts)}.items():
        yield from (((state, char), successor) for char, successor in row.items())
    words = {
        "true": (Expect.T, Expect.TR, Expect.TRU),
        "false": (Expect.F, Expect.FA, Expect.FAL, Expect.FALS),
        "null": (Expect.N, Expect.NU, Expect.NUL),
    }
    for word, states in words.items():
        following = (*states[1:], Expect.TOUCHING)
        yield from (
            ((state, char), successor) for state, char, successor in zip(states, word[1:], following, strict=True)
        )


TOKENS: Final = dict(token_table())


class Step(NamedTuple):
    """`after`: what the character leads to; `broken`: the expectations it does not fit."""

    after: Expects
    broken: Expects


@lru_cache(maxsize=4096)
def step(expects: Expects, char: str, container: str) -> Step:
    """`container` is the innermost open bracket, or empty. `char` is spelled as in `SPELLINGS`."""
    after = {state: successor(state, char, container) for state in expects}
    return Step(
        frozenset(state for state in after.values() if state is not None),
        frozenset(state for state, target in after.items() if target is None),
    )


#: In NDJSON a line end counts, elsewhere it is a space like any other.
SPELLINGS: Final = dict.fromkeys("23456789", "1") | {"\t": " ", "\r": " ", "\n": " "}


def successor(state: Expect, char: str, container: str) -> Expect | None:
    """What one expectation becomes; None if the character does not fit. After `"` this is for behind the string."""
    match char:
        case " ":
            return Expect.AFTER if state in ENDED else state if state in WAITING else None
        case "\n":
            return Expect.LINE if not container and (state in ENDED or state is Expect.LINE) else None
        case "{" | "[":
            opened = Expect.FIRST_KEY if char == "{" else Expect.FIRST_VALUE
            return opened if state in VALUES or state is Expect.DOCUMENT else None
        case '"':
            return Expect.COLON if state in KEYS else Expect.AFTER if state in VALUES else None
        case ":":
            return Expect.VALUE if state is Expect.COLON else None
        case "," | "}" | "]":
            return successor_of_end(state, char, container)
        case _:
            return TOKENS.get((state, char))


def successor_of_end(state: Expect, char: str, container: str) -> Expect | None:
    if char == ",":
        if not container or state not in ENDED:
            return None
        return Expect.KEY if container == "{" else Expect.VALUE
    bracket, empty = ("{", Expect.FIRST_KEY) if char == "}" else ("[", Expect.FIRST_VALUE)
    fits = container == bracket and (state in ENDED or state is empty)
    return Expect.AFTER if fits else None


@lru_cache(maxsize=1024)
def fill(expects: Expects) -> Step:
    """The step of a mustache that prints one whole value."""
    fitting = expects & VALUES
    return Step(frozenset({Expect.TOUCHING}) if fitting else frozenset(), expects - fitting)
