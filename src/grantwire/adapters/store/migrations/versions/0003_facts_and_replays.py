"""What events say (to find them by), and which delivery a replay repeats."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _facts()
    _replays()


def _facts() -> None:
    op.create_table(
        "fact_values",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("is_id", sa.Integer, nullable=False),
    )
    op.create_index("ix_fact_values_folded", "fact_values", ["dimension", "folded"], unique=True)
    op.create_table(
        "event_facts",
        sa.Column("value_id", sa.BigInteger, primary_key=True),
        sa.Column("event_seq", sa.BigInteger, primary_key=True),
        sqlite_with_rowid=False,
    )


def _replays() -> None:
    op.add_column("deliveries", sa.Column("replay_of", sa.Text))
    is_replay = sa.text("replay_of IS NOT NULL")
    op.create_index(
        "ix_deliveries_replay", "deliveries", ["replay_of"], sqlite_where=is_replay, postgresql_where=is_replay
    )
