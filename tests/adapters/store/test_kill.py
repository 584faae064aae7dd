"""A real process is killed in the middle of its work: whatever it acknowledged is there afterwards."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.store_world import LEASE, WEBHOOK, StoreWorld

from grantwire.domain.delivery import DeliveryId, State
from grantwire.domain.event import EventId

VICTIM = """
import asyncio, sys
from pathlib import Path
from tests.conformance.store_world import StoreWorld
from grantwire.domain.delivery import Claim, State

async def work(world):
    while True:
        delivery = world.delivery(State.SENDING)
        admission = world.admission(delivery)
        await world.store.accept([admission])
        print("accepted", admission.event.id, delivery.id, flush=True)
        claim = Claim(delivery.id, delivery.token, admission.event, delivery.webhook_id, 0,
                      world.clock.now(), delivery.lease_until)
        assert await world.store.settle(world.settlement(claim, attempt=world.attempt(claim)))
        print("settled", admission.event.id, delivery.id, flush=True)

async def main():
    world = StoreWorld(Path(sys.argv[1]))
    await world.open()
    await asyncio.gather(*(work(world) for _ in range(16)))

asyncio.run(main())
"""


IN_ORDER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.conformance.store_world import StoreWorld
from grantwire.domain.delivery import State

async def come(world, request):
    while True:
        await world.accept(world.delivery(line=request), access_request_id=request)
        print("accepted", request, flush=True)

async def go(world):
    turn = 0
    while True:
        for claim in await world.claim(8):
            turn += 1
            until = world.clock.now() + timedelta(hours=turn % 2)
            state = State.DELIVERED if turn % 5 else State.DEAD
            await world.store.settle(world.settlement(claim, state, holds_line_until=until))
            if turn % 10 == 5:
                await world.store.skip(claim.delivery_id, now=world.clock.now(), why="")
            print("settled", claim.delivery_id, flush=True)

async def main():
    world = StoreWorld(Path(sys.argv[1]))
    await world.open()
    await asyncio.gather(*(come(world, f"ar-{number}") for number in range(8)), *(go(world) for _ in range(4)))

asyncio.run(main())
"""


def the_last_words(folder: Path, lines: int, *, victim: str = VICTIM) -> list[list[str]]:
    """What a worker said before it was killed in the middle of a line or a commit."""
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", victim, str(folder)], stdout=subprocess.PIPE, cwd=root, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


async def test_what_a_killed_process_acknowledged_is_on_record(tmp_path: Path) -> None:
    words = await asyncio.to_thread(the_last_words, tmp_path, 700)
    world = StoreWorld(tmp_path)
    await world.open()
    try:
        settled = {delivery_id for word, _, delivery_id in words if word == "settled"}
        assert len(settled) > 100
        for word, event_id, delivery_id in words:
            if word == "accepted":
                assert await world.store.event(EventId(event_id)) is not None
                state = await world.state_of(DeliveryId(delivery_id))
                assert state is State.DELIVERED or (state is State.SENDING and delivery_id not in settled)
            else:
                assert await world.state_of(DeliveryId(delivery_id)) is State.DELIVERED
                assert len(await world.store.attempts(DeliveryId(delivery_id))) == 1
        world.clock.move(LEASE.total_seconds())
        left = await world.claim(100, WEBHOOK)
        assert all(claim.is_ambiguous for claim in left)  # what was on its way is taken up by the next worker
    finally:
        await world.close()


@pytest.mark.parametrize("lines", [150, 300, 451])
async def test_a_killed_process_leaves_no_line_with_nobody_to_go_on(tmp_path: Path, lines: int) -> None:
    words = await asyncio.to_thread(the_last_words, tmp_path, lines, victim=IN_ORDER)
    assert {word for word, _ in words} == {"accepted", "settled"}
    world = StoreWorld(tmp_path)
    await world.open()
    try:
        await world.store.take_back(now=world.clock.now())
        assert await world.store.mend_lines(after=None, now=world.clock.now(), limit=100) == (None, 0)
        world.clock.move(timedelta(hours=2).total_seconds())
        await world.store.let_lines_go(now=world.clock.now(), limit=100)
        while claims := await world.claim(100):
            assert len({claim.line for claim in claims}) == len(claims)
            for claim in claims:
                assert await world.store.settle(world.settlement(claim))
        backlog = await world.store.backlog(now=world.clock.now())
        assert backlog.by_state == {}
    finally:
        await world.close()
