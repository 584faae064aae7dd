"""What generated code calls gives what the closures would print, or hands the event to them."""

from typing import Any

import pytest

from grantwire.template import careful
from grantwire.template.careful import NotFastError
from grantwire.template.tree import UNDEFINED


class Items(list[Any]):
    """A list that is not of the plain type."""


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        ("deeper", 'a"\n', r"a\\\"\\n"),
        ("deeper", 5, "5"),
        ("deeper", ["a"], r"[\\\"a\\\"]"),
        ("deeper", None, ""),
        ("shallow", 'a"\n', r"a\"\n"),
        ("shallow", 5, "5"),
        ("shallow", ["a"], r"[\"a\"]"),
        ("quoted", ["a"], r'"[\"a\"]"'),
        ("whole", 'a"', r'"a\""'),
        ("whole", "é\ud800", r'"é\ud800"'),
        ("whole", True, "true"),
        ("whole", False, "false"),
        ("whole", None, "null"),
        ("whole", [1], "[1]"),
    ],
)
def test_a_value_is_escaped_for_its_place(function: str, value: Any, text: str) -> None:
    assert getattr(careful, function)(value) == text


def test_halves_of_pairs_are_seen() -> None:
    assert [careful.checked(text) for text in ("a", "é", "\ud800", "a\udfff")] == [False, False, True, True]


def test_only_an_item_of_a_plain_list_is_taken() -> None:
    assert careful.item(["a", "b"], 1) == "b"
    for value, error in ((["a"], IndexError), ("ab", TypeError), (Items("ab"), TypeError), ({1: "a"}, TypeError)):
        with pytest.raises(error):
            careful.item(value, 1)


@pytest.mark.parametrize(
    ("value", "entries", "listed"),
    [
        ([], [], []),
        (["a", "b"], [(0, "a"), (1, "b")], NotFastError),
        ({"k": 1}, [("k", 1)], [1]),
        ({}, [], []),
        (None, [], []),
        (5, [], []),
        ("text", [], []),
        (Items("a"), NotFastError, NotFastError),
        (("a",), NotFastError, NotFastError),
    ],
)
def test_what_can_be_looped_over_is(value: Any, entries: Any, listed: Any) -> None:
    assert outcome(lambda: list(careful.entries(value))) == entries
    if type(value) is not list:
        assert outcome(lambda: careful.listed(value)) == listed


@pytest.mark.parametrize(
    ("value", "section", "section_loop"),
    [
        (["a"], ["a"], ["a"]),
        ([], [], []),
        (False, [], []),
        (None, [], []),
        (UNDEFINED, [], []),
        (True, ["around"], NotFastError),
        ({"k": 1}, [{"k": 1}], NotFastError),
        (0, [0], NotFastError),
        ("", [""], NotFastError),
        (Items("a"), NotFastError, NotFastError),
        (("a",), NotFastError, NotFastError),
    ],
)
def test_a_section_is_printed_with_its_contexts(value: Any, section: Any, section_loop: Any) -> None:
    assert outcome(lambda: careful.section(value, "around")) == section
    assert outcome(lambda: careful.section_loop(value)) == section_loop


def outcome(run: Any) -> Any:
    try:
        return run()
    except NotFastError:
        return NotFastError


def test_a_careful_look_goes_on_until_something_is_missing() -> None:
    event = {"a": {"b": 0, "n": None}}
    walks = {("a", "b"): 0, ("a", "n", "x"): None, ("a", "x", "y"): UNDEFINED, (): event}
    for names, found in walks.items():
        assert careful.walk(1, names)((None, event)) is found
    assert careful.walk_data(0, ("a", "b", "x"))((event,)) == 0
    assert careful.walk_data(0, ("a", "b"))((event,)) == 0
    assert careful.walk_data(0, ("x",))(("",)) == ""


def test_careful_values_are_made_of_others() -> None:
    def told(*args: Any, **named: Any) -> Any:
        return args, named

    five = careful.constant(5)
    assert five(()) == 5
    value = careful.called(told, [five, careful.walk(0, ("x",))], {"k": careful.walk(0, ("a",))})
    assert value(({"a": 1},)) == ((5, None), {"k": 1})
    assert careful.looked_up(careful.walk(0, ()), careful.constant("a"))(({"a": 1},)) == 1
    assert careful.looked_up(careful.walk(0, ("x",)), careful.constant("a"))(({"a": 1},)) is UNDEFINED
    assert [careful.choice(careful.constant(one), "yes", "no")(()) for one in (1, 0, [])] == ["yes", "no", "no"]


def test_null_holds_nothing() -> None:
    assert careful.RUNTIME["NOTHING"]["anything"] is UNDEFINED
