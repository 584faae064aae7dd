"""Doubt: since when a target may still be at work on a request that it did not answer properly."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("doubt_since", sa.BigInteger))
