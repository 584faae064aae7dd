"""The machine's clock, chance and the bell."""

import asyncio
from datetime import UTC, datetime, timedelta

from grantwire.adapters.clock import SystemClock
from grantwire.adapters.dice import SystemDice
from grantwire.adapters.doorbell import LocalDoorbell

NOW = datetime(2026, 3, 14, tzinfo=UTC)


async def test_the_clock_tells_utc_and_never_jumps_back() -> None:
    clock = SystemClock()
    before = clock.elapsed()
    assert clock.now().tzinfo is UTC
    await clock.wait(0)
    assert clock.elapsed() >= before


def test_ids_are_unique_and_sorted_by_their_making_whatever_the_clock_does() -> None:
    dice = SystemDice()
    times = [NOW, NOW, NOW + timedelta(milliseconds=1), NOW - timedelta(hours=1), NOW + timedelta(days=1)]
    ids = [dice.new_id("evt", at) for at in times for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == ids


def test_an_id_is_a_prefix_and_26_letters_that_begin_with_the_time() -> None:
    one = SystemDice().new_id("dlv", NOW)
    prefix, text = one.split("_")
    assert (prefix, len(text)) == ("dlv", 26)
    assert set(text) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert text[:10] == SystemDice().new_id("evt", NOW).split("_")[1][:10]
    assert SystemDice().new_id("dlv", NOW + timedelta(days=400)) > one


def test_two_processes_do_not_make_the_same_ids() -> None:
    ids = {SystemDice().new_id("evt", NOW) for _ in range(5000)}
    assert len(ids) == 5000


def test_tokens_cannot_be_guessed_and_rolls_stay_below_one() -> None:
    dice = SystemDice()
    tokens = {dice.token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) >= 22 for token in tokens)
    rolls = [dice.roll() for _ in range(1000)]
    assert all(0 <= roll < 1 for roll in rolls)
    assert max(rolls) - min(rolls) > 0.5


async def test_a_ring_wakes_who_waits() -> None:
    bell = LocalDoorbell()
    waiting = asyncio.ensure_future(bell.wait(60))
    await asyncio.sleep(0)
    bell.ring()
    await asyncio.wait_for(waiting, 1)


async def test_a_ring_while_nobody_waits_ends_the_next_wait_and_only_that() -> None:
    bell = LocalDoorbell()
    bell.ring()
    bell.ring()
    await asyncio.wait_for(bell.wait(60), 1)
    second = asyncio.ensure_future(bell.wait(60))
    await asyncio.sleep(0)
    assert not second.done()
    second.cancel()


async def test_a_wait_ends_by_itself() -> None:
    await asyncio.wait_for(LocalDoorbell().wait(0.001), 1)
