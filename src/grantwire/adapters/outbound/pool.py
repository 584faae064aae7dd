"""Pool: connections that wait for the next request to the same place.

In: connections at rest. Out: one that is alive, or none. Never: a connection of another route (another host, another
identity), or one that the target has closed.
"""

import asyncio
from time import perf_counter

from grantwire.adapters.outbound.connect import Route
from grantwire.adapters.outbound.connection import Connection

# Shorter than what ServiceNow announces (`Keep-Alive: timeout=20`), so that we rarely write to a connection that the
# target is about to close.
IDLE_SECONDS = 15.0


class Pool:
    def __init__(self) -> None:
        self._resting: dict[Route, list[Connection]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def take(self, route: Route) -> Connection | None:
        """The one that rested last: the others may then run out."""
        resting = self._resting.get(route)
        oldest = perf_counter() - IDLE_SECONDS
        while resting:
            connection = resting.pop()
            if connection.idle_since >= oldest and not connection.is_gone():
                return connection
            connection.abort()
        return None

    def put(self, route: Route, connection: Connection) -> None:
        connection.rest(perf_counter())
        self._resting.setdefault(route, []).append(connection)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop_idle)

    async def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        connections = [one for resting in self._resting.values() for one in resting]
        self._resting.clear()
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.closed for connection in connections))

    def _drop_idle(self) -> None:
        self._sweep = None
        oldest = perf_counter() - IDLE_SECONDS
        for route, resting in list(self._resting.items()):
            for connection in resting:
                if connection.idle_since < oldest:
                    connection.abort()
            kept = [connection for connection in resting if connection.is_reusable]
            if kept:
                self._resting[route] = kept
            else:
                del self._resting[route]
        if self._resting:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop_idle)
