"""Digests are chosen kind by kind: whoever had switched them off has none of the kinds."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # One column becomes the other: an UPDATE would find no row, since row-level security holds for the owner.
    op.execute(
        "ALTER TABLE users ALTER COLUMN wants_digests TYPE text[] USING CASE WHEN wants_digests"
        " THEN '{}'::text[] ELSE ARRAY['daily_digest', 'monthly_digest', 'weekly_digest'] END"
    )
    op.alter_column("users", "wants_digests", new_column_name="digests_off")
