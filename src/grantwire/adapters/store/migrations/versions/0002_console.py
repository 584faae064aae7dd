"""People and their sessions; the history of webhooks; what their invocations of each hour came to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

LATENCIES = 10  # as many as `grantwire.domain.webhook_hour` had buckets when this was written


def upgrade() -> None:
    _people()
    _history()
    _hours()


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_people_email", "people", ["email"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sessions_ends", "sessions", ["ends_at"])


def _history() -> None:
    op.create_table(
        "webhook_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("webhook_name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
    )
    op.create_index("ix_webhook_changes_webhook", "webhook_changes", ["webhook_id", "seq"])


def _hours() -> None:
    op.create_table(
        "webhook_hours",
        sa.Column("webhook_id", sa.Text, primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True),
        sa.Column("delivered", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        *(sa.Column(f"latency_{bucket}", sa.Integer, nullable=False) for bucket in range(LATENCIES)),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("last_verdict", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_webhook_hours_hour", "webhook_hours", ["hour"])
