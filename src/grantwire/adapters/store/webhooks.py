"""Webhooks on record.

In: rows whose secrets are sealed already. Out: rows. Never: a secret in the clear.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from grantwire.adapters.store.history import record_change
from grantwire.adapters.store.tables import webhooks
from grantwire.adapters.store.writing import Writing
from grantwire.domain.change import Change
from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.webhook import WebhookId

_W = webhooks.c


def all_webhooks(connection: Connection) -> Sequence[Any]:
    """By name."""
    return connection.execute(select(webhooks).order_by(_W.name)).all()


def put_webhook(
    writing: Writing, row: dict[str, Any], *, expected_version: int | None, change: Change | None = None
) -> int:
    """`row` has every column but the version. The new version."""
    present = _version(writing, row["id"])
    _check_version(row["name"], present=present, expected=expected_version)
    _check_name(writing, row)
    version = (present or 0) + 1
    values = {**row, "version": version}
    if present is None:
        writing.sql.execute(insert(webhooks).values(values))
    else:
        writing.sql.execute(update(webhooks).where(_W.id == row["id"]).values(values))
    if change is not None:
        record_change(writing, values, change)
    return version


def delete_webhook(writing: Writing, webhook_id: WebhookId, *, changed_at: int, change: Change | None) -> None:
    row = writing.sql.execute(select(_W.id, _W.name, _W.version).where(_W.id == webhook_id)).mappings().one_or_none()
    if row is not None and change is not None:
        record_change(writing, {**row, "changed_at": changed_at}, change)
    writing.sql.execute(delete(webhooks).where(_W.id == webhook_id))


def _version(writing: Writing, webhook_id: str) -> int | None:
    return writing.sql.execute(select(_W.version).where(_W.id == webhook_id)).scalar_one_or_none()


def _check_version(name: str, *, present: int | None, expected: int | None) -> None:
    match (present, expected):
        case (None, None | 0) | (_, None):
            return
        case (None, _):
            raise Refused(f"The webhook {name!r} is gone.", why=Refusal.PRECONDITION_FAILED)
        case (_, 0):
            raise Refused(f"The webhook {name!r} exists already.", why=Refusal.CONFLICT)
        case _ if present != expected:
            problem = Problem(
                "", f"It is at version {present}, not {expected}.", "Read it again and repeat the change."
            )
            raise Refused(
                f"The webhook {name!r} was changed by somebody else.", [problem], why=Refusal.PRECONDITION_FAILED
            )


def _check_name(writing: Writing, row: dict[str, Any]) -> None:
    statement = select(_W.id).where(_W.name == row["name"], _W.id != row["id"])
    if writing.sql.execute(statement).first() is not None:
        problem = Problem("name", f"There is a webhook {row['name']!r} already.", "Choose another name.")
        raise Refused("The name is taken.", [problem], why=Refusal.CONFLICT)
