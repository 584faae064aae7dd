"""Every limit is an error at the tag that crossed it. What runs is counted, so nothing hostile takes long."""

import pytest

from grantwire.template import Limits, RenderError, TemplateError, compile_template
from grantwire.template.lexer import tokenize

TIERS = ["closures", "generated"]


def refusal(source: str, **options: object) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        compile_template(source, mode="text", **options)
    return caught.value


def failure(source: str, event: object, **options: object) -> RenderError:
    with pytest.raises(RenderError) as caught:
        compile_template(source, mode="text", **options).render(event)
    return caught.value


def test_a_template_of_64_kib_is_fine_and_one_byte_more_is_not() -> None:
    compile_template("é" * 32 * 1024, mode="text")
    problem = refusal("é" * 32 * 1024 + "x").problems[0]
    assert problem.code == "limit"
    assert problem.position.offset == 32 * 1024


def test_2000_tags_and_texts_are_fine_and_one_more_is_not() -> None:
    compile_template("{{a}}" * 2000, mode="text")
    problem = refusal("{{a}}" * 2001).problems[0]
    assert (problem.code, problem.position.offset) == ("limit", 2000 * 5)


@pytest.mark.parametrize("opening", ["{{#a}}", "{{^a}}", "{{#if a}}", "{{#> a}}"])
def test_50_blocks_inside_each_other_are_fine_and_one_more_is_not(opening: str) -> None:
    closing = "{{/" + opening.strip("{}#^> ").split(" ")[0] + "}}"
    compile_template(opening * 50 + closing * 50, mode="text")
    problem = refusal(opening * 51 + closing * 51).problems[0]
    assert (problem.code, problem.position.offset) == ("limit", 50 * len(opening))


def test_a_chain_of_else_if_counts_as_nesting() -> None:
    problem = refusal("{{#if a}}" + "{{else if a}}" * 50 + "{{/if}}").problems[0]
    assert problem.code == "limit"


def test_sub_expressions_nest_as_deep_as_blocks() -> None:
    compile_template("{{upper " + "(upper " * 49 + "a" + ")" * 49 + "}}", mode="text").render({"a": "x"})
    assert "sub-expressions" in refusal("{{upper " + "(upper " * 3000 + "a" + ")" * 3000 + "}}").problems[0].message


@pytest.mark.parametrize("source", ["{{" * 30_000, "{{{" * 20_000, "{{#" * 20_000, "{{!" * 20_000, "{{{{a}}}}" * 7_000])
def test_braces_without_end_are_told_with_at_most_50_problems(source: str) -> None:
    assert 1 <= len(refusal(source).problems) <= 50


@pytest.mark.parametrize(
    "source", ["{{" * 30_000, "{{{{a}}}}" * 7_000, '{{a "' * 13_000, "{{[" * 20_000, "\\{{" * 20_000]
)
def test_hostile_text_has_no_more_tokens_than_characters(source: str) -> None:
    assert len(tokenize(source)) <= len(source) + 1


def test_a_megabyte_of_braces_is_refused_by_its_length() -> None:
    assert refusal("{{" * 500_000).problems[0].code == "limit"


@pytest.mark.parametrize("tier", TIERS)
def test_five_loops_inside_each_other_end_at_10000_turns(tier: str) -> None:
    loops = "{{#each l}}{{#each ../l}}{{#each ../../l}}{{#each @root.l}}{{#each @root.l}}"
    source = loops + "x" + "{{/each}}" * 5
    problem = failure(source, {"l": list(range(40))}, tier=tier).problem
    assert (problem.code, "10000" in problem.message) == ("limit", True)


@pytest.mark.parametrize("tier", TIERS)
def test_10000_turns_are_fine(tier: str) -> None:
    template = compile_template("{{#each l}}x{{/each}}", mode="text", tier=tier)
    assert template.render({"l": [1] * 10_000}) == "x" * 10_000


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    ("source", "column"),
    [("ab{{x}}", 3), ("{{#each l}}{{../x}}{{/each}}", 12), ("{{#each l}}{{@root.h}}{{/each}}", 1)],
)
def test_an_output_of_more_than_1_mib_is_an_error_at_the_tag_that_crossed_it(
    tier: str, source: str, column: int
) -> None:
    event = {"x": "x" * 1024 * 1024 + "y", "h": "h" * 300_000, "l": [1, 2, 3, 4]}
    problem = failure(source, event, tier=tier).problem
    assert (problem.code, problem.position.column) == ("limit", column)


@pytest.mark.parametrize("tier", TIERS)
def test_an_output_of_just_1_mib_is_fine(tier: str) -> None:
    assert len(compile_template("{{x}}", mode="text", tier=tier).render({"x": "x" * 1024 * 1024})) == 1024 * 1024


def test_a_partial_that_includes_itself_ends_at_depth_10() -> None:
    problem = failure("{{> p}}", {}, partials={"p": "x{{> p}}"}).problem
    assert (problem.code, problem.partial, problem.suggestion) == ("limit", "p", "does a partial include itself?")


def test_partials_that_fan_out_end_at_10000_calls() -> None:
    partials = {f"p{level}": f"{{{{> p{level + 1}}}}}" * 100 for level in range(5)} | {"p5": "x"}
    assert "partial calls" in failure("{{> p0}}", {}, partials=partials).problem.message


@pytest.mark.parametrize(
    "source",
    [
        "{{replace (replace (replace (replace x 'a' y) 'a' y) 'a' y) 'a' y}}",
        "{{join l x}}",
    ],
)
def test_helpers_do_not_grow_text_without_bound(source: str) -> None:
    event = {"x": "a" * 1000, "y": "a" * 1000, "l": ["b"] * 10_000}
    assert "longer than" in failure(source, event).problem.message


def test_data_nested_without_end_is_an_error_and_no_crash() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    for mode in ("text", "json"):
        template = compile_template("{{x}}", mode=mode)
        with pytest.raises(RenderError):
            template.render({"x": nested})
    while nested:  # taken apart by hand: freeing it in one go would overflow the stack of the test
        nested = nested[0]  # type: ignore[assignment]


def test_other_limits_can_be_set() -> None:
    assert failure("{{#each l}}{{/each}}", {"l": [1, 2, 3]}, limits=Limits(loop_turns=2)).problem.code == "limit"
