"""Every helper does what its examples show, in every tier, and takes anything without falling over."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grantwire.template import EXAMPLES, HELPERS, Example, RenderError, Template, TemplateError, compile_template

CASES = [
    pytest.param(example, id=f"{name}: {example.template}") for name, shown in EXAMPLES.items() for example in shown
]


@pytest.mark.parametrize("tier", ["closures", "generated"])
@pytest.mark.parametrize("example", CASES)
def test_the_examples_of_the_documentation_run(example: Example, tier: str) -> None:
    assert compile_template(example.template, mode="plain", tier=tier).render(example.event) == example.output


def test_every_helper_has_an_example_and_a_description() -> None:
    assert EXAMPLES.keys() == HELPERS.keys()
    assert all(helper.function.__doc__ for helper in HELPERS.values())


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("eq 1 1.0", True),
        ("eq 1 true", False),
        ('eq 1 "1"', False),
        ("eq missing null", True),
        ("ne a a", False),
        ('lt "a" "b"', True),
        ('lt 1 "2"', False),
        ("lt true 2", False),
        ("gte 2 2", True),
        ("and 1 0 2", 0),
        ("and 1 empty", []),
        ('or "" empty', []),
        ("or missing 3", 3),
        ("not empty", True),
        ("not 0", True),
        ('not "0"', False),
        ("default missing null 0", 0),
        ("default missing", None),
        ("lookup list 1", 20),
    ],
)
def test_values_keep_their_type_in_a_json_body(call: str, expected: object) -> None:
    source = f'{{"x": {{{{{call}}}}} }}'
    event = {"a": "A", "empty": [], "list": [10, 20]}
    if call == "default missing":
        with pytest.raises(TemplateError):
            compile_template(source)
        return
    assert json.loads(compile_template(source).render(event))["x"] == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('date "2026-03-05T14:30:00Z" "%H:%M" zone="Europe/Paris"', "15:30"),
        ('date "2026-03-05" "%d/%m/%Y"', "05/03/2026"),
        ('date "soon" "%Y"', "soon"),
        ("date 1772721000", "2026-03-05T14:30:00Z"),
        ('truncate "abc" 3', "abc"),
        ('truncate "abcd" 3', "ab…"),
        ('truncate "abcd" 0', ""),
        ('truncate "abcd" 2 "..."', "ab"),
        ("join missing", ""),
        ('join "text"', "text"),
        ("upper 1.5", "1.5"),
        ('replace "aaa" "" "b"', "aaa"),
        ('slack "<@U1> & >"', "&lt;@U1&gt; &amp; &gt;"),
        ("json missing", "null"),
    ],
)
def test_texts(call: str, expected: str) -> None:
    assert compile_template(f"{{{{{call}}}}}", mode="plain").render({}) == expected


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('truncate "a" "b"', "length must be a number"),
        ('truncate "a" -1', "from 0"),
        ('date 0 "%Y" zone="Mars"', "no time zone"),
    ],
)
def test_wrong_arguments_are_an_error_that_says_why(call: str, why: str) -> None:
    with pytest.raises(RenderError, match=why):
        compile_template(f"{{{{{call}}}}}", mode="plain").render({})


def test_json_is_the_value_where_a_value_stands_and_its_text_in_a_string() -> None:
    template = compile_template('{"a": {{json x}}, "b": "{{json x}}", "c": {{x}}, "d": "{{x}}"}')
    body = json.loads(template.render({"x": 'it\'s "x"'}))
    assert body == {"a": 'it\'s "x"', "b": '"it\'s \\"x\\""', "c": 'it\'s "x"', "d": 'it\'s "x"'}


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(HELPERS)),
    st.lists(
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)
            ),
            max_leaves=5,
        ),
        min_size=3,
        max_size=3,
    ),
)
def test_no_value_makes_a_helper_do_worse_than_refuse(name: str, values: list[Any]) -> None:
    helper = HELPERS[name]
    count = helper.most or 3
    call = " ".join([name, *(f"v.[{at}]" for at in range(count))])
    source = f'{{"x": {{{{{call}}}}} }}'
    outcomes = [outcome(compile_template(source, tier=tier), values) for tier in ("closures", "generated")]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] == "helper" or isinstance(json.loads(outcomes[0])["x"], object)


def outcome(template: Template, values: list[Any]) -> str:
    """The body, or the code of the problem."""
    try:
        return template.render({"v": values})
    except RenderError as error:
        return error.problem.code
