"""Copies of reports delivered to people of the school by name; taken back with a reason."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

PERSON = "(SELECT app_person_id())"
MY_PARTICIPANTS = "ANY ((SELECT app_my_participant_ids())::bigint[])"
MY_REPORTS = "ANY ((SELECT app_my_report_ids())::bigint[])"
SYSTEM = "(SELECT app_has_role('system'))"

# As before, and besides what was delivered to a person by name and not taken back. Whoever is shut out of the
# case reads none of it, whatever was delivered earlier.
READABLE = """
CREATE OR REPLACE FUNCTION app_my_report_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(r.id), '{}') FROM reports r
   WHERE r.school_id = ANY (app_school_ids())
     AND NOT coalesce(r.case_id = ANY (app_excluded_case_ids()), false)
     AND ((app_kind() = 'person' AND (r.requested_by = app_person_id() OR r.case_id = ANY (app_my_case_ids())))
          OR EXISTS (SELECT 1 FROM report_deliveries d
                     WHERE d.school_id = r.school_id AND d.report_id = r.id
                       AND (d.participant_id = ANY (app_my_participant_ids())
                            OR (app_kind() = 'person' AND d.user_id = app_person_id()
                                AND d.withdrawn_at IS NULL)))) $$
"""
OF_MY_CASES = (
    "EXISTS (SELECT 1 FROM reports r WHERE r.school_id = report_deliveries.school_id"
    " AND r.id = report_deliveries.report_id AND r.case_id = ANY ((SELECT app_my_case_ids())::bigint[]))"
)
# Who else was given a copy is the team's to know.
TO_PEOPLE = f"user_id IS NOT NULL AND {OF_MY_CASES}"
OWN = f"user_id = {PERSON} AND withdrawn_at IS NULL AND report_id = {MY_REPORTS}"
READERS = (
    f"participant_id = {MY_PARTICIPANTS} OR (participant_id IS NOT NULL AND report_id = {MY_REPORTS})"
    f" OR ({OWN}) OR ({TO_PEOPLE}) OR {SYSTEM}"
)
WRITERS = f"(participant_id IS NOT NULL AND report_id = {MY_REPORTS}) OR ({TO_PEOPLE})"


def upgrade() -> None:
    table = "report_deliveries"
    op.alter_column(table, "participant_id", nullable=True)
    op.add_column(table, sa.Column("user_id", sa.BigInteger()))
    op.add_column(table, sa.Column("entry_id", sa.BigInteger()))
    op.add_column(table, sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column(table, sa.Column("withdrawn_by", sa.BigInteger()))
    op.add_column(table, sa.Column("withdrawn_because_enc", sa.LargeBinary()))
    op.create_foreign_key(
        op.f(f"fk_{table}_user_id"), table, "users", ["user_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_foreign_key(
        op.f(f"fk_{table}_school_id_entry_id"), table, "activity_entries", ["school_id", "entry_id"],
        ["school_id", "id"], ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f(f"ck_{table}_one_reader"), table, "(participant_id IS NULL) <> (user_id IS NULL)"
    )
    op.create_index(
        "uq_report_deliveries_standing", table, ["school_id", "report_id", "user_id"], unique=True,
        postgresql_where="withdrawn_at IS NULL",
    )
    op.create_index(op.f(f"ix_{table}_school_id_user_id"), table, ["school_id", "user_id"])
    connection = op.get_bind()
    for statement in (
        "GRANT SELECT (user_id, withdrawn_at) ON report_deliveries TO pamong_lookup",
        "GRANT CREATE ON SCHEMA public TO pamong_lookup",
        "SET LOCAL ROLE pamong_lookup",
        READABLE,
        "RESET ROLE",
        "REVOKE CREATE ON SCHEMA public FROM pamong_lookup",
        f"ALTER POLICY readers_select ON {table} USING ({READERS})",
        f"ALTER POLICY readers_insert ON {table} WITH CHECK ({WRITERS})",
        f"ALTER POLICY readers_update ON {table} USING ({READERS})",
    ):
        connection.exec_driver_sql(statement)
