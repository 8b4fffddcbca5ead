"""A document of a case opens to whoever asked for it only while they work on the case."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KIND = "(SELECT app_kind())"
PERSON = "(SELECT app_person_id())"
MY_CASES = "ANY ((SELECT app_my_case_ids())::bigint[])"
EXCLUDED = "ANY ((SELECT app_excluded_case_ids())::bigint[])"
MY_REPORTS = "ANY ((SELECT app_my_report_ids())::bigint[])"
PROVEN = f"({KIND} <> 'guest' OR (SELECT app_guest_verified()))"
SYSTEM = "(SELECT app_has_role('system'))"

# What belongs to no case (registers, recaps) is whose request it was; what belongs to one is its team's, and
# theirs to whom it was delivered. Whoever is shut out of the case reads none of it, whatever they asked for.
READABLE = """
CREATE OR REPLACE FUNCTION app_my_report_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(r.id), '{}') FROM reports r
   WHERE r.school_id = ANY (app_school_ids())
     AND NOT coalesce(r.case_id = ANY (app_excluded_case_ids()), false)
     AND ((app_kind() = 'person' AND ((r.case_id IS NULL AND r.requested_by = app_person_id())
                                      OR r.case_id = ANY (app_my_case_ids())))
          OR EXISTS (SELECT 1 FROM report_deliveries d
                     WHERE d.school_id = r.school_id AND d.report_id = r.id
                       AND (d.participant_id = ANY (app_my_participant_ids())
                            OR (app_kind() = 'person' AND d.user_id = app_person_id()
                                AND d.withdrawn_at IS NULL)))) $$
"""
# A row that is just being written is in no list of a function yet: the last part is for the one who asks.
OWN = f"requested_by = {PERSON} AND (case_id IS NULL OR case_id = {MY_CASES})"
NOT_EXCLUDED = f"NOT coalesce(case_id = {EXCLUDED}, false)"
READERS = f"(((id = {MY_REPORTS} AND {PROVEN}) OR ({OWN})) AND {NOT_EXCLUDED}) OR {SYSTEM}"
WRITERS = f"((({OWN}) OR case_id = {MY_CASES}) AND {NOT_EXCLUDED}) OR {SYSTEM}"


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (
        "GRANT CREATE ON SCHEMA public TO pamong_lookup",
        "SET LOCAL ROLE pamong_lookup",
        READABLE,
        "RESET ROLE",
        "REVOKE CREATE ON SCHEMA public FROM pamong_lookup",
        f"ALTER POLICY readers_select ON reports USING ({READERS})",
        f"ALTER POLICY readers_update ON reports USING ({WRITERS})",
    ):
        connection.exec_driver_sql(statement)
