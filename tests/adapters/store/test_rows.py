"""What goes through a row comes back the same, whatever it is."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from grantwire.adapters.store.rows_attempt import ATTEMPT_COLUMNS, of_attempt_row, to_attempt_row
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.texts import storable
from grantwire.domain.attempt import Attempt
from grantwire.domain.exchange import NoResponse, NotSent, Request, Response, Timings
from grantwire.domain.target import Origin

FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
TIMES = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
COUNTS = st.integers(0, 2**40)
SECONDS = st.none() | st.floats(0, 1e9)
TIMINGS = st.builds(Timings, st.floats(0, 1e9), SECONDS, SECONDS, SECONDS, SECONDS)
ORIGINS = st.builds(Origin, port=st.integers(0, 65535))
REPLIES = (
    st.builds(Response, status=st.integers(100, 599), timings=TIMINGS)
    | st.builds(NoResponse, timings=TIMINGS)
    | st.builds(NotSent, retry_after_seconds=SECONDS)
)
ATTEMPTS = st.builds(
    Attempt,
    number=COUNTS,
    started_at=TIMES,
    request=st.none() | st.builds(Request, origin=ORIGINS),
    reply=REPLIES,
    why=TEXTS,
)


def a_row(columns: tuple[str, ...], row: tuple[object, ...]) -> Any:
    return SimpleNamespace(**dict(zip(columns, row, strict=True)))


@given(ATTEMPTS)
def test_an_attempt_keeps_every_field(attempt: Attempt) -> None:
    assert of_attempt_row(a_row(ATTEMPT_COLUMNS, to_attempt_row(attempt))) == attempt


@given(TIMES)
def test_a_time_keeps_its_microseconds(at: datetime) -> None:
    assert of_stamp(to_stamp(at)) == at


@given(TEXTS)
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(st.text())
def test_any_text_becomes_storable(text: str) -> None:
    stored = storable(text)
    assert "\x00" not in stored
    assert stored.encode().decode() == stored
