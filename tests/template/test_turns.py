"""What is known of `@first`, `@last` and `@index` in each turn of a loop, before there is any data."""

import pytest

from grantwire.template.parser import parse
from grantwire.template.tree import Block, Expression
from grantwire.template.turns import FIRST, LAST, MIDDLE, ONLY, Turn, data_depth, truth


def condition(text: str) -> Expression:
    (block,) = parse(f"{{{{#if {text}}}}}{{{{/if}}}}").body
    assert isinstance(block, Block)
    return block.call.params[0]


@pytest.mark.parametrize(
    ("text", "only", "first", "middle", "last"),
    [
        ("@first", True, True, False, False),
        ("@last", True, False, False, True),
        ("@index", False, False, True, True),
        ("@key", None, None, None, None),
        ("@root", None, None, None, None),
        ("@other", None, None, None, None),
        ("first", None, None, None, None),
        ("(not @first)", False, False, True, True),
        ("(not name)", None, None, None, None),
        ("(eq @index 0)", True, True, False, False),
        ("(eq @index 1)", None, None, None, None),
        ("(eq name 0)", None, None, None, None),
        ("(and @first @last)", True, False, False, False),
        ("(and @first name)", None, None, False, False),
        ("(and name name)", None, None, None, None),
        ("(or @first @last)", True, True, False, True),
        ("(or @first name)", True, True, None, None),
        ("(or (not @first) (not @last))", False, True, True, True),
        ("(default @first 1)", None, None, None, None),
        ("true", None, None, None, None),
    ],
)
def test_a_condition_is_known_as_far_as_the_turn_decides_it(
    text: str, only: bool | None, first: bool | None, middle: bool | None, last: bool | None
) -> None:
    turns = (ONLY, FIRST, MIDDLE, LAST)
    assert [truth(condition(text), (turn,)) for turn in turns] == [only, first, middle, last]


def test_conditions_may_look_at_loops_further_out() -> None:
    turns: tuple[Turn, ...] = (FIRST, MIDDLE, LAST)
    assert [truth(condition(f"@{'../' * depth}first"), turns) for depth in range(3)] == [False, False, True]
    assert [truth(condition(f"@{'../' * depth}last"), turns) for depth in range(3)] == [True, False, False]


def test_outside_of_loops_there_is_no_first_or_last() -> None:
    assert truth(condition("@first"), ()) is False
    assert truth(condition("@../last"), (LAST,)) is False
    assert truth(condition("(not @last)"), ()) is True
    assert truth(condition("(eq @index 0)"), ()) is None


@pytest.mark.parametrize(
    ("source", "depth"),
    [
        ("", 0),
        ("{{#a}}{{/a}}", 0),
        ("{{a}}{{../../b}}", 0),
        ("{{@first}}", 0),
        ("{{#if @../first}}{{/if}}", 1),
        ("{{#if (not (eq @../../index 0))}}{{/if}}", 2),
        ("{{#a}}x{{else}}{{@../../../last}}{{/a}}", 3),
        ("{{> p @../key}}", 1),
        ("{{> p k=@../../key}}", 2),
        ("{{#> p}}{{@../key}}{{/p}}", 1),
        ('{{#*inline "p"}}{{@../key}}{{/inline}}', 1),
        ("{{helper k=@../key}}", 1),
    ],
)
def test_it_is_known_how_far_out_a_template_looks(source: str, depth: int) -> None:
    assert data_depth(parse(source)) == depth
