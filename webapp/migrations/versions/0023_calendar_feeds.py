"""Private addresses of calendars: one per person and school, of which only the hash is kept."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence, lookup

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OWN = "user_id = (SELECT app_person_id())"

# Whoever fetches a calendar brings nothing but its address: from it follow the school and the person.
FIND = """
CREATE FUNCTION app_calendar_feed(hashed text) RETURNS TABLE (school_id int, user_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT f.school_id, f.user_id FROM calendar_feeds f
   WHERE app_kind() = 'identity' AND f.token_hash = hashed $$
"""
# Who leaves a school loses the address as well: coming back later opens no old one.
CLOSE = """
CREATE FUNCTION app_close_calendar_feed(whose bigint, in_school int) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE calendar_feeds SET token_hash = NULL
   WHERE school_id = in_school AND user_id = whose
     AND ((in_school = ANY (app_school_ids()) AND app_roles() && '{school_admin}')
          OR in_school = ANY (app_district_school_ids())) $$
"""


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_calendar_feeds_school_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("school_id", "user_id", name=op.f("uq_calendar_feeds_school_id_user_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feeds_user_id"), "calendar_feeds", ["user_id"])
    connection = op.get_bind()
    # One's own, also from the page of one's settings, which belongs to no school.
    for statement in fence("calendar_feeds", select_also=OWN) + confine("calendar_feeds", OWN):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        "GRANT SELECT (school_id, user_id, token_hash), UPDATE (token_hash) ON calendar_feeds TO pamong_lookup"
    )
    for function, signature in (
        (FIND, "app_calendar_feed(text)"),
        (CLOSE, "app_close_calendar_feed(bigint, int)"),
    ):
        for statement in (function, *lookup(signature)):
            connection.exec_driver_sql(statement)
