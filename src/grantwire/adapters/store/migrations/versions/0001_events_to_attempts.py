"""Events, deliveries, attempts and receipts; webhooks, keys and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _events()
    _deliveries()
    _delivery_indexes()
    _attempts()
    _webhooks()
    _keys()


def _serial() -> sa.Column[int]:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True)


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _events() -> None:
    op.create_table(
        "events",
        _serial(),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("access_request_id", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_events_id", "events", ["id"], unique=True)
    op.create_index("ix_events_accepted", "events", ["accepted_at", "seq"])
    op.create_index("ix_events_type", "events", ["type", "accepted_at", "seq"])
    _partial_index(
        "ix_events_access_request",
        "events",
        ["access_request_id", "accepted_at", "seq"],
        "access_request_id IS NOT NULL",
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("webhook_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("is_ambiguous", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("token", sa.Text),
        sa.Column("event_seq", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _delivery_indexes() -> None:
    op.create_index("ix_deliveries_event", "deliveries", ["event_seq"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "created_at", "id"])
    _partial_index("ix_deliveries_due", "deliveries", ["webhook_id", "due_at"], "due_at IS NOT NULL")
    _partial_index(
        "ix_deliveries_webhook", "deliveries", ["webhook_id", "state", "created_at", "id"], "state <> 'sending'"
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        _serial(),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Text),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("detail", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_attempts_id", "attempts", ["id"], unique=True)
    op.create_index("ix_attempts_delivery", "attempts", ["delivery_id", "number"])
    op.create_table(
        "receipts",
        sa.Column("webhook_id", sa.Text, primary_key=True),
        sa.Column("access_request_id", sa.Text, primary_key=True),
        sa.Column("captured", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("paused_why", sa.Text),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_webhooks_name", "webhooks", ["name"], unique=True)


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("cache_key", sa.Text, primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
    )
    op.create_table("meta", sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))
