"""The outbox: what is written in one turn of the loop leaves at its end."""

import asyncio

from grantwire.adapters.outbox import Outbox


class Transport(asyncio.Transport):
    def __init__(self, sent: list[tuple[str, bytes]], name: str, *, is_closing: bool = False) -> None:
        super().__init__()
        self._sent, self._name, self._is_closing = sent, name, is_closing

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self._sent.append((self._name, data))

    def is_closing(self) -> bool:
        return self._is_closing


async def test_what_is_written_in_one_turn_leaves_together_and_in_order() -> None:
    sent: list[tuple[str, bytes]] = []
    outbox, a, b = Outbox(), Transport(sent, "a"), Transport(sent, "b")
    outbox.write(a, b"1")
    outbox.write(b, b"2")
    outbox.write(a, b"3")
    assert sent == []
    await asyncio.sleep(0)
    assert sent == [("a", b"1"), ("b", b"2"), ("a", b"3")]


async def test_the_next_turn_is_written_as_well() -> None:
    sent: list[tuple[str, bytes]] = []
    outbox, transport = Outbox(), Transport(sent, "a")
    for data in (b"1", b"2"):
        outbox.write(transport, data)
        await asyncio.sleep(0)
    assert sent == [("a", b"1"), ("a", b"2")]


async def test_a_connection_that_closed_meanwhile_gets_nothing_and_keeps_nobody_waiting() -> None:
    sent: list[tuple[str, bytes]] = []
    outbox = Outbox()
    outbox.write(Transport(sent, "closed", is_closing=True), b"1")
    outbox.write(Transport(sent, "open"), b"2")
    await asyncio.sleep(0)
    assert sent == [("open", b"2")]
