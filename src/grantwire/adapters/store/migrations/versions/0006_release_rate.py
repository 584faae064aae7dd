"""How many of its held deliveries a webhook lets go in a minute."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("release_per_minute", sa.Integer))
