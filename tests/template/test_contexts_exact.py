"""A text without a single mustache is refused exactly where it is no JSON; all short texts are tried."""

from itertools import product
from random import Random

import pytest

from grantwire.template.contexts import analyse
from grantwire.template.errors import Severity
from grantwire.template.tree import START, Mode, Program, Text
from grantwire.template.verify import judge

#: The characters of a text, and how long the texts of them are that are all tried.
ALPHABETS = [("-012.eE+", 5), ('{}[]",:1 ', 4), ('"\\u0aF/\n', 4), ("truefalsn", 3), (' \t\r\n[]0"', 4)]
WORDS = [
    "true",
    "false",
    "null",
    "-1.5e+10",
    "[0.25E-3]",
    '{"a": [true, false, null]}',
    '"\\u00e9\\n\\"\\\\\\/\\b\\f\\r\\t"',
]


def is_refused(text: str) -> bool:
    program = Program((Text(text, START),), (), chained=False, position=START)
    return any(problem.severity is Severity.ERROR for problem in analyse(program, Mode.JSON, {})[1])


def is_no_json(text: str) -> bool:
    try:
        judge(text)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(("alphabet", "length"), ALPHABETS)
def test_every_short_text_is_refused_exactly_where_it_is_no_json(alphabet: str, length: int) -> None:
    texts = ("".join(chars) for size in range(1, length + 1) for chars in product(alphabet, repeat=size))
    assert [text for text in texts if is_refused(text) != is_no_json(text)] == []


@pytest.mark.parametrize("word", WORDS)
def test_every_text_that_differs_in_one_character_is_judged_right(word: str) -> None:
    assert not is_refused(word)
    characters = {*word, *'0"x,e'}
    for at, char in product(range(len(word) + 1), characters):
        for changed in (word[:at] + char + word[at:], word[:at] + char + word[at + 1 :], word[:at] + word[at + 1 :]):
            assert is_refused(changed) == is_no_json(changed), changed


def test_random_longer_texts_are_judged_right_too() -> None:
    dice = Random("json")
    pieces = ['"a"', "1", "{", "}", "[", "]", ",", ":", " ", '"k": ', "null", "-0.5", '"\\""', "\n"]
    for _ in range(3000):
        text = "".join(dice.choices(pieces, k=dice.randrange(1, 9)))
        assert is_refused(text) == is_no_json(text), text
