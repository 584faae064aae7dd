"""One timer ends every exchange whose time is over, and no other."""

import asyncio

from grantwire.adapters.outbound.watch import Watch


async def test_what_is_late_is_told_once_and_what_ended_in_time_never() -> None:
    watch, told, over = Watch(), [], asyncio.Event()

    def late() -> None:
        told.append("late")

    def in_time() -> None:
        told.append("in time")

    def last() -> None:
        over.set()

    watch.begin(late, 0.001)
    watch.begin(in_time, 0.001)
    watch.begin(last, 0.05)
    watch.end(in_time)
    await asyncio.wait_for(over.wait(), 5)
    watch.close()
    assert told == ["late"]


async def test_an_exchange_may_begin_again_after_its_end() -> None:
    watch, over = Watch(), asyncio.Event()
    watch.begin(over.set, 60)
    watch.end(over.set)
    watch.begin(over.set, 0.001)
    await asyncio.wait_for(over.wait(), 5)
    watch.close()


async def test_a_watch_without_exchanges_keeps_no_timer() -> None:
    watch, over = Watch(), asyncio.Event()
    watch.begin(over.set, 0.001)
    await asyncio.wait_for(over.wait(), 5)
    assert watch._timer is None
