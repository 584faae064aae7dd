"""The limits of a busy instance: one request at a time per cookie session, the API semaphore, the hourly rule.

In: a Call. Out: its turn, or the Answer that refuses it (202, 429). Must never: look at what a request asks for.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.exchange import Answer, Call, Headers
from grantwire.sandbox.faults.answers import rate_limit_headers, rate_limit_refusal
from grantwire.sandbox.properties import Properties

SESSION = re.compile(r"(?:^|;\s*)JSESSIONID=([^;]+)")
HOUR = 3600


@dataclass(slots=True)
class Gate:
    """Lets `running` in at once, keeps `waiting` in line, sends the rest away."""

    running: int = 0
    waiting: int = 0
    free: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def enter(self, most_running: int, most_waiting: int, longest_seconds: float | None) -> bool:
        if self.running >= most_running and self.waiting >= most_waiting:
            return False
        async with self.free:
            self.waiting += 1
            try:
                async with asyncio.timeout(longest_seconds):
                    await self.free.wait_for(lambda: self.running < most_running)
            except TimeoutError:
                return False
            finally:
                self.waiting -= 1
            self.running += 1
        return True

    async def leave(self) -> None:
        async with self.free:
            self.running -= 1
            self.free.notify(1)

    @property
    def is_idle(self) -> bool:
        return not self.running and not self.waiting


class Limits:
    def __init__(self, properties: Properties, clock: SandboxClock) -> None:
        self._properties = properties
        self._clock = clock
        self._sessions: dict[str, Gate] = {}
        self._semaphore = Gate()
        self._hour = 0
        self._used = 0

    @asynccontextmanager
    async def turn(self, call: Call) -> AsyncIterator[Answer | None]:
        """Yields None when the request may be served, or the answer that refuses it."""
        found = SESSION.search(call.headers.get("Cookie", ""))
        if found is None and not self._properties.is_semaphore_on:
            yield None
            return
        async with self._session_turn(found.group(1) if found else "") as is_in_session:
            if not is_in_session:
                yield Answer(202)
                return
            async with self._semaphore_turn() as is_inside:
                yield None if is_inside else Answer(429)

    def rate_rule(self, call: Call) -> tuple[Headers, Answer | None]:
        """Headers for every answer under the rule, and a refusal when the hour's requests are used up."""
        limit = self._properties.requests_per_hour
        if not limit or "/table/" not in call.path:
            return (), None
        now = self._clock.now()
        hour = int(now // HOUR)
        if hour != self._hour:
            self._hour, self._used = hour, 0
        reset_at = (hour + 1) * HOUR
        if self._used >= limit:
            return (), rate_limit_refusal(limit, reset_at, max(int(reset_at - now), 1))
        self._used += 1
        return rate_limit_headers(limit, reset_at), None

    def clear(self) -> None:
        self._hour = self._used = 0

    @asynccontextmanager
    async def _session_turn(self, session: str) -> AsyncIterator[bool]:
        if not session:
            yield True
            return
        gate = self._sessions.setdefault(session, Gate())
        properties = self._properties
        entered = await gate.enter(1, properties.session_waiting, properties.session_longest_wait_seconds)
        try:
            yield entered
        finally:
            if entered:
                await gate.leave()
            if gate.is_idle:
                self._sessions.pop(session, None)

    @asynccontextmanager
    async def _semaphore_turn(self) -> AsyncIterator[bool]:
        if not self._properties.is_semaphore_on:
            yield True
            return
        properties = self._properties
        entered = await self._semaphore.enter(properties.semaphore_running, properties.semaphore_waiting, None)
        try:
            yield entered
        finally:
            if entered:
                await self._semaphore.leave()
