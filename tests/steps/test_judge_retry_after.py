"""How long a target asked us to wait, in each way it may write it."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steps.judging import NOW, response

from grantwire.steps.retry_after import asked_seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("1.5", 1.5),
        (format_datetime(NOW + timedelta(minutes=10), usegmt=True), 600),
        (format_datetime(NOW - timedelta(minutes=10), usegmt=True), 0),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30),
        ("Mon, 23 Nov 2026 13:00:30 +0100", 30),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1e9", None),
        ("٣", None),
        ("9" * 400, None),
        ("Mon, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(written: str, seconds: float | None) -> None:
    assert asked_seconds(response(503, b"", ("retry-after", written)), now=NOW) == seconds


def test_a_rate_limit_reset_counts_only_without_retry_after() -> None:
    reset = ("X-RateLimit-Reset", str(int(NOW.timestamp()) + 90))
    assert asked_seconds(response(429, b"", reset), now=NOW) == 90
    assert asked_seconds(response(429, b"", reset, ("Retry-After", "7")), now=NOW) == 7
    assert asked_seconds(response(429, b"", ("X-RateLimit-Reset", "45")), now=NOW) == 45


@given(st.text(max_size=40))
def test_nothing_a_target_writes_there_breaks_us(written: str) -> None:
    found = asked_seconds(response(429, b"", ("Retry-After", written), ("X-RateLimit-Reset", written)), now=NOW)
    assert found is None or found >= 0
