"""The official cases of handlebars.js: each comes out as it should, but for those listed here with the reason."""

import os

import pytest
from differential import official
from differential.official import official_cases, outcome, parsed_cases

from grantwire.template import TemplateError, parse

IS_MISSING = not official.SPEC.exists()
pytestmark = pytest.mark.skipif(
    IS_MISSING and os.environ.get("CI") != "true", reason="handlebars-spec is not installed: `make test` does it"
)

DIFFER = {
    "regressions: GH-1065: Sparse arrays": "a list of JSON has no holes, so there is none to be passed over",
}
PORTABLE = [] if IS_MISSING else [case for case in official_cases() if case.is_portable]


def test_there_are_as_many_portable_cases_as_were_counted() -> None:
    """Not so: functions in the data (35), user decorators (8), other compile modes."""
    assert (len(list(official_cases())), len(PORTABLE)) == (449, 386)


@pytest.mark.parametrize("tier", ["closures", "generated"])
@pytest.mark.parametrize("case", PORTABLE, ids=lambda case: case.name)
def test_official_cases_come_out_as_they_should(case: official.OfficialCase, tier: str) -> None:
    found = outcome(case, tier)
    if case.name in DIFFER:
        assert found is not None, "take it off the list"
    else:
        assert found is None, case.fields["template"]


@pytest.mark.parametrize(("template", "is_refused"), [] if IS_MISSING else list(parsed_cases()))
def test_what_the_original_parses_is_parsed_and_what_it_refuses_is_refused(template: str, is_refused: bool) -> None:
    has_decorators = "{{*" in template or ("{{#*" in template and "inline" not in template)
    if not is_refused and not has_decorators:
        parse(template)
        return
    with pytest.raises(TemplateError):
        parse(template)
