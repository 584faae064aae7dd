"""What each mustache prints can be told apart, and the text is the same as ever."""

import pytest

from grantwire.template import RenderError, compile_template

EVENT = {"a": "A", "list": [{"b": 'say "hi"'}, {"b": "y"}], "n": None}
BODY = '[{{#each list}}{"b": "{{b}}" },{{/each}}"{{> p}}{{a}}", {{n}}, "{ \\"c\\": \\"{{list.[0].b}}\\" }"]'


@pytest.mark.parametrize("mode", ["json", "text", "plain"])
def test_every_print_is_found_where_it_stands_in_the_text(mode: str) -> None:
    template = compile_template(BODY, mode=mode, partials={"p": "<{{a}}>"})
    text = template.render(EVENT)
    prints = template.prints(EVENT)
    assert [one.value for one in prints] == ['say "hi"', "y", "A", "A", None, 'say "hi"']
    assert [one.site.partial for one in prints] == [None, None, "p", None, None, None]
    assert [text[one.start : one.end] for one in prints][2:4] == ["A", "A"]
    assert [one.start for one in prints] == sorted(one.start for one in prints)


def test_the_columns_of_prints_are_those_of_their_mustaches() -> None:
    template = compile_template("{{a}}-{{#if a}}{{a}}{{/if}}", mode="text")
    assert [one.site.position.column for one in template.prints(EVENT)] == [1, 16]


def test_data_that_looks_like_a_mark_does_no_harm() -> None:
    template = compile_template("{{a}}|{{b}}", mode="plain")
    assert len(template.prints({"a": "\ufdd07\ufdd0", "b": "\ufdd1"})) <= 2


def test_a_value_that_cannot_be_printed_is_told_as_without_traces() -> None:
    template = compile_template("{{a}}", mode="header")
    with pytest.raises(RenderError, match="a header cannot hold"):
        template.prints({"a": "\n"})


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("{{#each list}}<a/>{{/each}}", 1, 1),
        ('<a\n{{#if x}}b="1"{{/if}} b="2"/>', 2, 23),
    ],
)
def test_xml_that_data_makes_ill_formed_is_not_sent_but_told_with_its_place(
    source: str, line: int, column: int
) -> None:
    template = compile_template(source, mode="xml")
    with pytest.raises(RenderError, match="not valid XML") as caught:
        template.render({"x": 1, "list": [1, 2]})
    problem = caught.value.problem
    assert (problem.code, problem.position.line, problem.position.column) == ("invalid-xml", line, column)
