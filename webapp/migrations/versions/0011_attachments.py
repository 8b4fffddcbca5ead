"""Files of a case, for its team; their name and bytes are sealed."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEAM = "case_id = ANY ((SELECT app_my_case_ids())::bigint[])"


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name_enc", sa.LargeBinary(), nullable=True),
        sa.Column("content_enc", sa.LargeBinary(), nullable=True),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_attachments_school_id"), ondelete="RESTRICT"
        ),
        _tenant_key("case_id", "cases"),
        _tenant_key("participant_id", "participants"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_attachments")),
        sa.CheckConstraint(
            "purpose IN ('case','signed_commitment','written_answer')", name=op.f("ck_attachments_purpose")
        ),
        sa.CheckConstraint(
            "(purpose = 'case') = (participant_id IS NULL)", name=op.f("ck_attachments_participant")
        ),
    )
    for column in ("case_id", "participant_id"):
        op.create_index(op.f(f"ix_attachments_school_id_{column}"), "attachments", ["school_id", column])
    # Compressing what is sealed makes nothing smaller.
    op.execute("ALTER TABLE attachments ALTER COLUMN content_enc SET STORAGE EXTERNAL")
    for statement in fence("attachments") + confine("attachments", TEAM):
        op.get_bind().exec_driver_sql(statement)


def _tenant_key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{target}.school_id", f"{target}.id"],
        name=op.f(f"fk_attachments_school_id_{column}"),
        ondelete="CASCADE",
    )
