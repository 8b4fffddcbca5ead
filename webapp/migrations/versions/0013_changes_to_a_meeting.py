"""Changes to a meeting: one person's own changes counted, and other meetings at the same time looked up."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import lookup

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

GRANTS = (
    "GRANT SELECT (state, ends_at) ON conferences TO pamong_lookup",
    "GRANT SELECT (answer, disowned_at, email_enc) ON participants TO pamong_lookup",
)

# Whether somebody is asked elsewhere at that time is for whoever prepares or decides, though few may know of
# the other meeting: who (their sealed address, for guests) and when, and nothing of what it is about. A
# meeting lasts a day at most: the index on the start is enough.
OVERLAPPING = """
CREATE FUNCTION app_overlapping_meetings(conference bigint, since timestamptz, until timestamptz)
RETURNS TABLE (conference_id bigint, participant_id bigint, user_id bigint, guardian_id bigint,
               email_enc bytea, starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT c.id, p.id, p.user_id, p.guardian_id, p.email_enc, c.starts_at, c.ends_at
   FROM conferences c
   JOIN participants p ON p.school_id = c.school_id AND p.conference_id = c.id
   WHERE c.school_id = ANY (app_school_ids()) AND app_kind() = 'person' AND c.id <> conference
     AND (conference = ANY (app_case_conference_ids()) OR conference = ANY (app_approving_conference_ids()))
     AND c.starts_at < until AND c.starts_at > since - interval '1 day' AND c.ends_at > since
     AND c.state IN ('requested', 'approved', 'invited', 'open')
     AND NOT c.id = ANY (app_excluded_conference_ids())
     AND p.removed_at IS NULL AND p.disowned_at IS NULL AND p.answer <> 'no'
   ORDER BY c.starts_at, c.id, p.id LIMIT 500 $$
"""


def upgrade() -> None:
    op.add_column(
        "participants", sa.Column("own_changes", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.alter_column("participants", "own_changes", server_default=None)
    connection = op.get_bind()
    for statement in (*GRANTS, OVERLAPPING):
        connection.exec_driver_sql(statement)
    for statement in lookup("app_overlapping_meetings(bigint, timestamptz, timestamptz)"):
        connection.exec_driver_sql(statement)
