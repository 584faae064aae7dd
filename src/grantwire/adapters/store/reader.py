"""Runs read-only questions in a few threads, beside the writer.

In: functions of a connection. Out: what they return. Never: a write; a wait in the event loop.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

from grantwire.adapters.store.faults import DatabaseError, in_our_words

T = TypeVar("T")


class Reader:
    """Each question sees one moment of the database, from its first statement to its last."""

    def __init__(self, engine: Engine, *, threads: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """Raises `NotNow` when the database cannot be read now."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        self._engine.dispose()

    def _answer(self, question: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return question(connection)
        except DatabaseError as error:
            raise in_our_words(error) from error
