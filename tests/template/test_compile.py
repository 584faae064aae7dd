"""From source to body: the one function most callers use, in the modes of webhooks."""

import json
from typing import Any

import msgspec
import pytest

from grantwire.template import Mode, Place, RenderError, Severity, TemplateError, compile_template
from grantwire.template.tree import Kind

NASTY = 'say "hi"\n\\ </b> & é😀\u2028 ", "admin": true, "x": "'


@pytest.mark.parametrize("tier", ["auto", "generated", "closures"])
def test_whatever_a_value_holds_it_arrives_whole_also_in_a_document_in_a_string(tier: str) -> None:
    source = '{"a": "<{{x}}>", "b": {{x}}, "{{k}}": "{ \\"c\\": \\"{{x}}\\", \\"d\\": {{n}} }"}'
    template = compile_template(source, tier=tier)
    for _ in range(3):
        body = json.loads(template.render({"x": NASTY, "k": "key", "n": 1.5}))
        assert body["a"] == f"<{NASTY}>"
        assert body["b"] == NASTY
        assert json.loads(body["key"]) == {"c": NASTY, "d": 1.5}


def test_a_missing_value_is_null_where_a_value_stands_and_empty_in_a_string() -> None:
    assert compile_template('{"a": {{x}}, "b": "{{x.y}}"}').render({}) == '{"a": null, "b": ""}'


def test_raw_mustaches_are_escaped_like_any_other_and_that_is_a_warning() -> None:
    template = compile_template('{"a": "{{{x}}}"}')
    assert json.loads(template.render({"x": '"'})) == {"a": '"'}
    assert [problem.severity for problem in template.warnings] == [Severity.WARNING]


def test_every_mustache_tells_its_place() -> None:
    template = compile_template('{"a": "{{x}}", "b": {{y}}, "c": "{ \\"d\\": \\"{{z}}\\" }"}')
    assert [placed.place for placed in template.places] == [
        Place(Mode.JSON, Kind.STRING, 0),
        Place(Mode.JSON, Kind.VALUE, 0),
        Place(Mode.JSON, Kind.STRING, 1),
    ]


@pytest.mark.parametrize(
    ("source", "partials", "expected"),
    [
        ('{"a": {{> p}} }', {"p": "{{x}}"}, {"a": 'it\'s "X"'}),
        ('{"a": "{{> p}}"}', {"p": "<{{x}}>"}, {"a": '<it\'s "X">'}),
        ('{"a": "{{> p}}", "b": {{> p}} }', {"p": "{{x}}"}, {"a": 'it\'s "X"', "b": 'it\'s "X"'}),
        ('{"a": [{{#each l}}{{> p at=@index}}{{#unless @last}},{{/unless}}{{/each}}]}', {"p": "{{at}}"}, {"a": [0, 1]}),
        ('{{#*inline "f"}}"{{x}}"{{/inline}}{"a": {{> f}} }', {}, {"a": 'it\'s "X"'}),
        ('{"a": {{#> frame}}"{{x}}"{{/frame}} }', {"frame": "[{{> @partial-block}}, 1]"}, {"a": ['it\'s "X"', 1]}),
        ('{"a": {{#> nothing}}"{{x}}"{{/nothing}} }', {}, {"a": 'it\'s "X"'}),
        (
            '{"a": {{#each l as |one|}}{{#> f}}{{one}}{{/f}}{{#unless @last}}, "b": {{/unless}}{{/each}} }',
            {"f": "{{> @partial-block}}"},
            {"a": 1, "b": 2},
        ),
    ],
)
def test_partials_are_escaped_for_the_place_they_are_called_in(
    source: str, partials: dict[str, str], expected: Any
) -> None:
    template = compile_template(source, partials=partials)
    assert json.loads(template.render({"x": 'it\'s "X"', "l": [1, 2]})) == expected


@pytest.mark.parametrize(
    ("mode", "source", "body"),
    [
        ("ndjson", '{"a": "{{x}}"}\n{"b": {{x}} }\n', '{"a": "\\"&\\" é"}\n{"b": "\\"&\\" é" }\n'),
        ("form", "a={{x}}&b=1", "a=%22%26%22+%C3%A9&b=1"),
        ("xml", "<a>{{x}}</a>", "<a>&quot;&amp;&quot; é</a>"),
        ("url", "https://example.com/{{x}}?q={{x}}", "https://example.com/%22%26%22%20%C3%A9?q=%22%26%22+%C3%A9"),
        ("header", "Bearer {{x}}", 'Bearer "&" é'),
        ("plain", "{{x}}", '"&" é'),
        ("text", "{{x}}", "&quot;&amp;&quot; é"),
    ],
)
@pytest.mark.parametrize("tier", ["closures", "generated"])
def test_each_mode_escapes_in_its_way(mode: str, source: str, body: str, tier: str) -> None:
    assert compile_template(source, mode=mode, tier=tier).render({"x": '"&" é'}) == body


@pytest.mark.parametrize("tier", ["closures", "generated"])
def test_a_value_that_cannot_be_printed_is_an_error_at_its_mustache(tier: str) -> None:
    template = compile_template("Bearer {{x}}", mode="header", tier=tier)
    with pytest.raises(RenderError) as caught:
        template.render({"x": "a\r\nb"})
    assert caught.value.problem.position.column == 8


def test_the_finished_body_is_read_by_the_reader_that_was_given() -> None:
    read = []
    compile_template('{"a": 1}', loads=read.append).render({})
    assert read == ['{"a": 1}']
    assert compile_template('{"a": "{{x}}"}', loads=msgspec.json.decode).render({"x": "é"}) == '{"a": "é"}'


def test_a_body_the_reader_refuses_is_an_error_with_what_was_found() -> None:
    def refuse(text: str) -> None:
        raise msgspec.DecodeError(f"no {len(text)}")

    with pytest.raises(RenderError, match="not valid JSON: no 8") as caught:
        compile_template('{"a": 1}', loads=refuse).render({})
    assert caught.value.problem.code == "invalid-json"


def test_a_trailing_comma_that_depends_on_data_is_warned_of_and_caught_when_it_happens() -> None:
    source = '{"a": 1{{#if x}},{{/if}} {{#if y}}"b": 2{{/if}} }'
    template = compile_template(source)
    assert template.warnings
    assert json.loads(template.render({"x": 1, "y": 1})) == {"a": 1, "b": 2}
    with pytest.raises(RenderError, match="not valid JSON") as caught:
        template.render({"x": 1})
    assert caught.value.problem.position.column == len(source)


def test_problems_of_the_template_and_of_its_partials_come_together() -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template('{"a": {{#if}}', partials={"p": "{{/x}}", "q": "{{y}}"})
    assert [problem.partial for problem in caught.value.problems] == [None, "p"]


def test_calls_that_cannot_work_are_told_at_once_with_a_way_out() -> None:
    source = '{"a": "{{uper x}}", "b": "{{truncate x}}", "c": "{{date x tz=1}}", "d": "{{if x}}"}'
    with pytest.raises(TemplateError) as caught:
        compile_template(source)
    told = [(problem.message, problem.expected or problem.suggestion) for problem in caught.value.problems]
    assert told == [
        ("there is no helper 'uper'", "did you mean 'upper'?"),
        ("'truncate' has 1 arguments", "2 to 3 arguments"),
        ("'date' does not take 'tz'", "zone="),
        ("'if' needs a block", "{{#if …}} … {{/if}}"),
    ]


def test_in_text_mode_a_call_that_cannot_work_is_a_warning_and_an_error_only_when_reached() -> None:
    template = compile_template("a{{#if x}}{{nope 1}}{{> gone}}{{/if}}", mode="text")
    assert [problem.code for problem in template.warnings] == ["helper", "partial"]
    assert template.render({}) == "a"
    with pytest.raises(RenderError, match="no helper 'nope'"):
        template.render({"x": 1})


def test_a_helper_cannot_be_a_block_where_its_result_would_not_be_escaped() -> None:
    with pytest.raises(TemplateError, match="'lookup' cannot be a block in json mode"):
        compile_template('{"a": "{{#lookup x y}}{{/lookup}}"}')


def test_strict_makes_a_missing_path_an_error_in_every_tier() -> None:
    for tier in ("auto", "generated", "closures"):
        template = compile_template('{"a": "{{x}}"}', strict=True, tier=tier)
        assert template.render({"x": None}) == '{"a": ""}'
        with pytest.raises(RenderError, match="'x' is missing"):
            template.render({})


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="pdf"):
        compile_template("", mode="pdf")


@pytest.mark.parametrize("tier", ["closures", "generated"])
def test_in_text_a_malformed_partial_is_a_warning_and_an_error_only_where_it_is_reached(tier: str) -> None:
    partials = {"bad": "line\n{{#if}", "good": "fine"}
    template = compile_template(
        "{{#if a}}{{> bad}}{{else}}{{> good}}{{/if}}", mode="text", partials=partials, tier=tier
    )
    assert {(problem.severity, problem.partial) for problem in template.warnings} == {(Severity.WARNING, "bad")}
    assert template.render({}) == "fine"
    with pytest.raises(RenderError) as caught:
        template.render({"a": 1})
    assert (caught.value.problem.partial, caught.value.problem.position.line) == ("bad", 2)


@pytest.mark.parametrize("mode", ["json", "plain", "xml"])
def test_in_all_other_modes_a_malformed_partial_is_refused_with_the_template(mode: str) -> None:
    with pytest.raises(TemplateError):
        compile_template("<a/>", mode=mode, partials={"bad": "{{#if}"})
