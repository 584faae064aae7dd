"""The corpus: each case's expectation is what handlebars.js makes of it, and our engine must make the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from corpus import generate
from differential import handlebars_js, ours
from differential.handlebars_js import HandlebarsJs, Refused, Rendered

from grantwire.template import Tier

ENTRIES = {subject.stem: json.loads(subject.read_text("utf-8")) for subject in generate.subjects()}
CASES = [
    pytest.param(entry, id=f"{subject}: {entry['name']}") for subject, entries in ENTRIES.items() for entry in entries
]

needs_handlebars_js = pytest.mark.skipif(handlebars_js.may_be_skipped(), reason=handlebars_js.WHY_SKIPPED)


@pytest.mark.parametrize("tier", [Tier.CLOSURES, Tier.GENERATED])
@pytest.mark.parametrize("entry", CASES)
def test_our_engine_makes_of_each_case_what_handlebars_js_makes(entry: dict[str, Any], tier: Tier) -> None:
    outcome = ours.render(generate.question(entry), tier)
    if "refused" in entry:
        assert isinstance(outcome, Refused)
    else:
        assert outcome == Rendered(entry["expected"])


@needs_handlebars_js
@pytest.mark.parametrize("subject", generate.subjects(), ids=lambda path: path.stem)
def test_the_stored_expectations_are_what_handlebars_js_makes_today(subject: Path) -> None:
    assert generate.regenerated(subject, HandlebarsJs()) == subject.read_text("utf-8")


def test_the_corpus_covers_the_language_with_at_least_400_cases() -> None:
    assert sum(len(entries) for entries in ENTRIES.values()) >= 400


def test_no_two_cases_of_a_subject_make_the_same_claim() -> None:
    for entries in ENTRIES.values():
        names = [entry["name"] for entry in entries]
        assert len(names) == len(set(names))
