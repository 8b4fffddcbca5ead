"""What a district lets an execution count, from which day on; and what a monthly recap was asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

KIND = "(SELECT app_kind())"
# A school counts with its own district's table, and reads no other.
READERS = (
    f"{KIND} <> 'guest' AND (district_id = (SELECT app_district_id()) OR district_id = ANY (ARRAY("
    "SELECT s.district_id FROM schools s WHERE s.id = ANY ((SELECT app_school_ids())::int[]))))"
)
KEEPER = (
    f"{KIND} = 'district' AND district_id = (SELECT app_district_id())"
    " AND (SELECT app_has_role('district_admin'))"
)
# A weight that has begun was counted with: it is replaced by a later one, and never changed.
NOT_BEGUN = (
    "valid_from > (SELECT (app_at() AT TIME ZONE d.time_zone)::date FROM districts d"
    " WHERE d.id = (SELECT app_district_id()))"
)

# One's own executions count for oneself also after one was shut out of the case, or has left its team.
EXECUTIONS = (
    "(((SELECT app_register_reader()) OR case_id = ANY ((SELECT app_my_case_ids())::bigint[]))"
    " AND NOT case_id = ANY ((SELECT app_excluded_case_ids())::bigint[]))"
    " OR by_user_id = (SELECT app_person_id())"
)

POLICIES = (
    "ALTER TABLE lesson_hour_weights ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE lesson_hour_weights FORCE ROW LEVEL SECURITY",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON lesson_hour_weights TO pamong_app",
    f"CREATE POLICY readers ON lesson_hour_weights FOR SELECT USING ({READERS})",
    f"CREATE POLICY makers ON lesson_hour_weights FOR INSERT WITH CHECK ({KEEPER} AND {NOT_BEGUN})",
    f"CREATE POLICY keepers ON lesson_hour_weights FOR UPDATE USING ({KEEPER} AND {NOT_BEGUN})",
    f"CREATE POLICY withdrawers ON lesson_hour_weights FOR DELETE USING ({KEEPER} AND {NOT_BEGUN})",
    f"ALTER POLICY readers_select ON executions USING ({EXECUTIONS})",
)


def upgrade() -> None:
    op.create_table(
        "lesson_hour_weights",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("quarter_hours", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "quarter_hours BETWEEN 0 AND 96", name=op.f("ck_lesson_hour_weights_quarter_hours")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_lesson_hour_weights_district_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_hour_weights")),
        sa.UniqueConstraint(
            "district_id", "service", "valid_from",
            name=op.f("uq_lesson_hour_weights_district_id_service_valid_from"),
        ),
    )
    op.add_column("reports", sa.Column("asked", postgresql.JSONB()))
    connection = op.get_bind()
    for statement in POLICIES:
        connection.exec_driver_sql(statement)
