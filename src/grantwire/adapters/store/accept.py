"""Writes events with all their deliveries.

In: the calls of `accept` that share a transaction. Out: what became of each admission. Never: an exception for a
conflict (the calls beside it must not notice it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sqlalchemy import select

from grantwire.adapters.store.lines import End, queue_up
from grantwire.adapters.store.rows_delivery import of_first_answer, to_delivery_row
from grantwire.adapters.store.rows_event import Digest, is_same_content, to_event_row
from grantwire.adapters.store.stamps import to_stamp
from grantwire.adapters.store.statements import Row
from grantwire.adapters.store.tables import deliveries, events
from grantwire.adapters.store.writing import Accept, Writing
from grantwire.domain.line import Line
from grantwire.ports import Acceptance, Admission, Arrival, NewDelivery

# What is known of an event: its body, or the digest of one that was removed; the deliveries it was first answered with.
_OnRecord = tuple[bytes | Digest, tuple[NewDelivery, ...]]


def to_accept(admissions: Sequence[Admission]) -> Accept:
    """Makes the rows ready, outside any transaction."""
    event_rows, delivery_rows = [], []
    has_lines = False
    for admission in admissions:
        accepted_at = to_stamp(admission.event.accepted_at)
        event_rows.append(to_event_row(admission.event, accepted_at))
        delivery_rows.append([to_delivery_row(one, accepted_at) for one in admission.deliveries])
        has_lines = has_lines or any(one.line is not None for one in admission.deliveries)
    return Accept(admissions, event_rows, delivery_rows, has_lines)


def accept_all(writing: Writing, calls: Sequence[Accept]) -> list[list[Acceptance]]:
    """A call with a conflicting admission writes nothing; its other admissions are answered as if it had."""
    seq = writing.hot.last_event.run(writing.cursor, ()).fetchone()[0] or 0
    are_written = _write_as_new(writing, calls, seq)
    known = {} if are_written else _known(writing, calls)
    rows = _Rows()
    ends: dict[Line, End] = {}
    answers = []
    for call in calls:
        fresh: dict[str, int] = {}
        met = _meet(call, known, fresh)
        written = _in_lines(writing, call, fresh, ends) if call.has_lines else call.admissions
        for index in fresh.values():
            admission = written[index]
            known[admission.event.id] = (admission.event.body, admission.deliveries)
            seq += 1
            if not are_written:
                rows.events.append((seq, *call.event_rows[index]))
            rows.add(call, index, admission, seq=seq)
        answers.append(_as_written(met, known) if call.has_lines else met)
    writing.hot.insert_events.run(writing.cursor, rows.events)
    writing.hot.insert_deliveries.run(writing.cursor, rows.deliveries)
    writing.hot.insert_in_line.run(writing.cursor, rows.in_line)
    return answers


def _write_as_new(writing: Writing, calls: Sequence[Accept], seq: int) -> bool:
    """Almost always no event is known yet: they are written as if none were, which costs less than asking first. When
    one is, none of them stays."""
    rows = chain.from_iterable(call.event_rows for call in calls)
    numbered = [(number, *row) for number, row in enumerate(rows, start=seq + 1)]
    if writing.hot.insert_events.run(writing.cursor, numbered) == len(numbered):
        return True
    writing.hot.take_back_events.run(writing.cursor, (seq,))
    return False


class _Rows:
    """Of one transaction."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.deliveries: list[Row] = []
        self.in_line: list[Row] = []

    def add(self, call: Accept, index: int, admission: Admission, *, seq: int) -> None:
        if not call.has_lines:
            self.deliveries += [(*row, seq) for row in call.delivery_rows[index]]
            return
        accepted_at = to_stamp(admission.event.accepted_at)
        for one in admission.deliveries:
            row = (*to_delivery_row(one, accepted_at), seq)
            if one.line is None:
                self.deliveries.append(row)
            else:
                self.in_line.append((*row, one.line))


def _in_lines(
    writing: Writing, call: Accept, fresh: Mapping[str, int], ends: dict[Line, End]
) -> Mapping[int, Admission]:
    """The fresh admissions, with those deliveries blocked that have to wait."""
    admissions = {index: call.admissions[index] for index in fresh.values()}
    return {index: replace(one, deliveries=queue_up(writing, one, ends)) for index, one in admissions.items()}


def _as_written(met: Sequence[Acceptance], known: Mapping[str, _OnRecord]) -> list[Acceptance]:
    """What was just written may have been blocked."""
    return [
        replace(answer, deliveries=known[answer.event_id][1])
        if answer.event_id in known and answer.arrival is not Arrival.CONFLICTING
        else answer
        for answer in met
    ]


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
    """The events of these calls that are on record already."""
    ids = [admission.event.id for call in calls for admission in call.admissions]
    return {row[0]: _on_record(writing, row[0]) for row in writing.hot.known_events.run(writing.cursor, ids)}


def _on_record(writing: Writing, event_id: str) -> _OnRecord:
    e = events.c
    seq, body, digest = writing.sql.execute(select(e.seq, e.body, e.digest).where(e.id == event_id)).one()
    d = deliveries.c
    asked = select(d.id, d.webhook_id, d.webhook_name, d.state, d.why, d.created_at, d.ended_at)
    first = asked.where(d.event_seq == seq, d.replay_of.is_(None)).order_by(d.id)
    said = body if digest is None else Digest(digest)
    return said, tuple(of_first_answer(row) for row in writing.sql.execute(first))
