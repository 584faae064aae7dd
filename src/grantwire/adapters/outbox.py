"""An outbox for one event loop: what is written on many connections leaves together, at the end of the turn.

In: a transport and bytes for it. Out: the bytes on their way, in the order they came. Never: a wait beyond this turn.

A write to an idle peer wakes its process, which costs more than the write itself. Written one right after the other,
the second finds the peer awake already: 20 µs less for a delivery (decision 0007).
"""

import asyncio


class Outbox:
    """Belongs to the loop it is made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def write(self, transport: asyncio.Transport, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append((transport, data))

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)
