"""Cases that belong together: siblings, the same incident. Known to those alone who read both."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MINE = "ANY ((SELECT app_my_case_ids())::bigint[])"
BOTH = f"case_id = {MINE} AND other_id = {MINE}"


def upgrade() -> None:
    op.create_table(
        "case_links",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_enc", sa.LargeBinary(), nullable=True),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_case_links_school_id"), ondelete="RESTRICT"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                ["cases.school_id", "cases.id"],
                name=op.f(f"fk_case_links_school_id_{column}"),
                ondelete="CASCADE",
            )
            for column in ("case_id", "other_id")
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_case_links")),
        sa.CheckConstraint("case_id < other_id", name=op.f("ck_case_links_once")),
        sa.CheckConstraint("kind IN ('siblings','same_incident','other')", name=op.f("ck_case_links_kind")),
    )
    op.create_index(
        "uq_case_links_running",
        "case_links",
        ["school_id", "case_id", "other_id"],
        unique=True,
        postgresql_where="removed_at IS NULL",
    )
    op.create_index(op.f("ix_case_links_school_id_other_id"), "case_links", ["school_id", "other_id"])
    for statement in fence("case_links") + confine("case_links", BOTH):
        op.get_bind().exec_driver_sql(statement)
