"""Key people, refused commitments, and the decision to hold a meeting without somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "participants", sa.Column("is_key", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("participants", "is_key", server_default=None)
    for column in ("pledge_refused_at", "held_without_at"):
        op.add_column("participants", sa.Column(column, sa.DateTime(timezone=True)))
    op.add_column("participants", sa.Column("pledge_refused_channel", sa.Text()))
    op.add_column("participants", sa.Column("held_without_by", sa.BigInteger()))
    for column in ("refusal_message_enc", "held_without_reason_enc"):
        op.add_column("participants", sa.Column(column, sa.LargeBinary()))
