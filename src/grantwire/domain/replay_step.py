"""Replay step: one small piece of a job that sends many deliveries again.

In: what was found past a bookmark. Out: what is to be written together, so that a crash repeats and skips nothing.
Never: a list of everything a job has to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from grantwire.domain.delivery import Delivery, DeliveryId, State
from grantwire.domain.event import AccessRequestId
from grantwire.domain.replay import Bookmark, ReplayId
from grantwire.domain.webhook import WebhookId

Kind = tuple[WebhookId, str, State, str]  # the webhook and its name, the state, the type of event


@dataclass(frozen=True, slots=True)
class Found:
    """Deliveries to send again, oldest first within a webhook; those asked for by id that cannot be, by the reason.
    `reached` is where to go on, None at the end."""

    items: tuple[Delivery, ...]
    reached: Bookmark | None
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """The same, counted."""

    by_kind: Mapping[Kind, int]
    oldest_at: datetime | None
    newest_at: datetime | None
    reached: Bookmark | None
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewReplay:
    """A delivery that repeats `replay_of`. `state` is pending or held. With a `line` it takes its place in it, by the
    event, and waits as blocked where it has to."""

    id: DeliveryId
    replay_of: DeliveryId
    webhook_name: str
    state: State
    why: str = ""
    line: AccessRequestId | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Written whole, and only while the job is running and stands at `seen`. With `reached` None the job is done. Of
    `replays` only those are made whose old delivery is still in one of `states` and was not replayed meanwhile."""

    replay_id: ReplayId
    seen: Bookmark | None
    reached: Bookmark | None
    replays: tuple[NewReplay, ...]
    states: frozenset[State]
    refused: Mapping[str, int]
    next_at: datetime | None
    at: datetime
