"""Removes what was kept long enough.

In: a write transaction, events that may lose something. Out: how many records went. Never: half of an event's records
in one transaction and half in another, so nothing is ever left without what it belongs to.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, exists, insert, select

from grantwire.adapters.store.outdated import Doomed, may_go
from grantwire.adapters.store.rows_attempt import without_payload
from grantwire.adapters.store.rows_event import digest_of
from grantwire.adapters.store.tables import (
    HAS_ACCESS_REQUEST,
    attempts,
    deliveries,
    event_facts,
    events,
    fact_values,
    receipts,
)
from grantwire.adapters.store.writing import Writing
from grantwire.domain.retention import ENDS_REQUEST, Kind, Removed

_F = event_facts.c
_V = fact_values.c
_R = receipts.c


def remove(writing: Writing, kind: Kind, event_seqs: Sequence[int], *, before: int) -> Removed:
    """Asks anew what may go: since the candidates were found, one may have been replayed."""
    doomed = may_go(writing.sql, kind, event_seqs, before=before)
    if not doomed:
        return Removed()
    if kind is Kind.PAYLOADS:
        return _empty(writing, doomed)
    removed = Removed(attempts=_remove_attempts(writing, doomed))
    if kind is not Kind.ATTEMPTS:
        removed += Removed(deliveries=_remove_deliveries(writing, doomed))
    if kind is Kind.EVENTS:
        removed += Removed(events=_remove_events(writing, doomed))
    return removed


def _empty(writing: Writing, doomed: Sequence[Doomed]) -> Removed:
    """The bodies of events and of their attempts go; a digest of each event's stays, for repetitions of it."""
    e, a = events.c, attempts.c
    whole = _taken_out(writing, events, e.seq.in_([one.seq for one in doomed]))
    writing.sql.execute(insert(events), [{**row, "body": b"", "digest": digest_of(row["body"])} for row in whole])
    seqs = [seq for one in doomed for seq in one.attempt_seqs]
    if seqs:
        tried = _taken_out(writing, attempts, a.seq.in_(seqs))
        writing.sql.execute(insert(attempts), [{**row, "detail": without_payload(row["detail"])} for row in tried])
    return Removed(payloads=len(doomed))


def _taken_out(writing: Writing, table: Table, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Rows to be put back smaller. An update would leave them where they are, in pages that are then nearly empty and
    are not filled again: SQLite closes such gaps only when rows are deleted (measured in decision 24)."""
    found = writing.sql.execute(select(table).where(which)).mappings().all()
    writing.sql.execute(delete(table).where(which))
    return [dict(row) for row in found]


def _remove_attempts(writing: Writing, doomed: Sequence[Doomed]) -> int:
    seqs = [seq for one in doomed for seq in one.attempt_seqs]
    if seqs:
        writing.sql.execute(delete(attempts).where(attempts.c.seq.in_(seqs)))
    return len(seqs)


def _remove_deliveries(writing: Writing, doomed: Sequence[Doomed]) -> int:
    ids = [delivery_id for one in doomed for delivery_id in one.delivery_ids]
    if ids:
        writing.sql.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
    return len(ids)


def _remove_events(writing: Writing, doomed: Sequence[Doomed]) -> int:
    seqs = [one.seq for one in doomed]
    _remove_facts(writing, seqs)
    writing.sql.execute(delete(events).where(events.c.seq.in_(seqs)))
    _remove_receipts(writing, doomed)
    return len(seqs)


def _remove_facts(writing: Writing, seqs: Sequence[int]) -> None:
    """A value that no event says any more goes too: it may be somebody's name."""
    value_ids = set(writing.sql.execute(select(_F.value_id).where(_F.event_seq.in_(seqs))).scalars())
    if not value_ids:
        return
    writing.sql.execute(delete(event_facts).where(_F.event_seq.in_(seqs)))
    is_said = exists().where(_F.value_id == _V.id)
    writing.sql.execute(delete(fact_values).where(_V.id.in_(value_ids), ~is_said))


def _remove_receipts(writing: Writing, doomed: Sequence[Doomed]) -> None:
    """With the last event of an access request, if it ended the request: one that lives on still needs its receipt."""
    e = events.c
    ended = {one.access_request_id for one in doomed if one.type in ENDS_REQUEST and one.access_request_id is not None}
    if not ended:
        return
    of_them = select(e.access_request_id).where(e.access_request_id.in_(ended), HAS_ACCESS_REQUEST)
    over = ended.difference(writing.sql.execute(of_them).scalars())
    for webhook_id in _webhooks_with_receipts(writing) if over else ():
        writing.sql.execute(delete(receipts).where(_R.webhook_id == webhook_id, _R.access_request_id.in_(over)))


def _webhooks_with_receipts(writing: Writing) -> Iterator[str]:
    """Hops from webhook to webhook through the primary key."""
    asked = select(_R.webhook_id).order_by(_R.webhook_id).limit(1)
    found: str | None = ""
    while (found := writing.sql.execute(asked.where(_R.webhook_id > found)).scalar_one_or_none()) is not None:
        yield found
