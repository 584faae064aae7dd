"""An episode is told once, its end once, and no two of a kind within an hour, whatever happens in which order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.trouble import FAILURES_IN_A_ROW, REST, Trouble

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def failing(times: int = FAILURES_IN_A_ROW) -> Trouble:
    trouble = Trouble()
    for _ in range(times):
        trouble = trouble.failed()
    return trouble


def test_fewer_failures_are_told_only_when_the_target_is_down() -> None:
    assert not failing(FAILURES_IN_A_ROW - 1).is_failing_to_tell(NOW)
    assert failing(1).is_failing_to_tell(NOW, is_target_open=True)
    assert not Trouble().is_failing_to_tell(NOW, is_target_open=True)
    assert failing().is_failing_to_tell(NOW)


def test_trouble_that_lasts_is_told_when_the_hour_is_over() -> None:
    again = failing().failing_told(NOW).delivered().failed().failed().failed().failed().failed()
    assert not again.is_failing_to_tell(NOW + REST - timedelta(seconds=1))
    assert again.is_failing_to_tell(NOW + REST)


def test_a_pause_is_told_apart_from_failing() -> None:
    assert failing().failing_told(NOW).is_pause_to_tell(NOW)
    assert not Trouble().pause_told(NOW).is_pause_to_tell(NOW + 2 * REST)


@given(st.lists(st.tuples(st.sampled_from(["fail", "deliver", "pause"]), st.integers(0, 90)), max_size=300))
def test_nothing_is_told_twice_nor_too_often(story: list[tuple[str, int]]) -> None:
    trouble, now = Trouble(), NOW
    failing_at: list[datetime] = []
    paused_at: list[datetime] = []
    open_episode: set[str] = set()
    for what, minutes in story:
        now += timedelta(minutes=minutes)
        if what == "fail":
            trouble = trouble.failed()
            if trouble.is_failing_to_tell(now):
                assert "failing" not in open_episode
                trouble = trouble.failing_told(now)
                failing_at.append(now)
                open_episode.add("failing")
        elif what == "pause" and trouble.is_pause_to_tell(now):
            assert "paused" not in open_episode
            trouble = trouble.pause_told(now)
            paused_at.append(now)
            open_episode.add("paused")
        elif what == "deliver":
            assert trouble.is_told is bool(open_episode)
            trouble = trouble.delivered()
            assert trouble.is_over
            open_episode.clear()
    for times in (failing_at, paused_at):
        assert all(after - before >= REST for before, after in pairwise(times))
