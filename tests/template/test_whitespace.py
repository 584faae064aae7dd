"""White-space control as in handlebars.js; the corpus has more of it, from handlebars.js itself."""

import pytest

from grantwire.template import compile_template

EVENT = {"a": "A", "yes": True, "list": [1, 2]}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("x {{~a~}} y", "xAy"),
        ("x {{~a}} y", "xA y"),
        ("x\n\n {{~#if yes~}} \n y \n {{~/if~}} \n z", "xyz"),
        ("x {{~! c ~}} y", "xy"),
        ("x {{~{a}~}} y", "xAy"),
        ("{{#if yes~}} x {{~else~}} y {{~/if}}", "x"),
        ("1\n{{#if yes}}\n2\n{{/if}}\n3", "1\n2\n3"),
        ("1\n  {{#if yes}}  \n2\n  {{/if}}  \n3", "1\n2\n3"),
        ("1\n{{#if no}}\n2\n{{else}}\n3\n{{/if}}\n4", "1\n3\n4"),
        ("{{#if yes}}\n1\n{{/if}}", "1\n"),
        ("1\n{{! alone }}\n2", "1\n2"),
        ("1 {{! not alone }}\n2", "1 \n2"),
        ("1\r\n{{#if yes}}\r\n2\r\n{{/if}}\r\n3", "1\r\n2\r\n3"),
        ("{{#each list}}\n{{this}}\n{{/each}}\n", "1\n2\n"),
        ("1\n{{a}}\n2", "1\nA\n2"),
        ("{{#if yes}} 1 {{/if}}\n2", " 1 \n2"),
        ("{{#if no}}\na\n{{else if yes}}\nb\n{{/if}}\nc", "b\nc"),
    ],
)
def test_tags_that_stand_alone_take_their_line_away_and_tildes_all_white_space(template: str, expected: str) -> None:
    assert compile_template(template, mode="text").render(EVENT) == expected


@pytest.mark.parametrize(
    ("template", "partial", "expected"),
    [
        ("1\n  {{> p}}\n2", "x\ny\n", "1\n  x\n  y\n2"),
        ("1\n  {{> p}}\n2", "x\n\ny", "1\n  x\n  \n  y2"),
        ("1 {{> p}}\n2", "x\n", "1 x\n\n2"),
        ("\t{{> p}}", "x", "\tx"),
        ("  {{~> p}}\n2", "x\n", "x\n2"),
    ],
)
def test_a_partial_alone_on_its_line_is_indented(template: str, partial: str, expected: str) -> None:
    assert compile_template(template, mode="text", partials={"p": partial}).render({}) == expected
