"""What replays ask of the store.

In: a job and its steps. Out: the job as it is on record. Never: a step that takes as long as the whole job.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from grantwire.domain.page import Page
from grantwire.domain.replay import Bookmark, Replay, ReplayId, ReplayState, Wanted
from grantwire.domain.replay_step import Counted, Found, Step
from grantwire.domain.webhook import WebhookId


class ReplayStore(Protocol):
    """Jobs that send many deliveries again, each in small steps."""

    async def add_replay(self, replay: Replay) -> Replay:
        """The job that is on record under its id: this one, or an earlier one."""

    async def replay_job(self, replay_id: ReplayId) -> Replay | None: ...

    async def replay_jobs(self, *, limit: int, after: str | None) -> Page[Replay]:
        """Newest first."""

    async def open_replays(self) -> Sequence[Replay]:
        """The oldest of those that have not ended, oldest first: those that go on side by side."""

    async def count_to_replay(self, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Counted:
        """A piece of at most about `limit` deliveries looked at, past `after`."""

    async def find_to_replay(self, wanted: Wanted, *, after: Bookmark | None, limit: int) -> Found:
        """At most `limit`, all of one webhook unless they are found by what they belong to; perhaps none though there
        are more behind `reached`."""

    async def step_replay(self, step: Step) -> Replay | None:
        """New deliveries and how far the job came, in one transaction; None, and nothing is written, when the job is
        not running or not where it was seen."""

    async def turn_replay(
        self, replay_id: ReplayId, state: ReplayState, *, now: datetime, why: str = "", found: int | None = None
    ) -> Replay | None:
        """Moves a job that has not ended to `state`; None when there is none."""

    async def count_due(self, webhook_id: WebhookId, *, now: datetime, most: int) -> int:
        """Deliveries of a webhook that could go out now and are not claimed yet; counted up to `most`."""
