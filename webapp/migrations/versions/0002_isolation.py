"""Isolation: every tenant table fenced by school, confidential ones confined to persons as well."""

from pathlib import Path

from alembic import op

from webapp.migrations.rls import CLOSE_LOOKUPS, confine, fence

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"

KIND = "(SELECT app_kind())"
PERSON = "(SELECT app_person_id())"
NOT_GUEST = f"{KIND} <> 'guest'"
MY_CASES = "ANY ((SELECT app_my_case_ids())::bigint[])"
EXCLUDED_CASES = "ANY ((SELECT app_excluded_case_ids())::bigint[])"
MY_CONFERENCES = "ANY ((SELECT app_my_conference_ids())::bigint[])"
EXCLUDED_CONFERENCES = "ANY ((SELECT app_excluded_conference_ids())::bigint[])"
CASE_CONFERENCES = "ANY ((SELECT app_case_conference_ids())::bigint[])"
APPROVING = "ANY ((SELECT app_approving_conference_ids())::bigint[])"
CONTENT = "ANY ((SELECT app_content_conference_ids())::bigint[])"
MY_PARTICIPANTS = "ANY ((SELECT app_my_participant_ids())::bigint[])"
MY_COMMITMENTS = "ANY ((SELECT app_my_commitment_ids())::bigint[])"
MY_REPORTS = "ANY ((SELECT app_my_report_ids())::bigint[])"
REGISTER = "(SELECT app_register_reader())"
# A forwarded link alone opens no task and no document: a guest has entered a code as well.
PROVEN = f"({KIND} <> 'guest' OR (SELECT app_guest_verified()))"
DISTRICT_SCHOOLS = "ANY ((SELECT app_district_school_ids())::int[])"
# Anybody in some scope may leave a mail or a trace for the platform, and needs its wrapped key to seal it.
PLATFORM = f"(school_id = 0 AND {KIND} <> '')"


def role(*names: str) -> str:
    return "(SELECT app_has_role(" + ", ".join(f"'{name}'" for name in names) + "))"


SYSTEM = role("system")
CASE_STAFF = role("counsellor", "class_teacher", "system")

# Tables whose rows any person of the school may touch; what they may do with them, services ask.
OPEN_IN_SCHOOL = ("number_counters", "school_holidays", "homeroom_assignments", "school_logos")
WITH_DELETE = {"dues", "school_holidays", "homeroom_assignments", "school_logos", "activity_steps", "student_import_rows"}

CASE_ONLY = f"case_id = {MY_CASES}"
CONFERENCE_LOGISTICS = (
    f"(({REGISTER} OR {{c}} = {MY_CONFERENCES} OR {{c}} = {CASE_CONFERENCES} OR {{c}} = {APPROVING})"
    f" AND NOT {{c}} = {EXCLUDED_CONFERENCES})"
)
CONTENT_TABLES = ("content_fields", "content_versions", "information_conflicts", "conflict_statements", "reservations")


def statements() -> list[str]:
    result: list[str] = []
    for table in OPEN_IN_SCHOOL:
        result += fence(table, delete=table in WITH_DELETE)
        result += confine(table, NOT_GUEST)
    # Guests plan too (their answer moves a reminder), and so does a district that invites staff.
    result += fence(
        "dues", delete=True, insert_also=f"{PLATFORM} OR school_id = {DISTRICT_SCHOOLS} OR {KIND} = 'setup'"
    )

    # Accounts and schools.
    result += fence(
        "memberships",
        select_also=f"user_id = {PERSON} OR school_id = {DISTRICT_SCHOOLS} OR {KIND} IN ('identity', 'setup')",
        insert_also=f"school_id = {DISTRICT_SCHOOLS} OR {KIND} = 'setup'",
        update_also=f"school_id = {DISTRICT_SCHOOLS}",
    )
    administer = f"{role('school_admin')} OR school_id = {DISTRICT_SCHOOLS} OR {KIND} = 'setup'"
    result += confine("memberships", NOT_GUEST, insert=administer, update=administer)
    key_makers = f"school_id = {DISTRICT_SCHOOLS} OR {KIND} = 'setup'"
    result += fence("school_keys", select_also=f"{PLATFORM} OR {key_makers}", insert_also=key_makers)
    result += fence(
        "audit_entries", insert_also=f"{PLATFORM} OR school_id = {DISTRICT_SCHOOLS} OR {KIND} = 'setup'"
    )
    result += ["REVOKE SELECT, UPDATE ON audit_entries FROM pamong_app"]

    # Students.
    result += fence("students") + confine("students", NOT_GUEST)
    result += fence("guardians") + confine(
        "guardians", role("counsellor", "class_teacher", "school_admin", "system")
    )
    importers = role("counsellor", "class_teacher", "school_admin", "system")
    for table in ("student_imports", "student_import_rows"):
        result += fence(table, delete=table in WITH_DELETE) + confine(table, importers)
    result += fence("student_referrals") + confine(
        "student_referrals",
        f"author_id = {PERSON} OR ({role('counsellor', 'class_teacher')}"
        f" AND NOT coalesce(case_id = {EXCLUDED_CASES}, false))",
        insert=f"author_id = {PERSON}",
        update=role("counsellor", "class_teacher"),
    )

    # Cases.
    result += fence("cases") + confine(
        "cases",
        f"({REGISTER} OR id = {MY_CASES} OR student_id = ANY ((SELECT app_my_student_ids())::bigint[]))"
        f" AND NOT id = {EXCLUDED_CASES}",
        insert=f"{role('counsellor', 'class_teacher')} AND created_by = {PERSON} AND owner_id = {PERSON}",
        update=f"id = {MY_CASES}",
    )
    unstaffed = "case_id = ANY ((SELECT app_unstaffed_case_ids())::bigint[])"
    result += fence("case_members") + confine(
        "case_members",
        f"({REGISTER} OR {CASE_ONLY}) AND NOT case_id = {EXCLUDED_CASES}",
        insert=f"{CASE_ONLY} OR (user_id = {PERSON} AND {unstaffed})",
        update=CASE_ONLY,
    )
    for table in ("case_exclusions", "case_status_changes", "case_notes"):
        result += fence(table) + confine(table, CASE_ONLY)

    # Activities and conferences: logistics.
    result += fence("activities") + confine(
        "activities",
        f"({REGISTER} OR {CASE_ONLY} OR id = {MY_CONFERENCES} OR id = {APPROVING}) AND NOT case_id = {EXCLUDED_CASES}",
        insert=CASE_ONLY,
        update=CASE_ONLY,
    )
    result += fence("activity_steps", delete=True) + confine(
        "activity_steps", CONFERENCE_LOGISTICS.format(c="activity_id")
    )
    result += fence("conferences") + confine(
        "conferences",
        f"({REGISTER} OR {CASE_ONLY} OR id = {MY_CONFERENCES} OR id = {APPROVING}) AND NOT case_id = {EXCLUDED_CASES}",
        insert=CASE_ONLY,
        update=f"{CASE_ONLY} OR id = {APPROVING}",
    )
    result += fence("conference_requests") + confine(
        "conference_requests", f"{CASE_ONLY} OR id = {APPROVING}", insert=CASE_ONLY
    )
    guest_row = f"{NOT_GUEST} OR id = (SELECT app_participant_id()) OR conference_id = {CONTENT}"
    logistics = CONFERENCE_LOGISTICS.format(c="conference_id")
    result += fence("participants") + confine(
        "participants",
        f"{logistics} AND ({guest_row})",
        insert=f"conference_id = {CASE_CONFERENCES}",
        update=f"conference_id = {CASE_CONFERENCES} OR id = {MY_PARTICIPANTS}",
    )
    for table in ("guest_links", "guest_codes"):
        result += fence(table) + confine(
            table, f"{NOT_GUEST} OR participant_id = (SELECT app_participant_id())"
        )
    result += fence("sign_offs") + confine("sign_offs", logistics)

    # Conference content: participants who have signed, and nobody else; not even the workers.
    for table in CONTENT_TABLES:
        result += fence(table) + confine(table, f"conference_id = {CONTENT}")

    # Promises and behaviours.
    result += fence("commitments") + confine(
        "commitments",
        f"({CASE_ONLY} OR (participant_id = {MY_PARTICIPANTS} AND {PROVEN}) OR activity_id = {CONTENT}"
        f" OR {role('principal', 'system')}) AND NOT case_id = {EXCLUDED_CASES}",
        insert=f"{CASE_ONLY} AND participant_id IS NOT NULL",
        update=f"{CASE_ONLY} OR (participant_id = {MY_PARTICIPANTS} AND {PROVEN})",
    )
    result += fence("commitment_reports") + confine(
        "commitment_reports", f"{CASE_ONLY} OR (commitment_id = {MY_COMMITMENTS} AND {PROVEN})"
    )
    result += fence("behaviour_goals") + confine(
        "behaviour_goals", f"{CASE_ONLY} OR activity_id = {CONTENT}", insert=CASE_ONLY, update=CASE_ONLY
    )
    result += fence("observations") + confine("observations", CASE_ONLY)
    result += fence("check_ins") + confine(
        "check_ins",
        f"{CASE_ONLY} OR {SYSTEM} OR (commitment_id = {MY_COMMITMENTS} AND {PROVEN})",
        insert=CASE_ONLY,
        update=CASE_ONLY,
    )

    # Queues of record.
    result += fence("outbox", insert_also=PLATFORM)
    result += confine(
        "outbox",
        f"({role('counsellor', 'principal', 'class_teacher', 'school_admin', 'system')}"
        f" OR participant_id = {MY_PARTICIPANTS} OR conference_id = {APPROVING})"
        f" AND NOT coalesce(conference_id = {EXCLUDED_CONFERENCES}, false)",
        insert="true",
    )
    result += fence("reports") + confine(
        "reports",
        f"(id = {MY_REPORTS} AND {PROVEN}) OR requested_by = {PERSON} OR {SYSTEM}",
        insert=f"requested_by = {PERSON} AND (case_id IS NULL OR {CASE_ONLY})",
        update=f"requested_by = {PERSON} OR {CASE_ONLY} OR {SYSTEM}",
    )
    result += fence("report_deliveries") + confine(
        "report_deliveries",
        f"participant_id = {MY_PARTICIPANTS} OR report_id = {MY_REPORTS} OR {SYSTEM}",
        insert=f"report_id = {MY_REPORTS}",
    )

    # Tables without school_id.
    accounts = "('identity', 'setup')"
    visible = "id = ANY ((SELECT app_visible_user_ids())::bigint[])"
    result += [
        "ALTER TABLE schools ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE schools FORCE ROW LEVEL SECURITY",
        "GRANT SELECT, INSERT, UPDATE ON schools, districts, users, district_memberships, sign_in_sessions TO pamong_app",
        "GRANT SELECT, INSERT, DELETE ON sign_in_failures TO pamong_app",
        "GRANT SELECT, INSERT, UPDATE ON sweep_runs TO pamong_app",
        "CREATE POLICY readers ON schools FOR SELECT USING (id = ANY ((SELECT app_school_ids())::int[])"
        f" OR district_id = (SELECT app_district_id()) OR id = ANY ((SELECT app_my_school_ids())::int[])"
        f" OR {KIND} IN {accounts} OR ({SYSTEM} AND 0 = ANY ((SELECT app_school_ids())::int[])))",
        f"CREATE POLICY makers ON schools FOR INSERT WITH CHECK (({KIND} = 'district'"
        f" AND district_id = (SELECT app_district_id())) OR {KIND} = 'setup')",
        f"CREATE POLICY keepers ON schools FOR UPDATE USING (({role('school_admin')}"
        " AND id = ANY ((SELECT app_school_ids())::int[]))"
        f" OR ({KIND} = 'district' AND district_id = (SELECT app_district_id())) OR {KIND} = 'setup')",
        "ALTER TABLE districts ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE districts FORCE ROW LEVEL SECURITY",
        # The name of an education office is no secret: letters of its schools carry it.
        "CREATE POLICY readers ON districts FOR SELECT USING (true)",
        f"CREATE POLICY makers ON districts FOR INSERT WITH CHECK ({KIND} = 'setup')",
        f"CREATE POLICY keepers ON districts FOR UPDATE USING ({KIND} = 'district'"
        " AND id = (SELECT app_district_id()))",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE users FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY readers ON users FOR SELECT USING ({KIND} IN {accounts} OR id = {PERSON} OR {visible})",
        f"CREATE POLICY makers ON users FOR INSERT WITH CHECK ({KIND} IN ('identity', 'setup', 'district')"
        f" OR {role('school_admin')})",
        # An admin of one school must not change an account that also belongs to another: only the
        # person, and the sign-in itself, change accounts.
        f"CREATE POLICY keepers ON users FOR UPDATE USING ({KIND} IN {accounts} OR id = {PERSON})",
        "ALTER TABLE district_memberships ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE district_memberships FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY readers ON district_memberships FOR SELECT USING ({KIND} IN {accounts}"
        f" OR user_id = {PERSON} OR district_id = (SELECT app_district_id())"
        f" OR ({SYSTEM} AND 0 = ANY ((SELECT app_school_ids())::int[])))",
        f"CREATE POLICY makers ON district_memberships FOR INSERT WITH CHECK ({KIND} = 'setup'"
        f" OR (district_id = (SELECT app_district_id()) AND {role('district_admin')}))",
        f"CREATE POLICY keepers ON district_memberships FOR UPDATE USING (district_id = (SELECT app_district_id())"
        f" AND {role('district_admin')})",
        "ALTER TABLE sign_in_sessions ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE sign_in_sessions FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY own ON sign_in_sessions USING ({KIND} = 'identity' OR user_id = {PERSON})",
        "ALTER TABLE sign_in_failures ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE sign_in_failures FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY identity_only ON sign_in_failures USING ({KIND} = 'identity')",
        "GRANT SELECT ON alembic_version TO pamong_app",
    ]
    return result


def upgrade() -> None:
    # exec_driver_sql takes the file as it stands: no bind parameters to escape in it.
    connection = op.get_bind()
    for statement in (SQL / "0002_lookup.sql").read_text().split(";"):
        if statement.strip():
            connection.exec_driver_sql(statement)
    connection.exec_driver_sql("GRANT CREATE ON SCHEMA public TO pamong_lookup")
    connection.exec_driver_sql((SQL / "0002_functions.sql").read_text())
    connection.exec_driver_sql(
        """
        DO $$ DECLARE f regprocedure; BEGIN
          FOR f IN SELECT p.oid::regprocedure FROM pg_proc p
                   WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef LOOP
            EXECUTE 'ALTER FUNCTION ' || f || ' OWNER TO pamong_lookup';
          END LOOP;
        END $$
        """
    )
    connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM pamong_lookup")
    connection.exec_driver_sql(CLOSE_LOOKUPS)
    for statement in statements():
        connection.exec_driver_sql(statement)
