"""Files of documents expire; the frozen data they were made of stay."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_reports_state"), "reports", type_="check")
    op.create_check_constraint(
        op.f("ck_reports_state"), "reports", "state IN ('queued','running','ready','failed','expired')"
    )
