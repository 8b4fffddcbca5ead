"""Whether a mail about a visit may still leave is asked of its question, its invitee and the permission; a family
that says "this is not for me" takes back what was sent to that address; a companion knows of the appointment."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import lookup

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SYSTEM = "(SELECT app_has_role('system'))"
OWN_GUARDIAN = "(SELECT app_kind()) = 'guest' AND id = (SELECT app_visit_invitee_id())"
COMPANION = "user_id = (SELECT app_person_id()) AND removed_at IS NULL"
THEIR_PERMISSION = "step = 'planning.paperwork' AND field = 'permission'"

FUNCTIONS = {
    # The calendar entry of the guardian who came by the link, as long as the answer counts.
    "app_visit_invitee_id()": """
CREATE FUNCTION app_visit_invitee_id() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT i.id FROM visit_invitees i
   JOIN visit_requests r ON r.school_id = i.school_id AND r.activity_id = i.activity_id
     AND r.guardian_id = i.guardian_id
   WHERE r.school_id = ANY (app_school_ids()) AND r.id = app_visit_request_id()
     AND i.activity_id = app_visit_activity_id() $$
""",
    # What waits for this guardian about this visit does not leave; whether an appointment had left before.
    "app_take_back_visit_mails()": """
CREATE FUNCTION app_take_back_visit_mails() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ DECLARE guardian bigint; BEGIN
  SELECT r.guardian_id INTO guardian FROM visit_requests r
   WHERE r.school_id = ANY (app_school_ids()) AND r.id = app_visit_request_id();
  UPDATE outbox o SET state = 'superseded', due_at = NULL
   WHERE o.school_id = ANY (app_school_ids()) AND o.activity_id = app_visit_activity_id()
     AND o.guardian_id = guardian AND o.kind IN ('visit_asked', 'visit_appointment')
     AND o.state IN ('queued', 'deferred');
  RETURN EXISTS (SELECT 1 FROM outbox o
   WHERE o.school_id = ANY (app_school_ids()) AND o.activity_id = app_visit_activity_id()
     AND o.guardian_id = guardian AND o.kind = 'visit_appointment'
     AND o.state IN ('claimed', 'transmitting', 'sent'));
END $$
""",
}


def upgrade() -> None:
    for statement in (
        "GRANT SELECT (school_id, id, activity_id, guardian_id) ON visit_invitees TO pamong_lookup",
        "GRANT SELECT (school_id, activity_id, guardian_id, kind, state), UPDATE (state, due_at) ON outbox"
        " TO pamong_lookup",
    ):
        op.execute(statement)
    for signature, function in FUNCTIONS.items():
        for statement in (function, *lookup(signature)):
            op.get_bind().exec_driver_sql(statement)
    _also("visit_invitees", "select", f"{SYSTEM} OR ({OWN_GUARDIAN}) OR ({COMPANION})")
    _also("visit_invitees", "update", OWN_GUARDIAN)
    _also("activity_fields", "select", f"{SYSTEM} AND {THEIR_PERMISSION}")


def _also(table: str, command: str, rule: str) -> None:
    """Put the policy as it stands beside the rule."""
    name = f"readers_{command}"
    stands = op.get_bind().scalar(
        sa.text(
            "SELECT qual FROM pg_policies"
            " WHERE schemaname = 'public' AND tablename = :table AND policyname = :name"
        ),
        {"table": table, "name": name},
    )
    op.get_bind().exec_driver_sql(f"ALTER POLICY {name} ON {table} USING (({stands}) OR ({rule}))")
