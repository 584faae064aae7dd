"""What happens at a webhook, for whoever looks: on a clock whose waits are over at once."""

from tests.conformance.store_world import StillClock

from grantwire.flow.live import LONGEST, PAUSE_SECONDS, Live


async def test_an_answer_comes_when_it_differs_from_the_one_before() -> None:
    clock, answers = StillClock(), [1, 1, 2, 2, 3]
    live = Live(clock=clock)

    async def ask() -> int:
        if len(answers) == 1:
            live.close()
        return answers.pop(0)

    assert [one async for one in live.follow(ask)] == [1, 2, 3]


async def test_a_reader_is_let_go_after_a_while() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        return 1

    assert [one async for one in Live(clock=StillClock()).follow(ask)] == [1]
    assert asked == LONGEST.total_seconds() / PAUSE_SECONDS
