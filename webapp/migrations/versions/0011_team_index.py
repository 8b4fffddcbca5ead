"""Whether a person is on a case's team is found in one step of an index."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_case_members_school_id_user_id_case_id", "case_members", ["school_id", "user_id", "case_id"]
    )
    op.drop_index("ix_case_members_school_id_user_id", table_name="case_members")
