"""Our engine against handlebars.js on random templates: they agree, but for the differences listed in `known`."""

import os

import pytest
from differential import handlebars_js
from differential.compare import compare, comparisons
from differential.fuzz import described
from differential.handlebars_js import Case
from differential.known import KNOWN

pytestmark = pytest.mark.skipif(
    not handlebars_js.is_installed() and os.environ.get("CI") != "true",
    reason="handlebars.js is not installed: `npm ci` in tests/template/differential",
)

# More, or others: FUZZ_COUNT and FUZZ_SEED in the environment, or differential/fuzz.py for a long run.
COUNT = int(os.environ.get("FUZZ_COUNT", "3000"))
SEED = os.environ.get("FUZZ_SEED", "grantwire")
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_random_templates_come_out_as_from_handlebars_js(part: int) -> None:
    found = [c for c in comparisons(SEED, range(part, COUNT, PARTS)) if c.is_finding]
    assert not found, "\n".join(described(c) for c in found[:3])


# One case for each known difference, so that the list shrinks when a difference goes away.
SHOWN_BY = {
    "numbers are not added": Case("{{{a}}}{{{b}}}", {"a": 1, "b": 2}),
    "keys keep their order": Case("{{#each o}}{{@key}}{{/each}}", {"o": {"b": 1, "2": 1, "1": 1}}),
    "integers keep their digits": Case("{{n}}", {"n": 9007199254740993}),
    "a block parameter that was never given is empty": Case("{{#if a as |x|}}[{{x}}]{{/if}}", {"a": 1}),
    "an object with a key toString can be printed": Case("{{o}}", {"o": {"toString": "x"}}),
    "the block of a partial is no value": Case("{{#> p}}x{{/p}}", {}, {"p": "{{@partial-block}}"}),
    "a malformed partial is refused at once": Case("ok", {}, {"p": "{{#if}"}),
}


@pytest.mark.parametrize("difference", KNOWN, ids=lambda difference: difference.name)
def test_each_known_difference_is_still_one(difference: object) -> None:
    comparison = compare(SHOWN_BY[difference.name])
    assert comparison.difference is difference


@pytest.mark.parametrize(("case", "expected"), [(Case("{{a}}{{b}}", {"a": 1, "b": 2}), "12")])
def test_the_two_agree_where_nothing_is_special(case: Case, expected: str) -> None:
    comparison = compare(case)
    assert comparison.agrees
    assert comparison.mine == comparison.theirs == handlebars_js.Rendered(expected)
