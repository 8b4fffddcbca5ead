"""After how many days an overdue promise is told to the counsellor, and how many later to the principal."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("overdue_counsellor_days", "overdue_principal_days"):
        op.add_column(
            "schools", sa.Column(column, sa.SmallInteger(), nullable=False, server_default=sa.text("7"))
        )
        op.alter_column("schools", column, server_default=None)
        op.create_check_constraint(op.f(f"ck_schools_{column}"), "schools", f"{column} BETWEEN 1 AND 90")
