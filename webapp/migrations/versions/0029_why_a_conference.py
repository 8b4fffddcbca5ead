"""A request says why a conference, where violence, harassment or a crime is among the kinds of problem."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conference_requests", sa.Column("despite_enc", sa.LargeBinary(), nullable=True))
