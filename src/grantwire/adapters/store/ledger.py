"""Writes groups of work, each group in one transaction.

In: jobs. Out: for each its answer, or the exception its caller gets. Never: a thread of its own (the gatherer decides
where `stage` and the slower ways run; never two calls at once).

One caller's fault is never another's: what cannot be written together is written one by one.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine

from grantwire.adapters.store.accept import accept_all
from grantwire.adapters.store.checkpoint import Checkpoints
from grantwire.adapters.store.faults import DatabaseError, code_of, in_our_words, is_locked, is_passing
from grantwire.adapters.store.hot import hot_statements
from grantwire.adapters.store.settle import LeaseLost, hand_back_all, settle_one_by_one, settle_together
from grantwire.adapters.store.sqlite import BEGIN_TO_WRITE
from grantwire.adapters.store.writing import Accept, Call, HandBack, Job, Settle, Writing, rows_of
from grantwire.domain.errors import Refused

Answer = Any
_SettleAll = Callable[[Writing, Sequence[Settle]], list[int]]

LOCK_TRIES = 250
LOCK_PAUSE_SECONDS = 0.02  # 250 tries: five seconds, then `NotNow`


class Ledger:
    """`stage` opens a transaction and does the work in it; `finish` makes it last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hot = hot_statements(engine.dialect)
        self._connection: Connection | None = None
        self._checkpoints = Checkpoints(engine)

    def stage(self, jobs: Sequence[Job]) -> list[Answer]:
        """Waits for nothing. Raises whatever went wrong; then nothing is open and nothing was written."""
        try:
            return self._work(jobs, settle_together)
        except LeaseLost:
            return self._work(jobs, settle_one_by_one)

    def finish(self, jobs: Sequence[Job], answers: list[Answer], *, rows: int) -> list[Answer]:
        """Commits what was staged, so many rows about; what cannot be committed together is tried one by one."""
        try:
            self._commit(rows)
        except Exception as error:  # noqa: BLE001 - the border of the adapter: each caller gets its own answer
            return self._write_apart(jobs, error)
        return answers

    def write(self, jobs: Sequence[Job]) -> list[Answer]:
        """All in one go, and patiently: waits a bounded time for a lock of another process."""
        try:
            answers = self._stage_patiently(jobs)
        except Exception as error:  # noqa: BLE001 - the border of the adapter: each caller gets its own answer
            return self._write_apart(jobs, error)
        return self.finish(jobs, answers, rows=sum(map(rows_of, jobs)))

    def close(self) -> None:
        self._checkpoints.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write_apart(self, jobs: Sequence[Job], error: Exception) -> list[Answer]:
        """After `error` met the group. A full disk may still have room for the small ones; any other fault of the
        disk or a lock is everybody's."""
        if len(jobs) == 1 or _is_everybodys(error):
            return [in_our_words(error) for _ in jobs]
        return [answer for job in jobs for answer in self.write([job])]

    def _stage_patiently(self, jobs: Sequence[Job]) -> list[Answer]:
        for _ in range(LOCK_TRIES):
            try:
                return self.stage(jobs)
            except Exception as error:
                if not is_locked(error):
                    raise
            time.sleep(LOCK_PAUSE_SECONDS)
        return self.stage(jobs)

    def _work(self, jobs: Sequence[Job], settle: _SettleAll) -> list[Answer]:
        try:
            return _do(self._begin(), jobs, settle)
        except LeaseLost:
            _roll_back(self._connected())
            raise
        except BaseException:
            self._drop()
            raise

    def _begin(self) -> Writing:
        cursor = _driver(self._connected()).cursor()
        cursor.execute(BEGIN_TO_WRITE)
        return Writing(self._hot, cursor, self._connected())

    def _commit(self, rows: int) -> None:
        try:
            # SQLAlchemy's own begin and commit cost 100 µs; it is let in only where other statements need it.
            _driver(self._connected()).commit()
            self._connected().commit()
            self._checkpoints.committed(rows, self._connected())
        except BaseException:
            self._drop()
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop(self) -> None:
        """A connection that met an error is not used again: a new one finds the file as it is now."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(*DatabaseError):  # it may be beyond that
            # A close alone would leave the transaction, and its lock, to whoever still holds a cursor.
            _roll_back(connection)
        connection.invalidate()
        connection.close()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _roll_back(connection: Connection) -> None:
    _driver(connection).rollback()
    connection.rollback()


def _do(writing: Writing, jobs: Sequence[Job], settle: _SettleAll) -> list[Answer]:
    """All work of a kind together; between the kinds no order was promised."""
    answers: list[Answer] = [None] * len(jobs)
    accepts: dict[int, Accept] = {}
    settles: dict[int, Settle] = {}
    others: dict[int, HandBack | Call] = {}
    for place, job in enumerate(jobs):
        if isinstance(job, Accept):
            accepts[place] = job
        elif isinstance(job, Settle):
            settles[place] = job
        else:
            others[place] = job
    if accepts:
        _fill(answers, accepts, accept_all(writing, list(accepts.values())))
    if settles:
        _fill(answers, settles, settle(writing, list(settles.values())))
    hand_back_all(writing, [job for job in others.values() if isinstance(job, HandBack)])
    for place, job in others.items():
        if isinstance(job, Call):
            answers[place] = _answer(writing, job)
    return answers


def _fill(answers: list[Answer], places: Iterable[int], found: Sequence[Answer]) -> None:
    for place, answer in zip(places, found, strict=True):
        answers[place] = answer


def _answer(writing: Writing, job: Call) -> Answer:
    try:
        return job.work(writing)
    except Refused as refused:  # work refuses before it writes, so the others' transaction is as it was
        return refused


def _is_everybodys(error: Exception) -> bool:
    return is_passing(error) and code_of(error) != sqlite3.SQLITE_FULL
