"""Jobs that send many deliveries again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("per_minute", sa.Integer),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("made", sa.Integer, nullable=False),
        sa.Column("refused", sa.Text, nullable=False),
        sa.Column("bookmark", sa.Text),
        sa.Column("next_at", sa.BigInteger),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index("ix_replays_requested", "replays", ["requested_at", "id"])
    op.create_index(
        "ix_replays_open", "replays", ["requested_at", "id"], sqlite_where=is_open, postgresql_where=is_open
    )
