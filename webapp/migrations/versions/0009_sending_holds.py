"""A restored system sends nothing until a person releases it: holds on everything that sends."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_holds",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_holds")),
    )
    # The owner places a hold, within the restore itself; the app may only end it.
    op.execute("GRANT SELECT, UPDATE (released_at) ON sending_holds TO pamong_app")
