"""Random templates: text mode agrees with handlebars.js, but for the differences listed in `known`, and both tiers of
our own always agree."""

import json
import os
from random import Random

import pytest
from differential import handlebars_js, values
from differential.bodies import random_body
from differential.compare import compare, comparisons
from differential.fuzz import described
from differential.handlebars_js import Case
from differential.known import KNOWN, Difference

from grantwire.template import RenderError, TemplateError, Tier, compile_template

needs_handlebars_js = pytest.mark.skipif(handlebars_js.may_be_skipped(), reason=handlebars_js.WHY_SKIPPED)

# More, or others: FUZZ_COUNT and FUZZ_SEED in the environment, or differential/fuzz.py for a long run.
COUNT = int(os.environ.get("FUZZ_COUNT", "3000"))
SEED = os.environ.get("FUZZ_SEED", "grantwire")
PARTS = 10


@needs_handlebars_js
@pytest.mark.parametrize("part", range(PARTS))
def test_random_templates_come_out_as_from_handlebars_js(part: int) -> None:
    found = [c for c in comparisons(SEED, range(part, COUNT, PARTS)) if c.is_finding]
    assert not found, "\n".join(described(c) for c in found[:3])


def nested(depth: int) -> dict[str, object]:
    return {"n": depth, "next": nested(depth - 1)} if depth else {"n": 0}


# One case for each known difference, so that the list shrinks when a difference goes away.
SHOWN_BY = {
    "we have more helpers": Case("{{upper a}}", {"a": "x"}),
    "numbers are not added": Case("{{{a}}}{{{b}}}", {"a": 1, "b": 2}),
    "keys keep their order": Case("{{#each o}}{{@key}}{{/each}}", {"o": {"b": 1, "2": 1, "1": 1}}),
    "integers keep their digits": Case("{{n}}", {"n": 9007199254740993}),
    "a block parameter that was never given is empty": Case("{{#if a as |x|}}[{{x}}]{{/if}}", {"a": 1}),
    "an object with a key toString can be printed": Case("{{o}}", {"o": {"toString": "x"}}),
    "there are limits": Case("{{> p}}", nested(12), {"p": "{{n}}{{#with next}}{{> p}}{{/with}}"}),
    "the block of a partial is no value": Case("{{#> p}}x{{/p}}", {}, {"p": "{{@partial-block}}"}),
}


@needs_handlebars_js
@pytest.mark.parametrize("difference", KNOWN, ids=lambda difference: difference.name)
def test_each_known_difference_is_still_one(difference: Difference) -> None:
    comparison = compare(SHOWN_BY[difference.name])
    assert comparison.difference is difference


def rendered(template: str, mode: str, tier: Tier, data: object) -> str:
    try:
        return compile_template(template, mode=mode, tier=tier).render(data)
    except (TemplateError, RenderError) as error:
        return f"refused: {error}"


ANY_VALUE = [
    ("json", '{"a": "{{s}}"}'),
    ("json", '{"a": {{s}} }'),
    ("json", '{"a": {{this}} }'),
    ("json", '{"a": "{\\"b\\": {{s}} }"}'),
    ("ndjson", '{"a": {{s}} }'),
    ("form", "a={{s}}"),
    ("xml", "<a b='{{s}}'>{{s}}</a>"),
    ("url", "https://example.com/{{s}}?a={{s}}"),
    ("plain", "{{s}}{{s.[5]}}"),
    ("text", "{{s}}{{#each this}}{{{this}}}{{/each}}"),
]


@pytest.mark.parametrize("mode", ["json", "ndjson", "form", "header", "plain", "text"])
def test_both_tiers_make_the_same_of_random_bodies_in_every_mode(mode: str) -> None:
    for number in range(150):
        dice = Random(f"{SEED}/{mode}/{number}")
        template, data = random_body(dice), values.root(dice)
        by_closures = rendered(template, mode, Tier.CLOSURES, data)
        assert rendered(template, mode, Tier.GENERATED, data) == by_closures, template


@pytest.mark.parametrize("tier", [Tier.CLOSURES, Tier.GENERATED])
@pytest.mark.parametrize(("mode", "template"), ANY_VALUE)
def test_a_half_of_a_utf_16_pair_never_keeps_a_body_from_being_sent(mode: str, template: str, tier: Tier) -> None:
    rendered(template, mode, tier, {"s": "half \ud83d of 😀"}).encode()


def test_random_json_bodies_with_random_data_are_valid_json() -> None:
    bodies = (Random(f"{SEED}/valid/{number}") for number in range(400))
    assert sum(is_valid_json(random_body(dice), values.root(dice)) for dice in bodies) > 300


def is_valid_json(template: str, data: object) -> bool:
    """False where the template is refused as it is saved; one that is accepted must make JSON of every event."""
    try:
        body = compile_template(template)
    except TemplateError:
        return False
    json.loads(body.render(data))
    return True
