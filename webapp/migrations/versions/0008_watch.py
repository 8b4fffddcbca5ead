"""What waits and what is in trouble, over the whole installation, as counts: for those who watch the machine."""

from alembic import op

from webapp.migrations.rls import lookup

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WAITING = "state IN ('queued','deferred','claimed','transmitting')"
TROUBLE = "state IN ('bounced','failed')"

# The partial indexes hold what the counts return: years of sent mails cost nothing.
FIGURES = """
CREATE FUNCTION app_work_figures(since timestamptz)
RETURNS TABLE (kind text, state text, number bigint, oldest timestamptz) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$
  SELECT 'mail', o.state, count(*), min(o.created_at) FROM outbox o
    WHERE app_kind() = 'system' AND o.state IN ('queued','deferred','claimed','transmitting') GROUP BY o.state
  UNION ALL
  SELECT 'mail', o.state, count(*), min(o.created_at) FROM outbox o
    WHERE app_kind() = 'system' AND o.state IN ('bounced','failed') AND o.created_at >= since GROUP BY o.state
  UNION ALL
  SELECT 'document', r.state, count(*), min(r.due_at) FROM reports r
    WHERE app_kind() = 'system' AND r.state IN ('queued','running') GROUP BY r.state
  UNION ALL
  SELECT 'import', i.state, count(*), min(i.created_at) FROM student_imports i
    WHERE app_kind() = 'system' AND i.state IN ('queued','running') GROUP BY i.state
  UNION ALL
  SELECT 'due', d.state, count(*), min(d.due_at) FROM dues d
    WHERE app_kind() = 'system' AND d.state = 'waiting' AND d.due_at <= app_at() GROUP BY d.state
$$
"""


def upgrade() -> None:
    op.create_index("ix_outbox_waiting", "outbox", ["state", "created_at"], postgresql_where=WAITING)
    op.create_index("ix_outbox_trouble", "outbox", ["created_at"], postgresql_where=TROUBLE)
    op.execute("GRANT SELECT (created_at) ON outbox TO pamong_lookup")
    for statement in (FIGURES, *lookup("app_work_figures(timestamptz)")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION app_work_figures(timestamptz)")
    op.execute("REVOKE SELECT (created_at) ON outbox FROM pamong_lookup")
    op.drop_index("ix_outbox_trouble", "outbox")
    op.drop_index("ix_outbox_waiting", "outbox")
