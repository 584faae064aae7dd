"""Order, whatever comes between: accepts that cross settles, failures, pauses, cancels, skips, replays, restarts.

The worker, the hot hand-off and the store are the real ones; only the target is scripted. Two requests of one access
request are never under way at once, those that succeed do so in the order of acceptance, and in the end all is ended.
"""

import asyncio
import json
import random
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.world import PATIENCE_SECONDS, World, answer, open_world

from grantwire.domain.delivery import ENDED, REPLAYABLE, Delivery
from grantwire.domain.errors import Refused
from grantwire.domain.exchange import Reply, Request
from grantwire.ports import DeliveryQuery

REQUESTS = ["ar-1", "ar-2", "ar-3"]
ACCEPT = st.tuples(st.just("accept"), st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=5))
MOVES = ("turns", "advance", "pause", "resume", "cancel", "skip", "replay", "let_go", "off_and_on", "restart")
STEPS = st.lists(ACCEPT | st.tuples(st.sampled_from(MOVES), st.integers(0, 30)), min_size=3, max_size=25)
STATUSES = st.lists(st.sampled_from([201, 201, 201, 503, 400]), min_size=1, max_size=40)


class Story:
    """One run; the target remembers what was under way and what it took."""

    def __init__(self, folder: Path, statuses: list[int], dice: random.Random) -> None:
        self.folder = folder
        self.statuses = statuses
        self.dice = dice
        self.under_way: set[str] = set()
        self.taken: dict[str, list[int]] = {}
        self.accepted = 0
        self.is_exact = True  # until a person changes the order
        self.seconds = 0.0
        self.accepting: list[asyncio.Task[Any]] = []
        self.world: World
        self._open = AsyncExitStack()

    # ── the target ──
    async def meanwhile(self, request: Request) -> None:
        name = self.of(request)[0]
        assert name not in self.under_way or not self.is_exact, f"two at once for {name}"
        self.under_way.add(name)
        try:
            for _ in range(self.dice.randrange(4)):
                await asyncio.sleep(0)
        finally:
            self.under_way.discard(name)

    def reply(self, request: Request) -> Reply:
        status = self.statuses.pop(0) if self.statuses else 201
        if status == 201:
            name, number = self.of(request)
            self.taken.setdefault(name, []).append(number)
        return answer(status)

    def of(self, request: Request) -> tuple[str, int]:
        body = json.loads(request.body or b"{}")
        return body["request"], int(body["number"])

    # ── the house ──
    async def open(self) -> None:
        self.world = await self._open.enter_async_context(open_world(self.folder))
        self.world.clock.advance(self.seconds)
        self.world.sender.replies = [self.reply]
        self.world.sender.meanwhile = self.meanwhile
        await self.world.store.take_back(now=self.world.clock.now())
        await self.world.lines.mend()
        self.world.configure.resume_moves()
        await self._open.enter_async_context(self.world.working())

    async def close(self) -> None:
        await asyncio.gather(*self.accepting)
        self.seconds = self.world.clock.elapsed()
        await self._open.aclose()
        assert not self.world.facts.named("lines.mended")
        assert not self.world.facts.named("delivery.defect")

    # ── what happens ──
    async def accept(self, requests: list[str]) -> None:
        """Not waited for: it crosses whatever is under way."""
        events = []
        for request in requests:
            self.accepted += 1
            events.append(self.world.event(id=request, reason=str(self.accepted), id_=f"evt-{self.accepted}"))
        self.accepting.append(asyncio.create_task(self.world.ingest.accept(events)))
        await asyncio.sleep(0)

    async def turns(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    async def advance(self, minutes: int) -> None:
        self.world.clock.advance(minutes * 60)

    async def pause(self, _: int) -> None:
        await self.world.configure.pause(await self.webhook_id(), "for a while")

    async def resume(self, _: int) -> None:
        await self.world.configure.resume(await self.webhook_id())

    async def webhook_id(self) -> Any:
        return (await self.world.configure.webhook("tickets")).id

    async def off_and_on(self, count: int) -> None:
        self.is_exact = False
        for order in ("none", "per_request"):
            await self.world.configure.patch("tickets", {"order": order}, expected_version=None)
            await self.turns(count)

    async def let_go(self, _: int) -> None:
        await self.world.lines.let_go()

    async def cancel(self, at: int) -> None:
        await self.do(at, lambda one: one.state not in ENDED, self.world.replay.cancel)

    async def skip(self, at: int) -> None:
        await self.do(at, lambda one: one.holds_line_until is not None, self.world.replay.skip)

    async def replay(self, at: int) -> None:
        """Of one that holds its line, the order stays; any other is late."""
        replayable = [one for one in await self.deliveries() if one.state in REPLAYABLE]
        if replayable:
            chosen = replayable[at % len(replayable)]
            self.is_exact = self.is_exact and chosen.holds_line_until is not None
            await self.world.replay.again(chosen.id)

    async def do(self, at: int, is_wanted: Callable[[Delivery], bool], verb: Any) -> None:
        found = [one for one in await self.deliveries() if is_wanted(one)]
        if found:
            try:
                await verb(found[at % len(found)].id)
            except Refused:
                """It moved on meanwhile."""

    async def restart(self, _: int) -> None:
        await self.close()
        await self.open()

    async def deliveries(self) -> list[Delivery]:
        return list((await self.world.store.deliveries(DeliveryQuery(), limit=1000, after=None)).items)

    # ── the end ──
    async def all_end(self) -> None:
        """With time and a resume; a line with nobody to go on with would never end."""
        await asyncio.gather(*self.accepting)
        await self.resume(0)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any(one.state not in ENDED for one in await self.deliveries()):
                await self.turns(20)
                self.world.clock.advance(60)
                await self.world.lines.let_go()

    async def check(self) -> None:
        found = await self.deliveries()
        assert len([one for one in found if one.replay_of is None]) == self.accepted
        place = self.places()
        for name, numbers in self.taken.items():
            places = [place[number] for number in numbers]
            assert not self.is_exact or places == sorted(set(places)), f"{name} was told in the order {places}"

    def places(self) -> dict[int, int]:
        """In the order of acceptance, which is not that of asking where accepts cross: an accept may wait for room."""
        with closing(sqlite3.connect(self.folder / "grantwire.db")) as database:
            rows = database.execute("SELECT id FROM events ORDER BY seq").fetchall()
        return {int(id_.removeprefix("evt-")): at for at, (id_,) in enumerate(rows)}


async def play(steps: list[tuple[str, Any]], statuses: list[int], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder), statuses, random.Random(seed))
        await story.open()
        try:
            body = '{"request": "{{ data.id }}", "number": "{{ data.reason }}"}'
            await story.world.add(order="per_request", body=body, retry={"attempts": 2, "max_age_hours": 1})
            for name, what in steps:
                await getattr(story, name)(what)
            await story.all_end()
            await story.check()
        finally:
            await story.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, statuses=STATUSES, seed=st.integers(0, 2**16))
def test_order_holds_whatever_comes_between(steps: list[tuple[str, Any]], statuses: list[int], seed: int) -> None:
    asyncio.run(play(steps, statuses, seed))
