"""Addresses that refuse mails, and who is shut out of a conference's case: known to every sender."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import lookup

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Workers may say that an address refuses mails; those who read the outbox may have it tried again.
NOTE_BOUNCE = """
CREATE FUNCTION app_note_bounce(participant bigint, bounced timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE participants SET mail_bounced_at = bounced
   WHERE school_id = ANY (app_school_ids()) AND id = participant
     AND (app_kind() = 'system'
          OR (bounced IS NULL AND app_roles() && '{counsellor,class_teacher,school_admin}')) $$
"""

# Whoever sends a mail must know whom the case is closed to, though only its team reads the exclusions.
SHUT_OUT = """
CREATE FUNCTION app_shut_out_user_ids(conference bigint) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(e.user_id), '{}') FROM conferences c
   JOIN case_exclusions e ON e.school_id = c.school_id AND e.case_id = c.case_id AND e.lifted_at IS NULL
   WHERE c.school_id = ANY (app_school_ids()) AND c.id = conference $$
"""


def upgrade() -> None:
    op.add_column("participants", sa.Column("mail_bounced_at", sa.DateTime(timezone=True), nullable=True))
    connection = op.get_bind()
    connection.exec_driver_sql("GRANT UPDATE (mail_bounced_at) ON participants TO pamong_lookup")
    for function in (NOTE_BOUNCE, SHUT_OUT):
        connection.exec_driver_sql(function)
    for signature in ("app_note_bounce(bigint, timestamptz)", "app_shut_out_user_ids(bigint)"):
        for statement in lookup(signature):
            connection.exec_driver_sql(statement)
