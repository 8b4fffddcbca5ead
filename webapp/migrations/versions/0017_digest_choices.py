"""Digests are chosen kind by kind: whoever had switched them off has none of the kinds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("digests_off", ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.execute(
        "UPDATE users SET digests_off = ARRAY['daily_digest', 'monthly_digest', 'weekly_digest']"
        " WHERE NOT wants_digests"
    )
    op.alter_column("users", "digests_off", server_default=None)
    op.drop_column("users", "wants_digests")
