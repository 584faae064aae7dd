"""A character of a document in a string is told with where it is written, however it is spelled there."""

from random import Random

from grantwire.template.json_chunks import Chunk

SPELLINGS = {char: char for char in "abcnu014"} | {"bc": "bc", "A": r"\u0041", "é": r"\u00e9"}
SPELLINGS |= {"\n": r"\n", '"': r"\"", "\\": r"\\", "/": r"\/"}


def spelled(letters: list[str]) -> tuple[str, list[int]]:
    """A text as it is written in a string, and where each of its characters begins."""
    written, starts = "", []
    for letter in letters:
        starts += [len(written) + place for place in range(len(letter))]
        written += SPELLINGS[letter]
    return written, starts


def test_every_character_knows_where_it_is_written_in_whatever_order_one_asks() -> None:
    dice = Random("chunks")
    for _ in range(400):
        written, starts = spelled(dice.choices(list(SPELLINGS), k=dice.randrange(1, 9)))
        before = "x" * dice.randrange(3)
        chunk = Chunk(before + written, 100).decoded(len(before), len(before + written))
        asked = dice.choices(range(len(starts)), k=20)
        assert [chunk.at(index) for index in asked] == [100 + len(before) + starts[index] for index in asked]


def test_a_character_two_strings_deep_is_found_as_well() -> None:
    inner, inner_starts = spelled(["a", "\n", '"', "A", "bc"])
    written, starts = spelled(list(inner))
    chunk = Chunk(written, 7).decoded(0, len(written)).decoded(0, len(inner))
    assert [chunk.at(index) for index in range(len(inner_starts))] == [7 + starts[at] for at in inner_starts]
