"""Writes events with all their deliveries.

In: the calls of `accept` that share a transaction. Out: what became of each admission. Never: an exception for a
conflict (the calls beside it must not notice it).
"""

from collections.abc import Sequence

from sqlalchemy import select

from grantwire.adapters.store.rows_delivery import of_first_answer, to_delivery_row
from grantwire.adapters.store.rows_event import is_same_content, to_event_row
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.statements import Row
from grantwire.adapters.store.tables import deliveries, events
from grantwire.adapters.store.writing import Accept, Writing
from grantwire.ports import Acceptance, Admission, Arrival, NewDelivery

# What is known of an event: its body, and the deliveries it was first answered with.
_OnRecord = tuple[bytes, tuple[NewDelivery, ...]]


def to_accept(admissions: Sequence[Admission]) -> Accept:
    """Makes the rows ready, outside any transaction."""
    event_rows, delivery_rows = [], []
    for admission in admissions:
        accepted_at = to_stamp(admission.event.accepted_at)
        event_rows.append(to_event_row(admission.event, accepted_at))
        delivery_rows.append([to_delivery_row(one, accepted_at) for one in admission.deliveries])
    return Accept(admissions, event_rows, delivery_rows)


def accept_all(writing: Writing, calls: Sequence[Accept]) -> list[list[Acceptance]]:
    """A call with a conflicting admission writes nothing; its other admissions are answered as if it had."""
    known = _known(writing, calls)
    event_rows: list[Row] = []
    delivery_rows: list[Row] = []
    answers = []
    seq = writing.hot.last_event.run(writing.cursor, ()).fetchone()[0] or 0
    for call in calls:
        fresh: dict[str, int] = {}
        met = _meet(call, known, fresh)
        answers.append(met)
        for index in fresh.values():
            admission = call.admissions[index]
            known[admission.event.id] = (admission.event.body, admission.deliveries)
            seq += 1
            event_rows.append((seq, *call.event_rows[index]))
            delivery_rows += [(*row, seq) for row in call.delivery_rows[index]]
    writing.hot.insert_events.run(writing.cursor, event_rows)
    writing.hot.insert_deliveries.run(writing.cursor, delivery_rows)
    return answers


def _meet(call: Accept, known: dict[str, _OnRecord], fresh: dict[str, int]) -> list[Acceptance]:
    """What becomes of each admission; fills `fresh` with the places of those to be written."""
    answers: list[Acceptance] = []
    is_refused = False
    for index, admission in enumerate(call.admissions):
        event = admission.event
        earlier = known.get(event.id)
        if earlier is None and event.id in fresh:
            twin = call.admissions[fresh[event.id]]
            earlier = (twin.event.body, twin.deliveries)
        if earlier is None:
            fresh[event.id] = index
            answers.append(Acceptance(Arrival.NEW, event.id, admission.deliveries))
        elif is_same_content(earlier[0], event.body):
            answers.append(Acceptance(Arrival.REPEATED, event.id, earlier[1]))
        else:
            is_refused = True
            answers.append(Acceptance(Arrival.CONFLICTING, event.id, ()))
    if is_refused:
        fresh.clear()
    return answers


def _known(writing: Writing, calls: Sequence[Accept]) -> dict[str, _OnRecord]:
    """The events of these calls that are on record already; almost always none."""
    ids = [admission.event.id for call in calls for admission in call.admissions]
    return {row[0]: _on_record(writing, row[0]) for row in writing.hot.known_events.run(writing.cursor, ids)}


def _on_record(writing: Writing, event_id: str) -> _OnRecord:
    seq, body = writing.sql.execute(select(events.c.seq, events.c.body).where(events.c.id == event_id)).one()
    d = deliveries.c
    first = select(d.id, d.webhook_id, d.webhook_name, d.state, d.why).where(d.event_seq == seq).order_by(d.id)
    return body, tuple(of_first_answer(row) for row in writing.sql.execute(first))
