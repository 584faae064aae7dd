"""Writes what follows from trips, and takes leases back.

In: the calls of `settle` and `hand_back` that share a transaction. Out: who still held the lease.
Never: a decision about a delivery.
"""

from collections.abc import Sequence
from dataclasses import replace

from grantwire.adapters.store.lines import end_all
from grantwire.adapters.store.rows_attempt import to_attempt_row, to_receipt_row
from grantwire.adapters.store.rows_delivery import to_handed_back_row, to_settled_row
from grantwire.adapters.store.stamps import to_stamp, to_stamp_or_none
from grantwire.adapters.store.statements import Row
from grantwire.adapters.store.writing import HandBack, Settle, Writing
from grantwire.domain.delivery import ENDED, Claim, State
from grantwire.ports import Settlement


class LeaseLost(Exception):
    """Somebody of the group had lost a lease: settle one by one to learn who."""


def to_settle(settlement: Settlement) -> Settle:
    """Makes the rows ready, outside any transaction."""
    claim = settlement.claim
    made = Settle(
        lease=(claim.delivery_id, claim.token),
        row=to_settled_row(settlement),
        attempt_row=None if settlement.attempt is None else to_attempt_row(settlement.attempt),
        receipt_row=None if settlement.receipt is None else to_receipt_row(settlement.receipt),
    )
    if claim.line is None or settlement.state not in ENDED:
        return made
    return replace(
        made,
        line=(claim.webhook_id, claim.line),
        ended_at=to_stamp(settlement.settled_at),
        holds_until=to_stamp_or_none(settlement.holds_line_until) if settlement.state is State.DEAD else None,
    )


def to_hand_back(claims: Sequence[Claim], *, due_at: int) -> HandBack:
    return HandBack([to_handed_back_row(claim, due_at) for claim in claims])


def settle_together(writing: Writing, calls: Sequence[Settle]) -> list[bool]:
    """The usual case, in three statements. Raises `LeaseLost` when not every lease held."""
    rows = {call.lease: call.row for call in calls}
    held = writing.hot.settle.run_each(writing.cursor, list(rows.values()))
    if held != len(calls):
        raise LeaseLost
    _record(writing, calls, winners=calls)
    return [True] * len(calls)


def settle_one_by_one(writing: Writing, calls: Sequence[Settle]) -> list[bool]:
    held = [writing.hot.settle.run_each(writing.cursor, [call.row]) == 1 for call in calls]
    _record(writing, calls, winners=[call for call, is_held in zip(calls, held, strict=True) if is_held])
    return held


def hand_back_all(writing: Writing, calls: Sequence[HandBack]) -> None:
    """A lease that was lost meanwhile is somebody else's: nothing happens to it."""
    writing.hot.hand_back.run_each(writing.cursor, [row for call in calls for row in call.rows])


def _record(writing: Writing, calls: Sequence[Settle], *, winners: Sequence[Settle]) -> None:
    """Every attempt is a fact; a receipt belongs only to whoever held the lease. The last receipt of an access
    request counts (PostgreSQL refuses to write a row twice in one statement)."""
    attempt_rows = [call.attempt_row for call in calls if call.attempt_row is not None]
    receipt_rows: dict[object, Row] = {
        call.receipt_row[:2]: call.receipt_row for call in winners if call.receipt_row is not None
    }
    writing.hot.insert_attempts.run(writing.cursor, attempt_rows)
    writing.hot.put_receipts.run(writing.cursor, list(receipt_rows.values()))
    end_all(writing, {call.lease: call for call in winners if call.line is not None}.values())
