"""Involvement as figures: who was invited, answered and came, what was promised and kept; counts only."""

from alembic import op

from webapp.migrations.rls import lookup

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = (
    "GRANT SELECT (answer) ON participants TO pamong_lookup",
    "GRANT SELECT (activity_id) ON commitments TO pamong_lookup",
)

# One pass over the conferences of the time asked for: the readers' own school, or all of the district.
INVOLVEMENT = """
CREATE FUNCTION app_involvement(since timestamptz, until timestamptz)
RETURNS TABLE (school_id int, month date, held int, invited int, answered int, came int,
               promised int, accepted int, kept int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  WITH readable AS (
    SELECT s.id, s.time_zone FROM schools s
    WHERE (app_kind() = 'person' AND s.id = ANY (app_school_ids())
           AND app_has_role('counsellor', 'class_teacher', 'principal'))
       OR (app_kind() = 'district' AND s.district_id = app_district_id() AND s.active)),
  meetings AS (
    SELECT f.school_id, f.id, date_trunc('month', f.concluded_at AT TIME ZONE r.time_zone)::date AS month
    FROM readable r JOIN conferences f ON f.school_id = r.id
    WHERE f.concluded_at >= since AND f.concluded_at < until),
  people AS (
    SELECT m.school_id, m.month, count(*) AS invited,
           count(*) FILTER (WHERE p.answer <> 'pending') AS answered,
           count(*) FILTER (WHERE p.attendance = 'present') AS came
    FROM meetings m JOIN participants p ON p.school_id = m.school_id AND p.conference_id = m.id
    WHERE p.removed_at IS NULL AND NOT p.walk_in GROUP BY m.school_id, m.month),
  promises AS (
    SELECT m.school_id, m.month, count(*) AS promised,
           count(*) FILTER (WHERE k.state IN ('accepted', 'under_way', 'stuck', 'done')) AS accepted,
           count(*) FILTER (WHERE k.state = 'done') AS kept
    FROM meetings m JOIN commitments k ON k.school_id = m.school_id AND k.activity_id = m.id
    WHERE k.state <> 'waived' GROUP BY m.school_id, m.month),
  months AS (SELECT m.school_id, m.month, count(*) AS held FROM meetings m GROUP BY m.school_id, m.month)
  SELECT m.school_id, m.month, m.held::int,
         coalesce(p.invited, 0)::int, coalesce(p.answered, 0)::int, coalesce(p.came, 0)::int,
         coalesce(k.promised, 0)::int, coalesce(k.accepted, 0)::int, coalesce(k.kept, 0)::int
  FROM months m
  LEFT JOIN people p ON p.school_id = m.school_id AND p.month = m.month
  LEFT JOIN promises k ON k.school_id = m.school_id AND k.month = m.month
$$
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*COLUMNS, INVOLVEMENT, *lookup("app_involvement(timestamptz, timestamptz)")):
        connection.exec_driver_sql(statement)
