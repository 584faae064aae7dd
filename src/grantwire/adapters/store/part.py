"""What every part of the store works with.

In: the gatherer for writes, the reader for questions. Out: a base for the parts. Never: SQL.
"""

from collections.abc import Callable
from typing import Any

from grantwire.adapters.store.gather import Gatherer
from grantwire.adapters.store.reader import Reader
from grantwire.adapters.store.rows_webhook import Sealer
from grantwire.adapters.store.writing import Call, Writing
from grantwire.ports import Clock, Dice


class Part:
    def __init__(self, gatherer: Gatherer, reader: Reader, *, vault: Sealer, clock: Clock, dice: Dice) -> None:
        self._gatherer = gatherer
        self._reader = reader
        self._vault = vault
        self._clock = clock
        self._dice = dice

    async def _write(self, work: Callable[[Writing], Any], *, rows: int = 2) -> Any:
        """`rows` is how many it writes, about."""
        return await self._gatherer.do(Call(work, rows))
