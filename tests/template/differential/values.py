"""Random event data for the differential tests: a dice goes in, a JSON value comes out.

The names are few, so that most paths of a random template find something.
"""

from random import Random
from typing import Any

PLAIN = ("a", "b", "c", "list", "obj", "name", "n", "flag")
ODD = (
    "a b", "x-y", "é", "0", "1", "length", "a.b", "toString", "constructor", "A", "nine9", "_u", "$", "p", "q",
    "名", "😀", "if", "each", "this", "true", "null", "x:y", "10", "01", "__proto__", "a\nb",
    "date", "default", "not", "join", "json",
)  # fmt: skip
TEXTS = (
    "", "text", "<b>&\"'`=</b>", "O'Brien", "é😀", "two\nlines", "half \ud83d", "cr\r\nlf", " spaced ", "0", "{{a}}",
    "a", "b", "name",    "back\\slash", "&amp;", "tab\t", "p", "q", "\u2028", "nul\x00", "true", "list",
)  # fmt: skip
NUMBERS = (
    0, 1, 2, -1, -7, 10, 42, 1.5, -0.25, 1.0, 100.0, 1e21, 1e-7, 123456789012, 0.1, 1e20, 5e-324, -0.0,
    1.7e308, 4503599627370497.5, 123456789012345680000.0, 9007199254740991, 9007199254740993, -12345678901234567890,
)  # fmt: skip


def scalar(dice: Random) -> Any:
    kind = dice.random()
    if kind < 0.5:
        return dice.choice(TEXTS)
    if kind < 0.75:
        return dice.choice(NUMBERS)
    return dice.choice((True, False, None))


def key(dice: Random) -> str:
    return dice.choice(PLAIN) if dice.random() < 0.85 else dice.choice(ODD)


def value(dice: Random, depth: int) -> Any:
    kind = dice.random()
    if depth == 0 or kind < 0.4:
        return scalar(dice)
    if kind < 0.7:
        return [value(dice, depth - 1) for _ in range(dice.choice((0, 1, 1, 2, 2, 3)))]
    return mapping(dice, depth - 1)


def mapping(dice: Random, depth: int) -> dict[str, Any]:
    names = [key(dice) for _ in range(dice.choice((0, 1, 2, 3, 4)))]
    # Assigning to `__proto__` means something else in JavaScript, so templates ask for it but no data has it.
    return {name: value(dice, depth) for name in names if name != "__proto__"}


def root(dice: Random) -> Any:
    """Nearly always an object with most of the plain names; now and then anything at all."""
    if dice.random() < 0.04:
        return value(dice, 2)
    return {name: value(dice, 3) for name in PLAIN if dice.random() < 0.85} | mapping(dice, 2)
