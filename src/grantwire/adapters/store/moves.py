"""Moves of deliveries that a person or a pause asks for: hold, release, retry now, cancel, skip, replay.

In: which deliveries, the time. Out: how many were moved, or the delivery as it is now. Never: a delivery that is being
sent (its worker settles it).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select, text, update

from grantwire.adapters.store import lines, look_deliveries
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.tables import NOT_SENDING, deliveries, events
from grantwire.adapters.store.texts import storable
from grantwire.adapters.store.writing import Writing
from grantwire.domain.delivery import ENDED, REPLAYABLE, Delivery, DeliveryId, State
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.replay_step import NewReplay
from grantwire.domain.retention import KEPT_SHORTER
from grantwire.domain.webhook import WebhookId

RETRIED = "retried now"
_Values = Mapping[str, Any]


def hold(writing: Writing, webhook_id: WebhookId, *, why: str, limit: int) -> int:
    values = {"state": State.HELD.value, "why": storable(why), "due_at": None}
    return _move(writing, webhook_id, from_states=(State.PENDING, State.WAITING), values=values, limit=limit)


def release(writing: Writing, webhook_id: WebhookId, *, due_at: datetime, limit: int) -> int:
    values = {"state": State.PENDING.value, "why": "", "due_at": to_stamp(due_at)}
    return _move(writing, webhook_id, from_states=(State.HELD,), values=values, limit=limit)


def cancel_all(writing: Writing, webhook_id: WebhookId, *, now: datetime, why: str, limit: int) -> int:
    # The blocked ones first, so that hardly any of them has to be let go before it is cancelled.
    states = (State.BLOCKED, State.PENDING, State.WAITING, State.HELD)
    return _move(writing, webhook_id, from_states=states, values=_cancelled(now, why), limit=limit)


def expire(
    writing: Writing, webhook_id: WebhookId, *, created_before: datetime, now: datetime, why: str, limit: int
) -> int:
    values = {"state": State.DEAD.value, "why": storable(why), "due_at": None, "ended_at": to_stamp(now)}
    states, before = (State.HELD, State.WAITING, State.PENDING), to_stamp(created_before)
    return _move(writing, webhook_id, from_states=states, values=values, limit=limit, created_before=before)


def retry_now(writing: Writing, delivery_id: DeliveryId, *, now: datetime) -> Delivery:
    _must_be(writing, delivery_id, states=(State.WAITING, State.HELD), wish=RETRIED)
    return _put(writing, delivery_id, {"state": State.PENDING.value, "why": "", "due_at": to_stamp(now)})


def cancel(writing: Writing, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
    states = (State.PENDING, State.WAITING, State.HELD, State.BLOCKED)
    _must_be(writing, delivery_id, states=states, wish="cancelled")
    found = _put(writing, delivery_id, _cancelled(now, why))
    lines.leave_all(writing, [delivery_id], due_at=to_stamp(now))
    return found


def skip(writing: Writing, delivery_id: DeliveryId, *, now: datetime, why: str) -> Delivery:
    found = _must_be(writing, delivery_id, states=(State.DEAD,), wish="skipped")
    if found.line is None:
        problem = Problem("", "Nothing waits behind it.", "Only a dead one that keeps others waiting can be skipped.")
        raise Refused(f"Delivery {delivery_id} cannot be skipped.", [problem], why=Refusal.CONFLICT)
    lines.leave_all(writing, [delivery_id], due_at=to_stamp(now))
    return _put(writing, delivery_id, {"state": State.SKIPPED.value, "why": storable(why), "ended_at": to_stamp(now)})


def replay(writing: Writing, replays: Sequence[NewReplay], *, now: datetime) -> Sequence[Delivery]:
    """All are looked at before any is written: a refusal leaves nothing behind."""
    for one in replays:
        _must_be(writing, one.replay_of, states=sorted(REPLAYABLE), wish="replayed")
    _must_have_payloads(writing, [one.replay_of for one in replays])
    _write_replays(writing, replays, _on_record(writing, replays), now=to_stamp(now))
    return [_found(writing, one.id) for one in replays]


def replay_those_left(writing: Writing, replays: Sequence[NewReplay], *, states: Iterable[State], now: datetime) -> int:
    """The same for those that are still in one of `states`, have their payload and were not replayed meanwhile; how
    many. A few statements however many there are, but for those that stand in lines."""
    olds = {
        id_: old
        for id_, old in _on_record(writing, replays).items()
        if State(old.state) in states and old.has_payload and not old.was_replayed
    }
    left = [one for one in replays if one.replay_of in olds]
    _write_replays(writing, left, olds, now=to_stamp(now))
    return len(left)


def _on_record(writing: Writing, replays: Sequence[NewReplay]) -> Mapping[str, Any]:
    d, e, again = deliveries.c, events.c, deliveries.alias("again")
    was_replayed = exists().where(again.c.replay_of == d.id, text("again.replay_of IS NOT NULL"))
    asked = select(
        *(d.id, d.webhook_id, d.state, d.attempts, d.event_seq, d.line),
        *(was_replayed.label("was_replayed"), e.digest.is_(None).label("has_payload")),
    ).join_from(deliveries, events, e.seq == d.event_seq)
    found = writing.sql.execute(asked.where(d.id.in_([one.replay_of for one in replays])))
    return {row.id: row for row in found}


def _write_replays(writing: Writing, replays: Sequence[NewReplay], olds: Mapping[str, Any], *, now: int) -> None:
    rows = [_replay_row(one, olds[one.replay_of], now=now) for one in replays]
    free = [row for row in rows if row["line"] is None]
    if free:
        writing.sql.execute(insert(deliveries), free)
    for row in rows:
        if row["line"] is not None:
            lines.step_in(writing, row)


def _replay_row(replay: NewReplay, old: Any, *, now: int) -> dict[str, Any]:
    """A replay of one that holds its line takes its place; of others, it has a place if its webhook keeps the order.
    What was tried and not delivered may have been taken all the same: a webhook that can ask does so first."""
    return {
        "id": replay.id,
        "webhook_id": old.webhook_id,
        "webhook_name": replay.webhook_name,
        "state": replay.state.value,
        "why": storable(replay.why),
        "attempts": 0,
        "is_ambiguous": 1 if old.attempts and old.state != State.DELIVERED.value else 0,
        "created_at": now,
        "due_at": now if replay.state is State.PENDING else None,
        "event_seq": old.event_seq,
        "replay_of": replay.replay_of,
        "line": old.line or replay.line,
    }


def _must_have_payloads(writing: Writing, delivery_ids: Sequence[DeliveryId]) -> None:
    d = deliveries.c
    asked = select(d.id).join_from(deliveries, events, events.c.seq == d.event_seq).where(d.id.in_(delivery_ids))
    found = writing.sql.execute(asked.where(events.c.digest.is_not(None)).limit(1)).scalar_one_or_none()
    if found is not None:
        problem = Problem("", "The payload of its event was removed, so there is nothing left to send.", KEPT_SHORTER)
        raise Refused(f"Delivery {found} cannot be replayed.", [problem], why=Refusal.CONFLICT)


def take_back(writing: Writing, *, now: datetime) -> int:
    sending = deliveries.c.state == State.SENDING.value
    return int(writing.sql.execute(update(deliveries).where(sending).values(due_at=to_stamp(now))).rowcount)


def _cancelled(now: datetime, why: str) -> _Values:
    return {"state": State.CANCELLED.value, "why": storable(why), "due_at": None, "ended_at": to_stamp(now)}


def _move(
    writing: Writing,
    webhook_id: WebhookId,
    *,
    from_states: Sequence[State],
    values: _Values,
    limit: int,
    created_before: int | None = None,
) -> int:
    """State by state, oldest first, up to the limit: each an index search."""
    moved = 0
    for state in from_states:
        ids = _oldest(writing, webhook_id, state=state, limit=limit - moved, created_before=created_before)
        if ids:
            writing.sql.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(values))
            if values["state"] in ENDED:
                lines.leave_all(writing, ids, due_at=values["ended_at"])
        moved += len(ids)
    return moved


def _oldest(
    writing: Writing, webhook_id: WebhookId, *, state: State, limit: int, created_before: int | None
) -> Sequence[str]:
    d = deliveries.c
    statement = (
        select(d.id)
        .where(d.webhook_id == webhook_id, d.state == state.value, NOT_SENDING)
        .order_by(d.created_at, d.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if created_before is not None:
        statement = statement.where(d.created_at < created_before)
    return writing.sql.execute(statement).scalars().all()


def _must_be(writing: Writing, delivery_id: DeliveryId, *, states: Sequence[State], wish: str) -> Any:
    """Its row: webhook, state, event and line."""
    d = deliveries.c
    asked = select(d.webhook_id, d.state, d.event_seq, d.line).where(d.id == delivery_id).with_for_update()
    found = writing.sql.execute(asked).one_or_none()
    if found is None:
        raise Refused(f"There is no delivery {delivery_id}.", why=Refusal.NOT_FOUND)
    if State(found.state) not in states:
        allowed = " or ".join(one.value for one in states)
        hint = f"Only one that is {allowed} can be {wish}."
        if wish == RETRIED and State(found.state) in REPLAYABLE:
            hint += (
                f" Replay it: POST /v1/deliveries/{delivery_id}/replay, or grantwire deliveries replay {delivery_id}."
            )
        problem = Problem("", f"It is {found.state}.", hint)
        raise Refused(f"Delivery {delivery_id} cannot be {wish}.", [problem], why=Refusal.CONFLICT)
    return found


def _put(writing: Writing, delivery_id: DeliveryId, values: _Values) -> Delivery:
    writing.sql.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))
    return _found(writing, delivery_id)


def _found(writing: Writing, delivery_id: DeliveryId) -> Delivery:
    found = look_deliveries.delivery(writing.sql, delivery_id)
    assert found is not None  # noqa: S101 - the row was there a statement ago, in this transaction
    return found
