"""Replay form: what a person or program asks to have sent again.

In: a raw object, the webhooks by name. Out: what is wanted, or every problem of it with its path. Never: everything
there is for the want of a word (`webhooks: "*"` says it).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from grantwire.domain.delivery import REPLAYABLE, DeliveryId, State
from grantwire.domain.errors import Problem, Refused
from grantwire.domain.event import EventId
from grantwire.domain.event_types import canonical, hint_for
from grantwire.domain.form import Form, one_of
from grantwire.domain.moment import read_moment, why_no_moment
from grantwire.domain.replay import SENDABLE, ReplayId, Wanted
from grantwire.domain.spelling import did_you_mean
from grantwire.domain.webhook import WebhookId

T = TypeVar("T")

EVERY = "*"
MOST_IDS = 1000  # named one by one; more are asked for by webhook and time
MOST_PER_MINUTE = 1_000_000
FIELDS = (
    *("id", "webhooks", "states", "include_delivered", "event_types", "since", "until"),
    *("access_request", "event_ids", "delivery_ids", "per_minute", "dry_run"),
)
_ID = re.compile(r"[A-Za-z0-9._~:@+=-]{1,200}\Z")


@dataclass(frozen=True, slots=True)
class Asked:
    """`id` None is to be given one. With `dry_run` nothing is to be sent."""

    wanted: Wanted
    id: ReplayId | None = None
    per_minute: int | None = None
    dry_run: bool = False


def read_replay(raw: object, known: Mapping[str, WebhookId]) -> Asked:
    """`known` are the webhooks by name; an id (`whk_…`) is taken as it is, for one that was deleted.

    Without `states` those that were given up (dead). Delivered ones only with `include_delivered`.
    Raises `Refused` with every problem."""
    problems: list[Problem] = []
    form = Form(raw, "", problems)
    asked = Asked(
        id=_own_id(form),
        wanted=_wanted(form, known),
        per_minute=form.whole_number("per_minute", least=1, most=MOST_PER_MINUTE),
        dry_run=form.flag("dry_run", default=False),
    )
    form.finish()
    if problems:
        raise Refused("the replay is not valid", problems)
    return asked


def _own_id(form: Form) -> ReplayId | None:
    own_id = form.text("id")
    if own_id is not None and not _ID.match(own_id):
        form.fault(
            "id", "must be 1 to 200 of the characters A-Z a-z 0-9 . _ ~ : @ + = -", "Leave it out to be given one."
        )
    return None if own_id is None else ReplayId(own_id)


def _wanted(form: Form, known: Mapping[str, WebhookId]) -> Wanted:
    wanted = Wanted(
        webhook_ids=_webhooks(form, known),
        states=_states(form),
        event_types=_each(form, "event_types", _event_type),
        since=_moment(form, "since"),
        until=_moment(form, "until"),
        access_request_id=form.text("access_request") or None,
        event_ids=tuple(map(EventId, _ids(form, "event_ids"))),
        delivery_ids=tuple(map(DeliveryId, _ids(form, "delivery_ids"))),
    )
    if wanted.since is not None and wanted.until is not None and wanted.since >= wanted.until:
        form.fault("until", "must be later than since")
    if not (form.has("webhooks") or wanted.is_few or form.has("event_ids") or form.has("delivery_ids")):
        hint = f'Name them, or give "{EVERY}" for all; or name an access_request, event_ids or delivery_ids.'
        form.fault("webhooks", "is missing", hint)
    return wanted


def _webhooks(form: Form, known: Mapping[str, WebhookId]) -> tuple[WebhookId, ...]:
    given = form.texts("webhooks")
    if given == (EVERY,):
        return ()
    if form.has("webhooks") and not given:
        form.fault("webhooks", "must name at least one", f'Give "{EVERY}" for all.')
    return tuple(dict.fromkeys(_found(form, at, name, known) for at, name in enumerate(given)))


def _found(form: Form, at: int, name: str, known: Mapping[str, WebhookId]) -> WebhookId:
    if name in known:
        return known[name]
    if not name.startswith("whk_"):
        otherwise = f"Known are {', '.join(sorted(known)) or 'none yet'}."
        form.fault(
            f"webhooks[{at}]",
            f"there is no webhook named {name[:100]!r}.",
            did_you_mean(name, known, otherwise=otherwise),
        )
    return WebhookId(name)


def _states(form: Form) -> tuple[State, ...]:
    wants_delivered = form.flag("include_delivered", default=False)
    chosen = _each(form, "states", _state)
    if State.DELIVERED in chosen and not wants_delivered:
        hint = "Sending these again repeats what the target already has. If that is meant, add include_delivered: true."
        form.fault("states", "delivered ones are sent again only at an explicit wish.", hint)
    states = chosen or (State.DEAD,)
    return tuple(sorted({*states, State.DELIVERED} if wants_delivered else set(states)))


def _state(word: str) -> State | Problem:
    if word in SENDABLE:
        return State(word)
    why = "has not ended" if word in set(State) else "is no state"
    return Problem("", f"{word[:40]!r} {why}.", one_of(word, sorted(REPLAYABLE)))


def _event_type(word: str) -> str | Problem:
    name = canonical(word)
    return Problem("", f"{word[:80]!r} is no known event type.", hint_for(word)) if name is None else name


def _each(form: Form, name: str, read: Callable[[str], T | Problem]) -> tuple[T, ...]:
    found: dict[T, None] = {}
    for at, word in enumerate(form.texts(name)):
        value = read(word)
        if isinstance(value, Problem):
            form.fault(f"{name}[{at}]", value.message, value.hint)
        else:
            found[value] = None
    return tuple(found)


def _ids(form: Form, name: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(form.texts(name)))
    if form.has(name) and not ids:
        form.fault(name, "must name at least one")
    if len(ids) > MOST_IDS:
        form.fault(name, f"are {len(ids)}, at most {MOST_IDS} can be named", "Ask for them by webhook and time.")
    return ids[:MOST_IDS]


def _moment(form: Form, name: str) -> datetime | None:
    raw: Any = form.take(name)
    found = read_moment(raw)
    if raw is not None and found is None:
        form.fault(name, why_no_moment(raw))
    return found
