"""Lines: deliveries of one access request that go out one at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("line", sa.Text))
    op.add_column("deliveries", sa.Column("line_until", sa.BigInteger))
    in_line, holds = sa.text("line IS NOT NULL"), sa.text("line_until IS NOT NULL")
    columns = ["webhook_id", "line", "event_seq", "id"]
    op.create_index("ix_deliveries_line", "deliveries", columns, sqlite_where=in_line, postgresql_where=in_line)
    op.create_index(
        "ix_deliveries_line_until", "deliveries", ["line_until"], sqlite_where=holds, postgresql_where=holds
    )
