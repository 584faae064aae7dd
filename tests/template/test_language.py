"""What the language means: a few cases of every kind, told in one screen each. The corpus holds the rest."""

from typing import Any

import pytest

from grantwire.template import BlockHelper, Invocation, RenderError, SafeText, compile_template


def rendered(template: str, event: Any, **options: Any) -> str:
    return compile_template(template, mode="text", **options).render(event)


PEOPLE = {"title": "Team", "people": [{"name": "Ada"}, {"name": "Bob"}], "none": [], "yes": True, "no": False}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{title}}", "Team"),
        ("{{people.[1].name}} {{people.0.name}}", "Bob Ada"),
        ("{{people/length}}", "2"),
        ("{{missing.deeper.still}}", ""),
        ("{{[title]}} {{this.title}} {{./title}}", "Team Team Team"),
        ('{{"title"}}', "Team"),
        ("{{#people}}{{name}},{{/people}}", "Ada,Bob,"),
        ("{{#none}}some{{^}}nobody{{/none}}", "nobody"),
        ("{{^none}}nobody{{else}}some{{/none}}", "nobody"),
        ("{{#yes}}{{title}}{{/yes}}", "Team"),
        ("{{#if no}}a{{else if none}}b{{else if yes}}c{{else}}d{{/if}}", "c"),
        ("{{#unless none}}empty{{/unless}}", "empty"),
        ("{{#each people}}{{@index}}{{@first}}{{@last}}{{../title}} {{/each}}", "0truefalseTeam 1falsetrueTeam "),
        ("{{#each people as |one at|}}{{at}}{{one.name}}{{/each}}", "0Ada1Bob"),
        ("{{#each this}}{{@key}} {{/each}}", "title people none yes no "),
        ("{{#with people.[0] as |p|}}{{p.name}} {{name}} {{@root.title}}{{/with}}", "Ada Ada Team"),
        ("{{lookup people.[0] 'name'}}{{lookup (lookup people 1) 'name'}}", "AdaBob"),
        ("{{#each people}}{{#each ../people}}{{@../index}}{{@index}} {{/each}}{{/each}}", "00 01 10 11 "),
        ("{{log title}}|{{! a comment }}{{!-- one with }} in it --}}|", "||"),
        ("\\{{title}} \\\\{{title}}", "{{title}} \\Team"),
        ("{{{{raw}}}} {{title}} {{{{/raw}}}}", ""),
        ("a {{~ title ~}} b", "aTeamb"),
    ],
)
def test_the_language_in_one_screen(template: str, expected: str) -> None:
    assert rendered(template, PEOPLE) == expected


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (0.000001, "0.000001"),
        (2**64, "18446744073709551616"),
        (True, "true"),
        (None, ""),
        ([1, [2, None], "a"], "1,2,,a"),
        ({"a": 1}, "[object Object]"),
        ("<b> & \"c\" 'd' `e` =", "&lt;b&gt; &amp; &quot;c&quot; &#x27;d&#x27; &#x60;e&#x60; &#x3D;"),
    ],
)
def test_values_print_as_in_javascript(value: object, printed: str) -> None:
    assert rendered("{{x}}", {"x": value}) == printed


@pytest.mark.parametrize("template", ["{{{x}}}", "{{&x}}", "{{~{x}~}}"])
def test_text_mode_prints_raw_mustaches_as_they_are(template: str) -> None:
    assert rendered(template, {"x": "<b>"}) == "<b>"


def test_plain_mode_escapes_nothing() -> None:
    assert compile_template("{{x}}", mode="plain").render({"x": "<b>"}) == "<b>"


@pytest.mark.parametrize(
    ("template", "partials", "expected"),
    [
        ("{{> p}}", {"p": "{{title}}"}, "Team"),
        ("{{> p people.[0]}}", {"p": "{{name}}"}, "Ada"),
        ("{{> p people.[0] title='Dr'}}", {"p": "{{title}} {{name}}"}, "Dr Ada"),
        ("{{> (lookup this 'title')}}", {"Team": "dynamic"}, "dynamic"),
        ("{{#> p}}inner{{/p}}", {"p": "[{{> @partial-block}}]"}, "[inner]"),
        ("{{#> missing}}instead{{/missing}}", {}, "instead"),
        ("{{#*inline 'p'}}in {{title}}{{/inline}}{{> p}}", {"p": "out"}, "in Team"),
        ("{{#> page}}{{#*inline 'nav'}}my nav{{/inline}}{{/page}}", {"page": "<{{> nav}}>"}, "<my nav>"),
        ("a\n  {{> p}}\nb", {"p": "x\ny\n"}, "a\n  x\n  y\nb"),
        ("{{#each people}}{{> p}}{{/each}}", {"p": "{{name}}{{../title}}"}, "AdaBob"),
    ],
)
def test_partials(template: str, partials: dict[str, str], expected: str) -> None:
    assert rendered(template, PEOPLE, partials=partials) == expected


def test_a_partial_may_call_itself_while_the_data_goes_on() -> None:
    tree = {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}
    assert (
        rendered("{{> node}}", tree, partials={"node": "{{name}}{{#each children}}({{> node}}){{/each}}"}) == "a(b(c))"
    )


def test_a_function_can_be_a_helper_and_gets_its_named_arguments_by_name() -> None:
    def shout(text: str, mark: str = "!") -> str:
        return text.upper() + mark

    assert rendered('{{shout title}} {{shout title mark="?"}}', PEOPLE, helpers={"shout": shout}) == "TEAM! TEAM?"


def test_a_block_helper_renders_its_block_where_it_wants() -> None:
    def twice(call: Invocation) -> str:
        assert call.fn is not None
        return call.fn(call.context, data={"turn": 1}) + call.fn(call.params[0], block_params=("second",))

    template = "{{#twice people.[0] as |which|}}{{@turn}}{{title}}{{name}}{{which}} {{/twice}}"
    assert rendered(template, PEOPLE, helpers={"twice": BlockHelper(twice)}) == "1Team Adasecond "


def test_safe_text_of_a_helper_is_not_escaped_again() -> None:
    assert (
        rendered("{{bold title}}", PEOPLE, helpers={"bold": lambda text: SafeText(f"<b>{text}</b>")}) == "<b>Team</b>"
    )


def test_a_field_called_like_a_helper_that_needs_arguments_is_still_a_field() -> None:
    assert rendered("{{date}} {{join}}", {"date": "today", "join": "us"}) == "today us"


def test_a_helper_that_fails_is_an_error_at_its_call() -> None:
    template = compile_template("ab {{half x}}", mode="text", helpers={"half": lambda x: x / 2})
    with pytest.raises(RenderError) as caught:
        template.render({"x": "text"})
    assert caught.value.problem.position.column == 6


def test_further_variables_can_be_given() -> None:
    assert compile_template("{{@site}} {{@root.a}}", mode="text").render({"a": 1}, data={"site": "x"}) == "x 1"


@pytest.mark.parametrize(
    ("template", "event"),
    [("{{a}}", {}), ("{{a.b}}", {"a": {}}), ("{{#if a.b}}{{/if}}", {}), ("{{#a}}{{/a}}", {}), ("{{@nothing}}", {})],
)
def test_strict_makes_a_missing_path_an_error(template: str, event: object) -> None:
    with pytest.raises(RenderError, match="is missing"):
        compile_template(template, mode="text", strict=True).render(event)


@pytest.mark.parametrize(
    ("template", "event"), [("{{#if a}}x{{/if}}", {}), ("{{a}}", {"a": None}), ("{{a.b}}", {"a": {"b": 0}})]
)
def test_strict_allows_what_is_there_and_what_is_only_asked_for(template: str, event: object) -> None:
    compile_template(template, mode="text", strict=True).render(event)
