"""Validate: does an answer hold what the webhook expects of it?

In: an answer and the response validators of a webhook. Out: one `ValidatorResult` beside each, in order.
Never: an exception for an answer that is not JSON or a path that finds nothing: that is a validator that failed.
"""

import json
from collections.abc import Sequence
from typing import Any

from grantwire.domain.attempt import ValidatorResult
from grantwire.domain.webhook import ResponseValidator
from grantwire.steps.json_path import find, text_of
from grantwire.steps.opinion import quoted
from grantwire.steps.read_json import LoadJson, read_json

_FOUND_KEPT = 20  # values shown beside a validator; all of them are compared
_FOUND_CHARACTERS = 500


def validate(
    body: bytes, validators: Sequence[ResponseValidator], load_json: LoadJson = json.loads
) -> tuple[ValidatorResult, ...]:
    """A validator passes when its path finds something and, with expected values, one found value equals one of them
    as text. An answer that is not JSON fails all."""
    if not validators:
        return ()
    try:
        document = read_json(body, load_json)
    except ValueError:
        return tuple(ValidatorResult(each.json_path, each.expected_values, (), passed=False) for each in validators)
    return tuple(_check(document, each) for each in validators)


def complaint(results: Sequence[ValidatorResult]) -> str | None:
    """What the first failed validator says, for a sentence; None when all passed."""
    failed = next((result for result in results if not result.passed), None)
    if failed is None:
        return None
    if not failed.found:
        return f"the response validator {failed.json_path} found nothing in the answer, or the answer is not JSON"
    return (
        f"the response validator {failed.json_path} expected {' or '.join(map(repr, failed.expected_values))}"
        f" and found {quoted(', '.join(map(repr, failed.found)))}"
    )


def _check(document: Any, validator: ResponseValidator) -> ValidatorResult:
    found = [text_of(node.value) for node in find(document, validator.json_path)]
    passed = bool(found) and (not validator.expected_values or not set(validator.expected_values).isdisjoint(found))
    shown = tuple(text[:_FOUND_CHARACTERS] for text in found[:_FOUND_KEPT])
    return ValidatorResult(validator.json_path, validator.expected_values, shown, passed)
