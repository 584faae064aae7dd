"""An event full of quotes, line breaks and injections goes through every template before it is saved."""

from typing import Any

import pytest

from grantwire.template import compile_template
from grantwire.template.canary import NASTY, check_canary, differences, with_texts
from grantwire.template.check import check_template
from grantwire.template.errors import Severity

SAMPLE: dict[str, Any] = {
    "event_type": "Asked",
    "data": {"id": "7", "count": 3, "none": None, "names": ["a", "b"], "who": {"name": "O'Brien"}},
}


@pytest.mark.parametrize("part", ['"', "\\", "\n", "</", "😀", "\u2028", '","1":"2'])
def test_the_canary_holds_everything_that_breaks_careless_bodies(part: str) -> None:
    assert part in NASTY


def test_every_text_of_the_sample_becomes_nasty_and_nothing_else_changes() -> None:
    nasty = with_texts(SAMPLE, "!")
    assert nasty["data"]["names"] == ["!3!", "!4!"]
    assert (nasty["data"]["count"], nasty["data"]["none"]) == (3, None)
    assert SAMPLE["data"]["id"] == "7"


@pytest.mark.parametrize(
    ("mode", "source"),
    [
        ("json", '{"a": "{{data.id}}", "b": {{data.who}} , "c": "x {{upper data.id}} {{truncate data.id 9}}"}'),
        ("json", r'{"d": "{ \"a\": \"{{data.who.name}}\", \"b\": {{data.names}} }", "{{data.id}}": 1}'),
        ("json", '[{{#each data.names}}"{{trim (lower this)}}"{{#unless @last}},{{/unless}}{{/each}}]'),
        ("json", '{"a": "{{join data.names}}", "b": "{{date data.id}}"}'),
        ("ndjson", '{{#each data.names}}{"a":"{{this}}"}\n{{/each}}'),
        ("form", "a={{data.id}}&{{data.who.name}}=1"),
        ("xml", "<a b='{{data.id}}'>{{data.who.name}}</a>"),
        ("url", "https://h/{{data.id}}"),
        ("header", "{{data.id}}"),
        ("text", "{{data.id}}"),
    ],
)
def test_a_template_that_compiles_brings_the_canary_home(mode: str, source: str) -> None:
    assert check_canary(compile_template(source, mode=mode), SAMPLE) == ()


def test_a_helper_that_changes_the_nasty_characters_is_a_warning() -> None:
    source = r"""{"k": "{ \"a\": [1, \"{{replace data.id '"' 'x'}}\"] }"}"""
    (problem,) = check_canary(compile_template(source), SAMPLE)
    assert (problem.severity, problem.code) == (Severity.WARNING, "canary")
    assert problem.message.endswith("the body, 'k' (JSON in a string), 'a', item 1")


def test_a_value_that_a_helper_changes_is_told_where_it_is_printed() -> None:
    source = '{"a": "{{data.id}}",\n"b": [{{#each data.names}}"{{this}}",\n "{{replace this \',\' 1}}", {{/each}}0]}'
    problems = check_canary(compile_template(source), SAMPLE)
    assert {(problem.position.line, problem.position.column, problem.length) for problem in problems} == {(3, 3, 22)}


def test_a_value_changed_in_a_partial_is_told_with_its_name() -> None:
    made = compile_template('{"a": "{{> p}}"}', partials={"p": "{{data.id}}{{lower (replace data.id '{' '')}}"})
    (problem,) = check_canary(made, SAMPLE)
    assert (problem.partial, problem.position.column) == ("p", 12)


def test_names_that_a_helper_changes_are_told_where_they_are_printed() -> None:
    (problem,) = check_canary(compile_template('{\n"{{replace data.id "," ""}}": 1}'), SAMPLE)
    assert problem.message.endswith("the names of the body")
    assert (problem.position.line, problem.position.column) == (2, 2)


def test_a_condition_that_breaks_the_body_is_told_with_the_spot_that_cannot_be_read() -> None:
    made = compile_template("[1\n{{#if (odd data.id)}},{{/if}}]", helpers={"odd": lambda text: '"' in text})
    (problem,) = check_canary(made, SAMPLE)
    assert (problem.code, problem.position.line) == ("canary", 2)


def test_a_condition_on_the_text_that_breaks_the_body_is_an_error() -> None:
    helpers = {"has_quote": lambda text: '"' in text}
    source = "[1 {{#if (has_quote data.id)}},{{/if}}]"
    (problem,) = check_canary(compile_template(source, helpers=helpers), SAMPLE)
    assert (problem.severity, problem.code) == (Severity.ERROR, "canary")


@pytest.mark.parametrize(
    ("expected", "found"),
    [({"a": 1}, {"b": 1}), ({"a": 1}, [1]), ([1], [1, 2]), ([1], [2]), ("a", "b"), ("a", 1), ('{"a": 1}', '{"a": 2}')],
)
def test_any_difference_is_seen(expected: object, found: object) -> None:
    assert list(differences(expected, found, "the body"))
    assert not list(differences(expected, expected, "the body"))


def test_saving_runs_the_canary_on_every_sample_and_tells_which_does_not_render() -> None:
    source = "[{{#each data.names}}{{this}},{{/each}}1{{#if data.broken}},{{/if}}]"
    problems = check_template(source, samples={"Asked": SAMPLE, "Broken": {"data": {"broken": True, "names": []}}})
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    assert [problem.message.split(":")[0] for problem in errors] == ["the sample of Broken does not render"]


def test_a_template_that_does_not_compile_gives_all_its_problems_at_once() -> None:
    problems = check_template('{a: {{x}}{{y}} , "b": "{{{z}}}"}', samples={"Asked": SAMPLE})
    assert [problem.code for problem in problems] == ["unquoted-key", "glued", "raw"]


def test_saving_tells_of_values_that_a_helper_changes() -> None:
    problems = check_template('{"k": "{{lower (replace data.id "," ";")}}"}', samples={"Asked": SAMPLE})
    assert [problem.code for problem in problems] == ["canary"]
