"""Replay jobs: put on record, moved on step by step, ended.

In: jobs, steps. Out: jobs as they now are. Never: new deliveries without the bookmark that says so, or the other way
round.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, tuple_, update

from grantwire.adapters.store import look_deliveries, look_replayable, moves
from grantwire.adapters.store.pages import of_cursor, page_of
from grantwire.adapters.store.part import Part
from grantwire.adapters.store.rows_replay import of_replay_row, to_bookmark, to_refused, to_replay_row
from grantwire.adapters.store.stamps import to_stamp, to_stamp_or_none
from grantwire.adapters.store.tables import IS_OPEN, replays
from grantwire.adapters.store.texts import storable
from grantwire.adapters.store.writing import Writing
from grantwire.domain.replay import OPEN, Bookmark, Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.replay_step import Counted, Found, Step
from grantwire.domain.webhook import WebhookId
from grantwire.ports import Page

MOST_OPEN = 20  # jobs that go on side by side; later ones wait for one of them to end
_R = replays.c


class Replays(Part):
    """Fills the ReplayStore port."""

    async def add_replay(self, replay: Replay) -> Replay:
        found: Replay = await self._write(lambda writing: _add(writing, replay))
        return found

    async def replay_job(self, replay_id: ReplayId) -> Replay | None:
        return await self._reader.ask(lambda connection: _job(connection, replay_id))

    async def replay_jobs(self, *, limit: int, after: str | None) -> Page[Replay]:
        return await self._reader.ask(lambda connection: _page(connection, limit=limit, after=after))

    async def open_replays(self) -> Sequence[Replay]:
        return await self._reader.ask(_open)

    async def count_to_replay(self, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Counted:
        return await self._reader.ask(
            lambda connection: look_replayable.count(connection, wanted, after=after, limit=limit)
        )

    async def find_to_replay(self, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Found:
        return await self._reader.ask(
            lambda connection: look_replayable.find(connection, wanted, after=after, limit=limit)
        )

    async def step_replay(self, step: Step) -> Replay | None:
        stepped: Replay | None = await self._write(lambda writing: _step(writing, step), rows=2 + len(step.replays))
        return stepped

    async def turn_replay(
        self, replay_id: ReplayId, state: ReplayState, *, now: datetime, why: str = "", found: int | None = None
    ) -> Replay | None:
        turned: Replay | None = await self._write(
            lambda writing: _turn(writing, replay_id, state, now=to_stamp(now), why=why, found=found)
        )
        return turned

    async def count_due(self, webhook_id: WebhookId, *, now: datetime, most: int) -> int:
        return await self._reader.ask(
            lambda connection: look_deliveries.count_due(connection, webhook_id, now=now, most=most)
        )


def _add(writing: Writing, replay: Replay) -> Replay:
    known = _job(writing.sql, replay.id)
    if known is not None:
        return known
    writing.sql.execute(insert(replays).values(to_replay_row(replay)))
    return replay


def _job(connection: Connection, replay_id: ReplayId) -> Replay | None:
    row = connection.execute(select(replays).where(_R.id == replay_id)).one_or_none()
    return None if row is None else of_replay_row(row)


def _page(connection: Connection, *, limit: int, after: str | None) -> Page[Replay]:
    statement = select(replays)
    if after is not None:
        statement = statement.where(tuple_(_R.requested_at, _R.id) < tuple_(*of_cursor(after, tuple[int, str])))
    rows = connection.execute(statement.order_by(_R.requested_at.desc(), _R.id.desc()).limit(limit + 1)).all()
    return page_of(rows, limit=limit, value=of_replay_row, key=lambda row: (row.requested_at, row.id))


def _open(connection: Connection) -> Sequence[Replay]:
    statement = select(replays).where(IS_OPEN).order_by(_R.requested_at, _R.id).limit(MOST_OPEN)
    return [of_replay_row(row) for row in connection.execute(statement)]


def _step(writing: Writing, step: Step) -> Replay | None:
    known = _job(writing.sql, step.replay_id)
    if known is None or known.state is not ReplayState.RUNNING or known.bookmark != step.seen:
        return None
    made = moves.replay_those_left(writing, step.replays, states=step.states, now=step.at)
    values: dict[str, Any] = {
        "made": known.made + made,
        "refused": to_refused(_added(known.refused, step.refused)),
        "bookmark": to_bookmark(step.reached),
        "next_at": to_stamp_or_none(step.next_at),
    }
    if step.reached is None:
        values |= {"state": ReplayState.DONE.value, "ended_at": to_stamp(step.at)}
    return _put(writing, step.replay_id, values)


def _turn(
    writing: Writing, replay_id: ReplayId, state: ReplayState, *, now: int, why: str, found: int | None
) -> Replay | None:
    known = _job(writing.sql, replay_id)
    if known is None or not known.is_open:
        return None
    values: dict[str, Any] = {"state": state.value, "why": storable(why)}
    if found is not None:
        values["found"] = found
    if state is ReplayState.RUNNING:
        values["started_at"] = now
    if state not in OPEN:
        values["ended_at"] = now
    return _put(writing, replay_id, values)


def _put(writing: Writing, replay_id: ReplayId, values: Mapping[str, Any]) -> Replay | None:
    writing.sql.execute(update(replays).where(_R.id == replay_id).values(values))
    return _job(writing.sql, replay_id)


def _added(known: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {why: known.get(why, 0) + more.get(why, 0) for why in {**known, **more}}
