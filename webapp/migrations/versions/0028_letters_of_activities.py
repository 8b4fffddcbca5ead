"""Numbered letters of a visit, an advocacy or a referral; and a number pattern of its own per kind of letter."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OF_MY_CASES = (
    "conference_id = ANY ((SELECT app_case_conference_ids())::bigint[])"
    " OR activity_id = ANY ((SELECT app_case_activity_ids())::bigint[])"
)


def upgrade() -> None:
    op.add_column(
        "schools", sa.Column("letter_patterns", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.add_column("letters", sa.Column("activity_id", sa.BigInteger()))
    for column in ("conference_id", "participant_id"):
        op.alter_column("letters", column, nullable=True)
    op.create_foreign_key(
        op.f("fk_letters_school_id_activity_id"), "letters", "activities",
        ["school_id", "activity_id"], ["school_id", "id"], ondelete="RESTRICT",
    )
    op.create_index(op.f("ix_letters_school_id_activity_id"), "letters", ["school_id", "activity_id"])
    op.create_check_constraint(
        op.f("ck_letters_of_one_act"), "letters",
        "(activity_id IS NULL) = (conference_id IS NOT NULL)"
        " AND (conference_id IS NULL) = (participant_id IS NULL)",
    )
    connection = op.get_bind()
    for command, clause in (("select", "USING"), ("insert", "WITH CHECK"), ("update", "USING")):
        connection.exec_driver_sql(f"ALTER POLICY readers_{command} ON letters {clause} ({OF_MY_CASES})")
