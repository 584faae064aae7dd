"""The retry policy: steps, jitter, what a target asks, and when it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.retry import RETRY_AFTER_CAP_SECONDS, RetryPolicy

START = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts_made", "seconds"),
    [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (7, 10800), (8, 21600), (9, 43200), (10, 43200)],
)
def test_the_default_schedule_is_the_one_in_the_docs(attempts_made: int, seconds: float) -> None:
    assert RetryPolicy().wait_seconds(attempts_made, asked_seconds=None, dice=0.0) == seconds


@given(
    attempts_made=st.integers(1, 30),
    asked=st.none() | st.floats(0, 1e9),
    dice=st.floats(0, 1, exclude_max=True),
)
def test_a_wait_is_never_shorter_than_its_step_or_what_was_asked(
    attempts_made: int, asked: float | None, dice: float
) -> None:
    policy = RetryPolicy()
    wait = policy.wait_seconds(attempts_made, asked_seconds=asked, dice=dice)
    step = policy.steps_seconds[min(attempts_made, len(policy.steps_seconds)) - 1]
    assert wait >= step
    assert wait >= min(asked or 0, RETRY_AFTER_CAP_SECONDS)
    assert wait <= max(step + min(step * 0.1, 300), min(asked or 0, RETRY_AFTER_CAP_SECONDS)) + 1e-6


def test_the_last_attempt_is_the_one_that_was_configured() -> None:
    policy = RetryPolicy(attempts=3)
    soon = START + timedelta(seconds=1)
    assert policy.reason_to_stop(2, accepted_at=START, next_at=soon) is None
    assert policy.reason_to_stop(3, accepted_at=START, next_at=soon) == "gave up after 3 attempts"


def test_age_ends_a_delivery_whatever_it_waits_for() -> None:
    policy = RetryPolicy(max_age=timedelta(hours=2))
    assert policy.reason_to_stop(1, accepted_at=START, next_at=START + timedelta(hours=2)) is None
    reason = policy.reason_to_stop(1, accepted_at=START, next_at=START + timedelta(hours=2, seconds=1))
    assert reason == "too old: the next attempt would come after max_age_hours (2)"


@given(dice=st.floats(0, 1, exclude_max=True))
def test_all_attempts_of_the_default_schedule_fit_into_its_age(dice: float) -> None:
    policy = RetryPolicy()
    at = START
    for made in range(1, policy.attempts):
        at += timedelta(seconds=policy.wait_seconds(made, asked_seconds=None, dice=dice))
        assert policy.reason_to_stop(made, accepted_at=START, next_at=at) is None
