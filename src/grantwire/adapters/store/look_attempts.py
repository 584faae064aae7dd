"""Questions about attempts and receipts.

In: a connection that reads, ids. Out: domain values. Never: a write, a scan of a table.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from grantwire.adapters.store.rows_attempt import of_attempt_row, of_receipt_row
from grantwire.adapters.store.tables import attempts, receipts
from grantwire.domain.attempt import Attempt, AttemptId
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.receipt import Receipt
from grantwire.domain.webhook import WebhookId


def attempts_of(connection: Connection, delivery_id: DeliveryId) -> Sequence[Attempt]:
    """Oldest first."""
    a = attempts.c
    statement = select(attempts).where(a.delivery_id == delivery_id).order_by(a.number, a.seq)
    return [of_attempt_row(row) for row in connection.execute(statement)]


def attempt(connection: Connection, attempt_id: AttemptId) -> Attempt | None:
    row = connection.execute(select(attempts).where(attempts.c.id == attempt_id)).one_or_none()
    return None if row is None else of_attempt_row(row)


def receipt(connection: Connection, webhook_id: WebhookId, access_request_id: str) -> Receipt | None:
    r = receipts.c
    statement = select(receipts).where(r.webhook_id == webhook_id, r.access_request_id == access_request_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else of_receipt_row(row)
