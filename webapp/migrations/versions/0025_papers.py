"""A copy of a report for people beyond the case's team holds impressions only where that was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reports", sa.Column("with_impressions", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("reports", "with_impressions", server_default=None)
