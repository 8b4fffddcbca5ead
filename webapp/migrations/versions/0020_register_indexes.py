"""Indexes that answer the case register alone: counts of its views, and who is on a case's team."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_case_members_school_id_user_id_case_id", "case_members", ["school_id", "user_id", "case_id"]
    )
    op.drop_index("ix_case_members_school_id_user_id", table_name="case_members")
    op.drop_index("ix_cases_status", table_name="cases")
    op.drop_index("ix_cases_owner", table_name="cases")
    op.create_index(
        "ix_cases_status", "cases", ["school_id", "status", "id"], postgresql_include=["student_id"]
    )
    op.create_index(
        "ix_cases_owner", "cases", ["school_id", "owner_id", "id"], postgresql_include=["status", "student_id"]
    )
