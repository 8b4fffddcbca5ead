"""Accounts whose address refuses mails: for those who administer people."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import lookup

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The worker of one school sees no account of another; it says what became of a mail to this very address.
NOTE = """
CREATE FUNCTION app_note_account_bounce(whose bigint, address text, bounced timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE users SET mail_bounced_at = bounced
   WHERE app_kind() = 'system' AND id = whose AND email = address $$
"""


def upgrade() -> None:
    op.add_column("users", sa.Column("mail_bounced_at", sa.DateTime(timezone=True), nullable=True))
    connection = op.get_bind()
    connection.exec_driver_sql("GRANT UPDATE (mail_bounced_at) ON users TO pamong_lookup")
    connection.exec_driver_sql(NOTE)
    for statement in lookup("app_note_account_bounce(bigint, text, timestamptz)"):
        connection.exec_driver_sql(statement)
