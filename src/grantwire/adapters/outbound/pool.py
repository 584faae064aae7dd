"""Pool: connections that wait for the next request to the same place.

In: connections at rest. Out: one that is alive, or none. Never: a connection of another route (another host, another
identity), or one that the target has closed.
"""

import asyncio
import select
from time import perf_counter

from grantwire.adapters.outbound.connect import Route
from grantwire.adapters.outbound.connection import Connection

# Shorter than what ServiceNow announces (`Keep-Alive: timeout=20`), so that we rarely write to a connection that the
# target is about to close.
IDLE_SECONDS = 15.0
# The peer has closed, or reset: an idle connection with one of these is dead although the loop has not read it yet.
_GONE = getattr(select, "POLLRDHUP", select.POLLIN) | select.POLLHUP | select.POLLERR


class Pool:
    """Belongs to the loop it is made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._resting: dict[Route, list[Connection]] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._known: dict[int, Connection] = {}
        self._poller = select.poll()
        self._has_looked = False

    def take(self, route: Route) -> Connection | None:
        """The one that rested last: the others may then run out."""
        resting = self._resting.get(route)
        oldest = perf_counter() - IDLE_SECONDS
        if resting:
            self._look()
        while resting:
            connection = resting.pop()
            if connection.idle_since >= oldest and connection.is_reusable and not connection.is_closing:
                return connection
            connection.abort()
        return None

    def put(self, route: Route, connection: Connection) -> None:
        connection.rest(perf_counter())
        if self._known.get(connection.file_number) is not connection:
            self._meet(connection)
        self._resting.setdefault(route, []).append(connection)
        if self._sweep is None:
            self._sweep = self._loop.call_later(IDLE_SECONDS, self._drop_idle)

    async def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        connections = [one for resting in self._resting.values() for one in resting]
        self._resting.clear()
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.closed for connection in connections))

    def _look(self) -> None:
        """Which of them has its peer closed, noticed by the loop or not: one system call for all, once in a turn."""
        if self._has_looked:
            return
        self._has_looked = True
        self._loop.call_soon(self._forget_look)
        for file_number, _ in self._poller.poll(0):
            connection = self._known[file_number]
            if connection.is_resting:
                connection.is_reusable = False

    def _forget_look(self) -> None:
        self._has_looked = False

    def _meet(self, connection: Connection) -> None:
        self._known[connection.file_number] = connection
        self._poller.register(connection.file_number, _GONE)
        connection.closed.add_done_callback(lambda _: self._part(connection))

    def _part(self, connection: Connection) -> None:
        """Its number may be another connection's by now."""
        if self._known.get(connection.file_number) is connection:
            del self._known[connection.file_number]
            self._poller.unregister(connection.file_number)

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
            self._sweep = self._loop.call_later(IDLE_SECONDS, self._drop_idle)
