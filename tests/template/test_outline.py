"""Each mustache and each text of a JSON body is known with the field it ends up in, also in documents in strings."""

from collections.abc import Mapping

import pytest

from grantwire.template.contexts import analyse
from grantwire.template.outline import Piece, pieces_of
from grantwire.template.parser import parse
from grantwire.template.tree import Mode


def pieces(source: str, partials: Mapping[str, str] | None = None) -> tuple[Piece, ...]:
    trees = {name: parse(text, partial=name) for name, text in (partials or {}).items()}
    return pieces_of(analyse(parse(source), Mode.JSON, trees)[0])


def written(source: str, **partials: str) -> list[str]:
    """Each piece as `labels: text`, in order; `!` for a field of the body, `*` for what is repeated."""
    return [
        f"{'/'.join(piece.labels)}: "
        f"{piece.content if isinstance(piece.content, str) else '{' + piece.content.call.callee.original + '}'}"
        f"{'!' * piece.is_field}{'*' * piece.is_repeated}"
        for piece in pieces(source, partials)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a": "x{{v}}y", "b": {{w}} }', ["a: x!", "a: {v}!", "a: y!", "b: {w}!"]),
        ('{"a": "at 1: b, c", "b": "{{w}}"}', ["a: at 1: b, c!", "b: {w}!"]),
        ('{"o": {"i": "{{v}}"}, "z": "{{w}}"}', ["i: {v}", "z: {w}!"]),
        ('{"l": ["x", "{{v}}", 1, {{u}}], "z": "{{w}}"}', ["l: {v}", "l: {u}", "z: {w}!"]),
        ('{"l": [{"i": 1}, "{{v}}"]}', ["l: {v}"]),
        ('["{{v}}"]', [": {v}"]),
        ('"{{v}}"', [": {v}"]),
        ('{"a{{k}}": "{{v}}"}', ["a\ufffe: {v}!"]),
        ('{"a": "{{u}}b", "c{{k}}d": "{{v}}"}', ["a: {u}!", "a: b!", "c\ufffed: {v}!"]),
        (
            r'{"d": "{ \"k\": \"{{v}}\", \"l\": {{w}} }"}',
            [r"d: { \"k\": \"!", "d/k: {v}!", r"d: \", \"l\": !", "d/l: {w}!", "d:  }!"],
        ),
        (
            r'{"a": "x", "d": "{ \"k{{x}}\": \"{{v}}\" }"}',
            ["a: x!", r"d: { \"k!", r"d: \": \"!", "d/k\ufffe: {v}!", r"d: \" }!"],
        ),
        (
            r'{"a": "[{{x}}] \"{{y}}\": ", "b": "{{z}}"}',
            ["a: [!", "a: {x}!", r"a: ] \"!", "a: {y}!", r"a: \": !", "b: {z}!"],
        ),
        (r'{"a": "{ \"z\": q", "d": "[\"{{v}}\"]"}', [r"a: { \"z\": q!", r"d: [\"!", "d/: {v}!", r"d: \"]!"]),
        (r'{"\u0064e\n": "{{v}}", "f\"g": {{w}} }', ["de\n: {v}!", 'f"g: {w}!']),
        (r'{"d": "\u007b \u0022k\u0022: {{v}} }"}', [r"d: \u007b \u0022k\u0022: !", "d/k: {v}!", "d:  }!"]),
    ],
)
def test_a_piece_is_known_with_the_keys_around_it(source: str, expected: list[str]) -> None:
    assert written(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"a": "{{#if x}}{{p}}{{else}}{{q}}{{/if}}{{z}}"}', ["a: {p}!", "a: {q}!", "a: {z}!"]),
        ('{"a": "{{#unless x}}{{p}}{{/unless}}{{#with x}}{{q}}{{/with}}"}', ["a: {p}!", "a: {q}!"]),
        ('{"a": "{{#each xs}}{{p}}{{/each}}{{z}}"}', ["a: {p}!*", "a: {z}!"]),
        (
            '{"a": "{{#xs}}{{p}}{{else}}{{q}}{{/xs}}{{^y}}{{r}}{{/y}}{{z}}"}',
            ["a: {p}!*", "a: {q}!*", "a: {r}!*", "a: {z}!"],
        ),
        ('{"a": {{#if x}}1, "b": 2{{else}}"{{q}}"{{/if}}, "c": 3}', ["a: {q}!"]),
        ('{"a": {{#if x}}1, "b": {{else}}2, "c": {{/if}}"{{q}}"}', ["b: {q}!"]),
        ('{"a": {{#if x}}{{else}}1, "c": {{/if}}"{{q}}"}', ["a: {q}!"]),
        ('{"a": {{^x}}1, "c": {{/x}}"{{q}}"}', ["c: {q}!"]),
    ],
)
def test_of_two_branches_both_are_read_and_what_follows_is_behind_the_first(source: str, expected: list[str]) -> None:
    assert written(source) == expected


def test_a_partial_is_read_where_it_is_called() -> None:
    source = '{"a": "{{> p}}{{z}}", "b": {{> p}}, "c": "{{#each xs}}{{y}}{{/each}}"}'
    assert written(source, p="{{v}}") == ["a: {v}!*", "a: {z}!", "b: {v}!*", "c: {y}!*"]
    assert [piece.partial for piece in pieces(source, {"p": "{{v}}"})] == ["p", None, "p", None]


def test_a_partial_that_calls_itself_is_read_a_few_times() -> None:
    partial = '{"v": "{{v}}", "k": [{{#each k}}{{> p}}{{#unless @last}},{{/unless}}{{/each}}]}'
    assert len(pieces("{{> p}}", {"p": partial})) == 6


def test_a_piece_is_known_with_its_position() -> None:
    source = '{"a": "xy{{v}}z",\n "b": "{{w}}" }'
    assert [(piece.position.line, piece.position.column) for piece in pieces(source)] == [
        (1, 8),
        (1, 10),
        (1, 15),
        (2, 8),
    ]
