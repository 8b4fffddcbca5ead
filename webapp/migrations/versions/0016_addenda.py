"""Addenda to signed minutes: who wrote one and who signed it beside; the text stands among the content."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

EXCLUDED = "ANY ((SELECT app_excluded_conference_ids())::bigint[])"
CASE = "ANY ((SELECT app_case_conference_ids())::bigint[])"
APPROVING = "ANY ((SELECT app_approving_conference_ids())::bigint[])"
MINE = "ANY ((SELECT app_my_conference_ids())::bigint[])"
# That there is one, and who signed it, is for the team, whoever approves and those who took part; what it
# says has the content's own policies.
READERS = (
    f"(conference_id = {CASE} OR conference_id = {APPROVING} OR conference_id = {MINE})"
    f" AND NOT conference_id = {EXCLUDED}"
)


def upgrade() -> None:
    op.create_table(
        "minutes_addenda",
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("countersigned_by", sa.BigInteger(), nullable=True),
        sa.Column("countersigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_minutes_addenda_school_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "conference_id"],
            ["conferences.school_id", "conferences.id"],
            name=op.f("fk_minutes_addenda_school_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_minutes_addenda")),
        sa.UniqueConstraint(
            "school_id",
            "conference_id",
            "number",
            name=op.f("uq_minutes_addenda_school_id_conference_id_number"),
        ),
        sa.CheckConstraint(
            "countersigned_by <> written_by", name=op.f("ck_minutes_addenda_two_people")
        ),
    )
    connection = op.get_bind()
    statements = fence("minutes_addenda") + confine(
        "minutes_addenda",
        READERS,
        insert=f"conference_id = {CASE}",
        update=f"conference_id = {APPROVING}",
    )
    for statement in statements:
        connection.exec_driver_sql(statement)
