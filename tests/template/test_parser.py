"""What the parser makes of a source: positions, and every problem at once with a way to mend it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grantwire.template import Limits, TemplateError, parse
from grantwire.template.parser import parse_all
from grantwire.template.tree import (
    UNDEFINED,
    Block,
    Call,
    Comment,
    InlinePartial,
    Literal,
    Mustache,
    PartialCall,
    Path,
    Position,
    RawBlock,
    Text,
)


def problems(source: str) -> list[tuple[int, int, str]]:
    with pytest.raises(TemplateError) as caught:
        parse(source)
    return [(p.position.line, p.position.column, p.message) for p in caught.value.problems]


def path(source: str) -> Path:
    (node,) = parse(source).body
    assert isinstance(node, Mustache)
    assert isinstance(node.call.callee, Path)
    return node.call.callee


@pytest.mark.parametrize(
    ("source", "segments", "depth", "data", "scoped"),
    [
        ("{{a.b/c}}", ("a", "b", "c"), 0, False, False),
        ("{{../../a}}", ("a",), 2, False, True),
        ("{{@root.a}}", ("root", "a"), 0, True, False),
        ("{{@../index}}", ("index",), 1, True, False),
        ("{{this}}", (), 0, False, True),
        ("{{.}}", (), 0, False, True),
        ("{{./a}}", ("a",), 0, False, True),
        ("{{this.[a b].[0]}}", ("a b", "0"), 0, False, True),
        ("{{[this]}}", ("this",), 0, False, True),
        ("{{[a\\]b]}}", ("a]b",), 0, False, False),
        ('{{"a b"}}', ("a b",), 0, False, False),
        ("{{12.50}}", ("12.5",), 0, False, False),
        ("{{true}}", ("true",), 0, False, False),
    ],
)
def test_paths(source: str, segments: tuple[str, ...], depth: int, data: bool, scoped: bool) -> None:
    found = path(source)
    assert (found.segments, found.depth, found.data, found.scoped) == (segments, depth, data, scoped)


def test_arguments_keep_their_kind() -> None:
    (node,) = parse("{{f a 'b' 1 -2.5 true null undefined (g x) k=(h) l=@index}}").body
    assert isinstance(node, Mustache)
    values = [param.value if isinstance(param, Literal) else type(param) for param in node.call.params]
    assert values == [Path, "b", 1, -2.5, True, None, UNDEFINED, Call]
    assert [key for key, _ in node.call.hash] == ["k", "l"]


def test_every_kind_of_node_is_in_the_tree() -> None:
    source = "a{{b}}{{!c}}{{#d}}{{/d}}{{> e}}{{#*inline 'f'}}{{/inline}}{{{{g}}}}h{{{{/g}}}}"
    kinds = [type(node) for node in parse(source).body]
    assert kinds == [Text, Mustache, Comment, Block, PartialCall, InlinePartial, RawBlock]


def test_positions_are_those_of_the_source_also_after_trimming() -> None:
    source = "line one\n  {{#if a}}\n   text {{~ b }}\n  {{/if}}\n"
    first, block = parse(source).body[:2]
    assert isinstance(block, Block)
    assert block.program is not None
    text, mustache = block.program.body[:2]
    assert (first.position, block.position) == (Position(0, 1, 1), Position(11, 2, 3))
    assert isinstance(text, Text)
    assert source[text.position.offset :].startswith(text.value)
    assert (mustache.position.line, mustache.position.column) == (3, 9)
    assert source[mustache.position.offset : mustache.position.offset + mustache.length] == "{{~ b }}"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(["{{a}}", " \n ", "x", "{{#if b}}", "{{/if}}", "{{~c~}}", "{{else}}", "\t", "\r\n", "é"]),
        max_size=20,
    )
)
def test_text_is_always_a_run_of_the_source_and_nothing_raises_but_its_own_error(pieces: list[str]) -> None:
    source = "".join(pieces)
    parsed = parse_all(source)
    assert (parsed.program is None) == bool(parsed.problems)
    todo = list(parsed.program.body) if parsed.program else []
    for node in todo:
        if isinstance(node, Text):
            assert source.startswith(node.value, node.position.offset)
        if isinstance(node, Block):
            todo += [inner for part in (node.program, node.inverse) if part for inner in part.body]


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="{}~#/^>!&|@.[]()=\"'\\ \nabelsif1-*\0\u2028", max_size=60))
def test_any_text_is_a_tree_or_problems_within_it(source: str) -> None:
    parsed = parse_all(source)
    for problem in parsed.problems:
        assert 0 <= problem.position.offset <= len(source)
        assert problem.message


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("{{#if a}}", 1, "this section is never closed"),
        ("{{#a}}{{#b}}{{/a}}", 7, "this section is never closed"),
        ("{{/a}}", 1, "{{/a}} closes a block that is not open"),
        ("{{else}}", 1, "'{{else}}' stands outside of any block"),
        ("{{#a}}{{else}}{{else}}{{/a}}", 15, "this block already has its {{else}}"),
        ("{{^a}}{{else if b}}{{/a}}", 7, "an inverted section cannot be followed by '{{else …'"),
        ("{{#> a}}{{else}}{{/a}}", 9, "a partial block cannot have an {{else}}"),
        ("x {{a", 3, "this tag is never closed"),
        ("{{a b {{c}}", 1, "this tag is never closed"),
        ("{{#if a {{b}}", 1, "this tag is never closed"),
        ("{{}}", 3, "'}}' cannot stand here"),
        ("{{a/}}", 5, "'}}' cannot stand here"),
        ("{{a=b}}", 4, "'=' cannot stand here"),
        ("{{a/../b}}", 5, "'..' cannot follow a name in a path: a/.."),
        ("{{f k=}}", 7, "'}}' cannot stand here"),
        ("{{f k=1 a}}", 9, "'a' cannot stand here"),
        ("{{f (g a}}", 9, "'}}' cannot stand here"),
        ("{{* a}}", 1, "decorators cannot be used"),
        ("{{#*other 'a'}}{{/other}}", 1, "the decorator 'other' does not exist"),
        ("{{#*inline}}{{/inline}}", 1, "an inline partial needs a name"),
        ("{{> a b c}}", 5, "a partial takes one context at most"),
        ("{{! never", 1, "this comment is never closed"),
        ("{{!-- never }}", 1, "this comment is never closed"),
        ("{{{{a}}}} x", 1, "this raw block is never closed"),
        ("{{{{a}}}} x {{{{/b}}}}", 13, "this tag does not close the raw block before it"),
        ("a\0b", 2, "a template cannot contain the NUL character"),
        ("{{#each l as ||}}{{/each}}", 15, "'|' cannot stand here"),
    ],
)
def test_a_problem_is_told_where_it_is(source: str, column: int, message: str) -> None:
    assert problems(source)[0] == (1, column, message)


def test_all_problems_are_told_at_once() -> None:
    source = "{{a b=}}\n{{#if x}}\n{{c=d}} {{/unless}}\n{{> p q r}}\n{{/if}}\n{{else}}"
    assert [line for line, _, _ in problems(source)] == [1, 3, 3, 4, 6]


def test_a_faulty_opening_tag_does_not_make_its_closing_tag_a_problem_too() -> None:
    assert len(problems("{{#if a=}}x{{/if}}")) == 1


@pytest.mark.parametrize(
    ("source", "suggestion"),
    [
        ('{"x":{{n}}}', "if the last brace belongs to the text, put a space before it: }} }"),
        ('{"x":{{{n}}}}', "if the last brace belongs to the text, put a space before it: }}} }"),
        ('{"x":{{#if a}}1{{/if}}}', "if the last brace belongs to the text, put a space before it: }} }"),
        ("{{{n}}", "write {{{x}}} with three braces on both sides, or {{x}} with two"),
    ],
)
def test_braces_that_run_together_come_with_a_way_out(source: str, suggestion: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse(source)
    (problem,) = caught.value.problems
    assert problem.suggestion == suggestion


def test_the_message_shows_the_line_with_a_caret_and_what_was_expected() -> None:
    with pytest.raises(TemplateError) as caught:
        parse('{\n  "a": "{{#if b}}"\n}')
    assert str(caught.value) == (
        "error: line 2, column 9: this section is never closed\n"
        '  |   "a": "{{#if b}}"\n'
        "  |         ^^^^^^^^^\n"
        "  expected: {{/if}}"
    )


def test_of_a_long_line_only_the_part_around_the_problem_is_shown() -> None:
    with pytest.raises(TemplateError) as caught:
        parse("x" * 500 + "{{#if b}}" + "y" * 500)
    quoted = str(caught.value).splitlines()[1]
    assert quoted.startswith("  | …xxx")
    assert quoted.endswith("yyy…")
    assert len(quoted) < 140


def test_a_problem_of_a_partial_names_it() -> None:
    with pytest.raises(TemplateError, match=r"partial 'p', line 1, column 1: this section"):
        parse("{{#a}}", partial="p")


def test_no_more_problems_are_told_than_the_limit_says() -> None:
    with pytest.raises(TemplateError) as caught:
        parse("{{a b=}}" * 100, limits=Limits(problems=7))
    assert len(caught.value.problems) == 7
