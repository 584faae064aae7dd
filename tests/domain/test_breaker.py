"""A breaker opens when a target is down, waits ever longer between probes, and closes at the first answer."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.breaker import (
    COUNTED_SECONDS,
    FAULTS_IN_A_ROW,
    FIRST_WAIT_SECONDS,
    JITTER_SHARE,
    LEAST_COUNTED,
    LONGEST_WAIT_SECONDS,
    Breaker,
    Phase,
)

DICE = st.floats(0, 1, exclude_max=True)


def after(outcomes: str, *, each_seconds: float = 0.0) -> Breaker:
    """`x` is a fault, `.` an answer."""
    breaker, now = Breaker(), 0.0
    for one in outcomes:
        breaker = breaker.failed(now, dice=0.0) if one == "x" else breaker.answered(now)
        now += each_seconds
    return breaker


def opened() -> Breaker:
    return after("x" * FAULTS_IN_A_ROW)


@pytest.mark.parametrize(
    ("outcomes", "phase"),
    [
        ("x" * (FAULTS_IN_A_ROW - 1), Phase.CLOSED),
        ("x" * FAULTS_IN_A_ROW, Phase.OPEN),
        ("xxxx." * 3, Phase.CLOSED),  # 12 of 15: too few to speak of a share
        ("xxxx." * 4, Phase.CLOSED),  # 16 of 20, but the last one was an answer
        ("xxxx." * 4 + "x", Phase.OPEN),  # 17 of 21
        ("xxx." * 20, Phase.CLOSED),  # three of four: its retries get through
        ("x." * 50, Phase.CLOSED),
        ("." * 100, Phase.CLOSED),
    ],
)
def test_a_breaker_opens_after_faults_in_a_row_or_when_nearly_all_are(outcomes: str, phase: Phase) -> None:
    assert after(outcomes).phase is phase


def test_faults_of_long_ago_do_not_count_into_a_share() -> None:
    assert after("xxxx." * 10, each_seconds=COUNTED_SECONDS / LEAST_COUNTED * 1.1).phase is Phase.CLOSED


def test_while_all_goes_well_nothing_is_counted() -> None:
    assert after("." * 1000) == Breaker()


def test_an_answer_after_the_minute_makes_it_calm_again() -> None:
    assert not after("x.").is_calm
    assert after("x.").answered(COUNTED_SECONDS).is_calm


def test_how_many_in_a_row_can_be_chosen() -> None:
    assert Breaker().failed(0.0, dice=0.0, most_in_a_row=1).phase is Phase.OPEN


def test_what_was_on_its_way_when_it_opened_changes_nothing() -> None:
    assert opened().failed(1.0, dice=0.5) == opened()
    assert opened().answered(1.0) == opened()


def test_a_probe_may_go_when_the_wait_is_over_and_not_before() -> None:
    assert not opened().may_probe(FIRST_WAIT_SECONDS - 0.001)
    assert opened().may_probe(FIRST_WAIT_SECONDS)


def test_there_is_one_probe_at_a_time() -> None:
    assert not opened().probing().may_probe(1e9)


def test_a_probe_that_is_answered_closes_it_and_forgets_everything() -> None:
    assert opened().probing().probe_answered() == Breaker()


def test_a_probe_that_never_left_costs_no_wait() -> None:
    assert opened().probing().probe_without_result() == opened()


@given(st.lists(DICE, min_size=1, max_size=30))
def test_the_wait_between_probes_grows_to_its_longest_and_is_never_shorter_than_its_step(rolls: list[float]) -> None:
    breaker, waits, now = opened(), [], 0.0
    for dice in rolls:
        now = max(now, breaker.probe_at)
        assert breaker.may_probe(now)
        breaker = breaker.probing().probe_failed(now, dice=dice)
        waits.append(breaker.probe_at - now)
    steps = [min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (number + 1)) for number in range(len(waits))]
    assert all(
        step <= wait + 1e-6 and wait <= step * (1 + JITTER_SHARE) + 1e-6
        for step, wait in zip(steps, waits, strict=True)
    )
    assert all(first <= second for first, second in pairwise(steps))


@given(st.lists(st.tuples(st.sampled_from(["fault", "answer", "wait", "lost"]), DICE), max_size=200))
def test_it_lets_through_all_or_one_or_none_and_an_answer_always_closes_it(story: list[tuple[str, float]]) -> None:
    """Whatever happens: closed counts, open waits, half open has exactly one under way."""
    breaker, now, under_way = Breaker(), 0.0, False
    for what, dice in story:
        if what == "wait":
            now += dice * LONGEST_WAIT_SECONDS * 2
            if breaker.may_probe(now):
                breaker, under_way = breaker.probing(), True
            continue
        if breaker.phase is Phase.CLOSED:
            assert not under_way
            breaker = breaker.failed(now, dice=dice) if what == "fault" else breaker.answered(now)
        elif under_way:
            assert breaker.phase is Phase.HALF_OPEN
            under_way = False
            if what == "fault":
                breaker = breaker.probe_failed(now, dice=dice)
                assert breaker.probe_at > now
            elif what == "answer":
                breaker = breaker.probe_answered()
                assert breaker.is_calm
            else:
                breaker = breaker.probe_without_result()
                assert breaker.may_probe(now)
        else:
            assert breaker.phase is Phase.OPEN
            assert breaker.failed(now, dice=dice) == breaker
        assert breaker.probe_at <= now + LONGEST_WAIT_SECONDS * (1 + JITTER_SHARE)
