"""What the steps of a conference follow from, as counts: known to whoever takes part, whatever they may read."""

from alembic import op

from webapp.migrations.rls import lookup

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = (
    "GRANT SELECT (school_id, conference_id, section, body_enc) ON content_fields TO pamong_lookup",
    "GRANT SELECT (school_id, conference_id, state) ON information_conflicts TO pamong_lookup",
    "GRANT SELECT (activity_id) ON commitments TO pamong_lookup",
    "GRANT SELECT (school_id, id, activity_id) ON behaviour_goals TO pamong_lookup",
    "GRANT SELECT (school_id, goal_id) ON observations TO pamong_lookup",
    "GRANT SELECT (conference_id, kind) ON reports TO pamong_lookup",
)

# A guest's report can end the last promise: the step is recorded with it, though guests see only their own.
FACTS = """
CREATE FUNCTION app_conference_facts(conference bigint)
RETURNS TABLE (present int, signed int, sections text[], unresolved int, tasks int, open_commitments int,
               observations int, issued boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  SELECT
    (SELECT count(*) FROM participants p WHERE p.school_id = ANY (app_school_ids())
       AND p.conference_id = conference AND p.removed_at IS NULL AND p.attendance = 'present')::int,
    (SELECT count(*) FROM participants p WHERE p.school_id = ANY (app_school_ids())
       AND p.conference_id = conference AND p.removed_at IS NULL AND p.attendance = 'present'
       AND p.signed_at IS NOT NULL)::int,
    (SELECT coalesce(array_agg(f.section), '{}') FROM content_fields f
       WHERE f.school_id = ANY (app_school_ids()) AND f.conference_id = conference AND f.body_enc IS NOT NULL),
    (SELECT count(*) FROM information_conflicts i WHERE i.school_id = ANY (app_school_ids())
       AND i.conference_id = conference AND i.state = 'unresolved')::int,
    (SELECT count(*) FROM commitments k WHERE k.school_id = ANY (app_school_ids())
       AND k.activity_id = conference AND k.state NOT IN ('declined', 'waived'))::int,
    (SELECT count(*) FROM commitments k WHERE k.school_id = ANY (app_school_ids())
       AND k.activity_id = conference AND k.state IN ('proposed', 'accepted', 'under_way', 'stuck'))::int,
    (SELECT count(*) FROM observations o JOIN behaviour_goals g ON g.school_id = o.school_id AND g.id = o.goal_id
       WHERE g.school_id = ANY (app_school_ids()) AND g.activity_id = conference)::int,
    EXISTS (SELECT 1 FROM reports r WHERE r.school_id = ANY (app_school_ids()) AND r.conference_id = conference
       AND r.kind = 'minutes' AND r.state <> 'failed')
  WHERE conference = ANY (app_my_conference_ids() || app_case_conference_ids() || app_approving_conference_ids())
$$
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*COLUMNS, FACTS, *lookup("app_conference_facts(bigint)")):
        connection.exec_driver_sql(statement)
