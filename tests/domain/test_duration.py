"""What a length of time looks like, and what is none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.duration import LONGEST, read_duration, write_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("8h", timedelta(hours=8)),
        ("7d", timedelta(days=7)),
        ("1h30m", timedelta(minutes=90)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("1d4s", timedelta(days=1, seconds=4)),
        ("90m", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("  8H\n", timedelta(hours=8)),
        ("007d", timedelta(days=7)),
        ("3660d", LONGEST),
    ],
)
def test_a_length_of_time_is_numbers_with_units_from_the_longest_to_the_shortest(text: str, length: timedelta) -> None:
    assert read_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "8",
        "h",
        "m30",
        "8 h",
        "1.5h",
        "1,5h",
        "-1h",
        "+1h",
        "30m1h",
        "1h1h",
        "8 hours",
        "8h.",
        "1w",
        "500ms",
        "PT8H",
        "1:30",
        8,
        8.0,
        True,
        None,
        ["8h"],
        {"hours": 8},
        timedelta(hours=8),
    ],
)
def test_what_has_no_unit_or_another_one_or_the_wrong_order_is_no_length_of_time(text: object) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize("text", ["0s", "0d0h0m0s", "3661d", "3660d1s", "999999d", "87841h", "9" * 5000 + "s"])
def test_no_time_at_all_and_more_than_ten_years_are_no_length_of_time(text: str) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=90), "1m30s"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(hours=24), "1d"),
        (timedelta(days=14), "14d"),
        (timedelta(days=1, seconds=1), "1d1s"),
        (timedelta(seconds=29.6), "30s"),
        (timedelta(0), "0s"),
    ],
)
def test_a_length_is_written_in_whole_seconds_with_the_largest_units_that_fit(length: timedelta, text: str) -> None:
    assert write_duration(length) == text


@given(st.integers(min_value=1, max_value=int(LONGEST.total_seconds())))
def test_every_length_of_whole_seconds_is_read_back_as_it_was_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert read_duration(write_duration(length)) == length


@given(st.text(alphabet="0123456789dhms .-٣²", max_size=12))
def test_whatever_is_read_is_more_than_nothing_at_most_ten_years_and_written_back_the_same(text: str) -> None:
    length = read_duration(text)
    assert length is None or (
        timedelta(0) < length <= LONGEST and read_duration(write_duration(length)) == length and text.isascii()
    )
