"""Retention: what a removed body said, as a digest; the facts of an event, by event."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("events", sa.Column("digest", sa.LargeBinary))
    op.create_index("ix_event_facts_event", "event_facts", ["event_seq"])
