"""What a homeroom teacher learns of monitoring: counts of the own class, nothing of any case."""

from alembic import op

from webapp.migrations.rls import lookup

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = (
    "GRANT SELECT (student_id) ON cases TO pamong_lookup",
    "GRANT SELECT (case_id) ON commitments TO pamong_lookup",
    "GRANT SELECT (case_id, state) ON behaviour_goals TO pamong_lookup",
)

SUMMARY = """
CREATE FUNCTION app_class_monitoring()
RETURNS TABLE (class_name text, open_promises int, overdue int, watched int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  WITH own AS (
    SELECT st.id, st.school_id, st.class_name FROM students st
    WHERE st.school_id = ANY (app_school_ids()) AND st.id = ANY (app_my_student_ids())),
  talked_of AS (
    SELECT c.id, c.school_id, own.class_name FROM cases c
    JOIN own ON own.school_id = c.school_id AND own.id = c.student_id
    WHERE c.status <> 'closed' AND NOT c.id = ANY (app_excluded_case_ids())),
  promised AS (
    SELECT t.class_name, count(*) AS number,
           count(*) FILTER (WHERE k.due_on < (app_at() AT TIME ZONE s.time_zone)::date) AS late
    FROM talked_of t JOIN commitments k ON k.school_id = t.school_id AND k.case_id = t.id
    JOIN schools s ON s.id = t.school_id
    WHERE k.state IN ('proposed', 'accepted', 'under_way', 'stuck') GROUP BY t.class_name),
  seen AS (
    SELECT t.class_name, count(*) AS number FROM talked_of t
    JOIN behaviour_goals g ON g.school_id = t.school_id AND g.case_id = t.id
    WHERE g.state = 'watching' GROUP BY t.class_name)
  SELECT c.class_name, coalesce(promised.number, 0)::int, coalesce(promised.late, 0)::int,
         coalesce(seen.number, 0)::int
  FROM (SELECT DISTINCT own.class_name FROM own) c
  LEFT JOIN promised ON promised.class_name = c.class_name
  LEFT JOIN seen ON seen.class_name = c.class_name
  ORDER BY c.class_name
$$
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*COLUMNS, SUMMARY, *lookup("app_class_monitoring()")):
        connection.exec_driver_sql(statement)
