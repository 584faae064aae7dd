"""Writes what follows from trips, and takes leases back.

In: the calls of `settle` and `hand_back` that share a transaction. Out: who still held the lease.
Never: a decision about a delivery.
"""

from collections.abc import Sequence
from dataclasses import replace

from grantwire.adapters.store.lines import end
from grantwire.adapters.store.rows_attempt import to_attempt_row, to_receipt_row
from grantwire.adapters.store.rows_delivery import to_handed_back_row, to_settled_row
from grantwire.adapters.store.stamps import to_stamp, to_stamp_or_none
from grantwire.adapters.store.statements import Row
from grantwire.adapters.store.writing import HandBack, Settle, Writing
from grantwire.domain.delivery import ENDED, Claim, State
from grantwire.ports import Settlement

# What became of a settle.
LOST, HELD, MOVED_ON = 0, 1, 2  # the lease was lost; it held; and besides the next one of its line goes now


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


def settle_together(writing: Writing, calls: Sequence[Settle]) -> list[int]:
    """The usual case, in three statements. Raises `LeaseLost` when not every lease held."""
    rows = {call.lease: call.row for call in calls}
    held = writing.hot.settle.run_each(writing.cursor, list(rows.values()))
    if held != len(calls):
        raise LeaseLost
    return _record(writing, calls, [HELD] * len(calls))


def settle_one_by_one(writing: Writing, calls: Sequence[Settle]) -> list[int]:
    held = [HELD if writing.hot.settle.run_each(writing.cursor, [call.row]) == 1 else LOST for call in calls]
    return _record(writing, calls, held)


def hand_back_all(writing: Writing, calls: Sequence[HandBack]) -> None:
    """A lease that was lost meanwhile is somebody else's: nothing happens to it."""
    writing.hot.hand_back.run_each(writing.cursor, [row for call in calls for row in call.rows])


def _record(writing: Writing, calls: Sequence[Settle], became: list[int]) -> list[int]:
    """Every attempt is a fact; a receipt belongs only to whoever held the lease. The last receipt of an access
    request counts (PostgreSQL refuses to write a row twice in one statement)."""
    attempt_rows = [call.attempt_row for call in calls if call.attempt_row is not None]
    receipt_rows: dict[object, Row] = {
        call.receipt_row[:2]: call.receipt_row
        for call, is_held in zip(calls, became, strict=True)
        if is_held and call.receipt_row is not None
    }
    writing.hot.insert_attempts.run(writing.cursor, attempt_rows)
    writing.hot.put_receipts.run(writing.cursor, list(receipt_rows.values()))
    for place, call in enumerate(calls):
        if call.line is not None and became[place] and end(writing, call):
            became[place] = MOVED_ON
    return became
