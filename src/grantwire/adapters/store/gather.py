"""Gathers the work of many callers into groups that share a commit.

In: jobs from coroutines of one event loop. Out: each job's answer, after the commit that holds it. Never: SQL.

While one group commits (in a thread: that is where the disk is waited for), the next one gathers. A small group is
staged by the loop itself. That looks wrong and is the point: the driver gives the GIL up at every statement, and under
a busy loop a thread waits up to 5 ms to get it back, each time; the loop needs 20 µs for the same (decision 0010).
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import NamedTuple

from grantwire.adapters.store.ledger import Answer, Ledger
from grantwire.adapters.store.writing import Job, rows_of
from grantwire.domain.errors import Broken, NotNow

# Rows of one transaction: enough to make the commit cheap, few enough to keep it short. One job may have more.
GROUP_ROWS = 600
# Rows that the loop stages itself: about 8 ms; more go to the thread, which then may be slow but stops nobody.
INLINE_ROWS = 600

_Work = Callable[[], list[Answer]]
_Told = Callable[["list[Answer] | BaseException"], None]


class _Waiting(NamedTuple):
    job: Job
    rows: int
    answer: "asyncio.Future[Answer]"


class Gatherer:
    """Belongs to the loop it is made in."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._thread = _Thread(self._loop)
        self._waiting: list[_Waiting] = []
        self._is_writing = False
        self._is_called = False
        self._is_closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    def do(self, job: Job) -> "asyncio.Future[Answer]":
        """The job's answer once it is on disk, or what the job was refused with. Raises `NotNow`."""
        if self._is_closed:
            raise NotNow("The store is closing.")
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting.append(_Waiting(job, rows_of(job), answer))
        self._idle.clear()
        if not self._is_writing and not self._is_called:
            self._is_called = True
            self._loop.call_soon(self._write_group)
        return answer

    async def close(self) -> None:
        """Finishes what was asked for already; nothing new is taken."""
        self._is_closed = True
        await self._idle.wait()
        self._thread.end()
        self._ledger.close()

    def _write_group(self) -> None:
        group, self._waiting = _split(self._waiting)
        self._is_called = False
        self._is_writing = True
        rest = self._stage([one.job for one in group], sum([one.rows for one in group]))
        self._thread.do(rest, lambda answers: self._written(group, answers))

    def _stage(self, jobs: Sequence[Job], rows: int) -> Callable[[], list[Answer]]:
        """What is left to do for the thread."""
        if rows <= INLINE_ROWS:
            try:
                answers = self._ledger.stage(jobs)
            except Exception:  # noqa: BLE001 - whatever it was, the thread has the time to deal with it
                return lambda: self._ledger.write(jobs)
            return lambda: self._ledger.finish(jobs, answers, rows=rows)
        return lambda: self._ledger.write(jobs)

    def _written(self, group: Sequence[_Waiting], found: list[Answer] | BaseException) -> None:
        """The next group is on its way before this one's callers are told: it commits while they go on."""
        self._is_writing = False
        if self._waiting:
            self._write_group()
        else:
            self._idle.set()
        if isinstance(found, BaseException):
            found = [Broken(f"The store failed: {found!r}")] * len(group)
        for one, answer in zip(group, found, strict=True):
            _tell(one.answer, answer)


class _Thread:
    """One thread that does one thing after the other; a pool's futures and locks cost four times as much."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: SimpleQueue[tuple[_Work, _Told] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def do(self, work: "_Work", told: "_Told") -> None:
        """`told` is called in the loop, with the answers or with what went wrong."""
        self._work.put((work, told))

    def end(self) -> None:
        """After what was given before."""
        self._work.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (given := self._work.get()) is not None:
            work, told = given
            found: list[Answer] | BaseException
            try:
                found = work()
            except BaseException as defect:  # noqa: BLE001 - the border of the thread: the loop decides
                found = defect
            self._loop.call_soon_threadsafe(told, found)


def _tell(future: "asyncio.Future[Answer]", answer: Answer) -> None:
    if future.done():  # its caller was cancelled and will not ask any more
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _split(waiting: list[_Waiting]) -> tuple[list[_Waiting], list[_Waiting]]:
    """The next group, and who waits for a later one."""
    rows = 0
    for place, one in enumerate(waiting):
        rows += one.rows
        if rows > GROUP_ROWS and place > 0:
            return waiting[:place], waiting[place:]
    return waiting, []
