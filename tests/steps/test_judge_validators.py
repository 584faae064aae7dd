"""Response validators: what a webhook expects of an answer, beyond its status."""

import json

import pytest
from tests.steps.judging import judged, response, webhook

from grantwire.domain.target import Method
from grantwire.domain.verdict import Delivered, RetryAt
from grantwire.domain.webhook import ResponseValidator
from grantwire.steps.validate import validate

DOCUMENT = {
    "ok": True,
    "count": 3,
    "ratio": 1.5,
    "nothing": None,
    "status": "acknowledged",
    "incidents": [{"id": "A", "status": "triggered"}, {"id": "B", "status": "acknowledged"}],
    "nested": {"a": [1, "x"]},
    "größe": "groß",
}


@pytest.mark.parametrize(
    ("path", "expected", "found", "passed"),
    [
        ("$.status", (), ("acknowledged",), True),
        ("$.status", ("acknowledged",), ("acknowledged",), True),
        ("$.status", ("resolved", "acknowledged"), ("acknowledged",), True),
        ("$.status", ("resolved",), ("acknowledged",), False),
        ("$.incidents[0].status", ("acknowledged",), ("triggered",), False),
        ("$.incidents[*].status", ("acknowledged",), ("triggered", "acknowledged"), True),
        ("$.incidents[?@.id=='B'].status", ("acknowledged",), ("acknowledged",), True),
        ("$..status", ("triggered",), ("acknowledged", "triggered", "acknowledged"), True),
        ("$.ok", ("true",), ("true",), True),
        ("$.ok", ("True",), ("true",), False),
        ("$.count", ("3",), ("3",), True),
        ("$.ratio", ("1.5",), ("1.5",), True),
        ("$.nothing", (), ("null",), True),
        ("$.nothing", ("null",), ("null",), True),
        ("$.nested", ('{"a":[1,"x"]}',), ('{"a":[1,"x"]}',), True),
        ("$['größe']", ("groß",), ("groß",), True),
        ("$.missing", (), (), False),
        ("$.missing", ("x",), (), False),
        ("$.incidents[9]", (), (), False),
    ],
)
def test_a_validator_compares_what_its_path_finds_as_text(
    path: str, expected: tuple[str, ...], found: tuple[str, ...], passed: bool
) -> None:
    [result] = validate(json.dumps(DOCUMENT).encode(), (ResponseValidator(path, expected),))
    assert (result.json_path, result.expected_values, result.found, result.passed) == (path, expected, found, passed)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok":', b"\xff", b"[" * 100_000, b'"\\ud800"'])
def test_an_answer_that_is_not_json_fails_every_validator(body: bytes) -> None:
    results = validate(body, (ResponseValidator("$"), ResponseValidator("$.ok")))
    assert [result.passed for result in results] == [False, False]


@pytest.mark.parametrize("path", ["", "ok", "$[", "$.a[?"])
def test_a_path_that_is_none_fails_and_raises_nothing(path: str) -> None:
    [result] = validate(b"{}", (ResponseValidator(path),))
    assert not result.passed


def test_many_and_long_values_are_shown_shortened_but_compared_whole() -> None:
    values = ["x" * 10_000, *map(str, range(100))]
    [result] = validate(json.dumps(values).encode(), (ResponseValidator("$[*]", ("99",)),))
    assert result.passed
    assert len(result.found) == 20
    assert len(result.found[0]) == 500


def test_a_2xx_whose_validator_fails_is_tried_again_and_says_what_was_found() -> None:
    hook = webhook(validators=(ResponseValidator("$.status"), ResponseValidator("$.ok", ("true",))))
    judgement = judged(response(200, {"ok": False, "status": "x"}), hook)
    assert isinstance(judgement.verdict, RetryAt)
    assert judgement.verdict.is_ambiguous
    assert "$.ok expected 'true' and found 'false'" in judgement.verdict.why
    assert [result.passed for result in judgement.validators] == [True, False]
    assert judgement.captures == {}


def test_a_failed_validator_of_a_put_is_not_ambiguous() -> None:
    verdict = judged(response(200, {}), webhook(method=Method.PUT, validators=(ResponseValidator("$.ok"),))).verdict
    assert isinstance(verdict, RetryAt)
    assert not verdict.is_ambiguous


def test_validators_are_asked_only_after_success() -> None:
    hook = webhook(validators=(ResponseValidator("$.ok"),))
    assert judged(response(500, {"ok": 1}), hook).validators == ()
    assert isinstance(judged(response(200, {"ok": 1}), hook).verdict, Delivered)
