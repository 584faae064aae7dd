"""Window: never more than the limit in any 60 seconds, and never a start refused that the limit allows."""

from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.window import SPAN_SECONDS, Window


@given(limit=st.integers(1, 5), gaps=st.lists(st.floats(0, 40), max_size=60))
def test_no_sixty_seconds_hold_more_starts_than_the_limit(limit: int, gaps: list[float]) -> None:
    window, now, starts = Window(limit), 0.0, []
    for gap in gaps:
        now += gap
        in_span = [start for start in starts if now - start < SPAN_SECONDS]
        assert window.room(now) == limit - len(in_span)
        if window.room(now):
            window.start(now)
            starts.append(now)


@given(limit=st.integers(1, 5), gaps=st.lists(st.floats(0, 40), max_size=60))
def test_after_the_wait_there_is_room(limit: int, gaps: list[float]) -> None:
    window, now = Window(limit), 0.0
    for gap in gaps:
        now += gap + window.wait_seconds(now + gap) + 1e-6
        assert window.room(now)
        window.start(now)


def test_without_a_limit_there_is_always_room() -> None:
    window = Window(None)
    window.start(0.0)
    assert window.room(0.0) is None
    assert window.wait_seconds(0.0) == 0.0


def test_a_smaller_limit_counts_the_starts_that_were_made_under_the_larger() -> None:
    window = Window(10)
    for second in range(10):
        window.start(float(second))
    smaller = window.resized(3)
    assert smaller.room(10.0) == 0
    assert smaller.wait_seconds(10.0) == 57.0  # the third last start was at 7 s
