"""Settings about how long records are kept: what cannot be is refused, all of it at once."""

import pytest

from grantwire.domain.errors import Refused
from grantwire.domain.retention import Retention
from grantwire.settings import read_settings


def retention(**days: int) -> Retention:
    return read_settings({f"GRANTWIRE_KEEP_{name.upper()}_DAYS": str(value) for name, value in days.items()}).retention


def test_records_are_kept_for_a_year_and_a_month_and_bodies_for_ninety_days() -> None:
    assert retention() == Retention(events=400, deliveries=400, attempts=400, payloads=90)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"events": 30}, Retention(30, 30, 30, 30)),
        ({"deliveries": 100}, Retention(400, 100, 100, 90)),
        ({"events": 1000}, Retention(1000, 400, 400, 90)),
        ({"events": 0}, Retention(0, 400, 400, 90)),
        ({"payloads": 0}, Retention(400, 400, 400, 0)),
        ({"attempts": 7, "payloads": 30}, Retention(400, 400, 7, 30)),
        ({"events": 0, "deliveries": 0, "attempts": 0, "payloads": 0}, Retention(0, 0, 0, 0)),
    ],
)
def test_a_time_that_was_not_chosen_fits_those_that_were(given: dict[str, int], read: Retention) -> None:
    assert retention(**given) == read


def test_every_time_that_is_longer_than_what_it_belongs_to_is_named() -> None:
    with pytest.raises(Refused) as refused:
        retention(events=30, deliveries=60, attempts=90, payloads=31)
    told = {problem.path: f"{problem.message} {problem.hint}" for problem in refused.value.problems}
    assert list(told) == ["keep_deliveries_days", "keep_attempts_days", "keep_payloads_days"]
    assert told["keep_deliveries_days"] == (
        "a delivery goes with its event, which is kept 30 days; found 60 days. "
        "Make keep_deliveries_days at most 30, or keep_events_days longer (0 is for ever)."
    )


@pytest.mark.parametrize("name", ["deliveries", "attempts"])
def test_for_ever_is_longer_than_any_time(name: str) -> None:
    with pytest.raises(Refused) as refused:
        retention(**{name: 0})
    assert "found for ever" in refused.value.problems[0].message


def test_more_than_a_century_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        retention(events=40_000)
    assert [problem.path for problem in refused.value.problems] == ["keep_events_days"]
