"""Leases due deliveries to one worker.

In: how many of which webhook, the times. Out: rows of what was leased, each with its event. Never: a row another
worker holds, the parsing of an event (that needs no transaction).
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Dialect, bindparam, literal_column, select, update

from grantwire.adapters.store.statements import Prepared
from grantwire.adapters.store.tables import deliveries, events
from grantwire.adapters.store.writing import Writing
from grantwire.domain.delivery import State
from grantwire.domain.webhook import WebhookId


class Due(NamedTuple):
    """A due delivery beside its event, in the order of the SELECT."""

    id: str
    webhook_id: str
    state: str
    attempts: int
    is_ambiguous: int
    created_at: int
    due_at: int
    event_id: str
    type: str
    family: str
    occurred_at: int
    accepted_at: int
    access_request_id: str | None
    body: bytes


class ClaimStatements:
    """Compiled once for a store."""

    def __init__(self, dialect: Dialect) -> None:
        d, e = deliveries.c, events.c
        due = (
            select(
                *(d.id, d.webhook_id, d.state, d.attempts, d.is_ambiguous, d.created_at, d.due_at),
                *(e.id, e.type, e.family, e.occurred_at, e.accepted_at, e.access_request_id, e.body),
            )
            .join_from(deliveries, events, e.id == d.event_id)
            .where(d.webhook_id == bindparam("webhook"), d.due_at <= bindparam("now"))
            .order_by(d.due_at)
            .limit(bindparam("most"))
            .offset(literal_column("0"))  # SQLite's dialect writes one anyway, as a parameter
            .with_for_update(of=deliveries, skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
        )
        lease = (
            update(deliveries)
            .ordered_values(
                (d.state, bindparam("new_state")),
                (d.is_ambiguous, bindparam("ambiguous")),
                (d.due_at, bindparam("lease_until")),
                (d.token, bindparam("lease")),
            )
            .where(d.id == bindparam("delivery"))
        )
        self.due = Prepared(due, dialect, ["webhook", "now", "most"])
        self.lease = Prepared(lease, dialect, ["new_state", "ambiguous", "lease_until", "lease", "delivery"])


def claim_due(
    writing: Writing,
    room: Mapping[WebhookId, int],
    *,
    statements: ClaimStatements,
    now: int,
    lease_until: int,
    token: str,
) -> list[Due]:
    """Oldest due first. What is still `sending` lost its worker on the way, so the target may have got it."""
    found: list[Due] = []
    for webhook_id, most in room.items():
        if most > 0:
            statements.due.run(writing.cursor, (webhook_id, now, most))
            found += map(Due._make, writing.cursor.fetchall())
    found.sort(key=_by_due)
    rows = [(State.SENDING.value, is_ambiguous(one), lease_until, token, one.id) for one in found]
    statements.lease.run_each(writing.cursor, rows)
    return found


def is_ambiguous(due: Due) -> int:
    return 1 if due.is_ambiguous or due.state == State.SENDING.value else 0


def _by_due(due: Due) -> tuple[int, str]:
    return due.due_at, due.id
