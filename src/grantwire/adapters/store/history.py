"""The history of webhooks.

In: changes whose secrets are masked already. Out: pages of them. Never: an edit of what is on record.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from grantwire.adapters.store.pages import of_cursor, page_of
from grantwire.adapters.store.stamps import of_stamp
from grantwire.adapters.store.tables import webhook_changes
from grantwire.adapters.store.texts import storable
from grantwire.adapters.store.writing import Writing
from grantwire.domain.change import Change, RecordedChange, What
from grantwire.domain.webhook import WebhookId
from grantwire.ports import Page

_C = webhook_changes.c


def record_change(writing: Writing, row: Mapping[str, Any], change: Change) -> None:
    """`row` is that of the webhook as it now is, or was last."""
    values = {
        "webhook_id": row["id"],
        "webhook_name": row["name"],
        "version": row["version"],
        "what": change.what.value,
        "changed_by": storable(change.by),
        "changed_at": row["changed_at"],
        "why": storable(change.why),
        "before": _to_text(change.before),
        "after": _to_text(change.after),
    }
    writing.sql.execute(insert(webhook_changes).values(values))


def changes_page(
    connection: Connection, webhook_id: WebhookId, *, limit: int, after: str | None
) -> Page[RecordedChange]:
    statement = select(webhook_changes).where(_C.webhook_id == webhook_id)
    if after is not None:
        statement = statement.where(_C.seq < of_cursor(after, tuple[int])[0])
    rows = connection.execute(statement.order_by(_C.seq.desc()).limit(limit + 1)).all()
    return page_of(rows, limit=limit, value=_of_row, key=lambda row: (row.seq,))


def _of_row(row: Any) -> RecordedChange:
    change = Change(What(row.what), row.changed_by, _of_text(row.before), _of_text(row.after), row.why)
    return RecordedChange(row.webhook_name, row.version, of_stamp(row.changed_at), change)


def _to_text(definition: Mapping[str, Any] | None) -> str | None:
    return None if definition is None else storable(msgspec.json.encode(definition).decode())


def _of_text(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)
