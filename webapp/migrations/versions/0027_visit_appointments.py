"""Who was told of a home visit: guardians, and companions from the staff, each with what their calendar holds."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TEAM = "case_id = ANY ((SELECT app_my_case_ids())::bigint[])"
TABLE = "visit_invitees"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("sent_starts_at", MOMENT),
        sa.Column("sent_ends_at", MOMENT),
        sa.Column("sent_place_version", sa.Integer()),
        sa.Column("called_off_at", MOMENT),
        sa.Column("locale", sa.Text()),
        sa.Column("name_enc", sa.LargeBinary()),
        sa.Column("email_enc", sa.LargeBinary()),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f(f"fk_{TABLE}_school_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{TABLE}_user_id"), ondelete="RESTRICT"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{target}.school_id", f"{target}.id"],
                name=op.f(f"fk_{TABLE}_school_id_{column}"),
                ondelete=ondelete,
            )
            for column, target, ondelete in (
                ("activity_id", "activities", "CASCADE"),
                ("case_id", "cases", "RESTRICT"),
                ("guardian_id", "guardians", "RESTRICT"),
            )
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"pk_{TABLE}")),
        *(
            sa.UniqueConstraint(
                "school_id", "activity_id", column, name=op.f(f"uq_{TABLE}_school_id_activity_id_{column}")
            )
            for column in ("guardian_id", "user_id")
        ),
        sa.CheckConstraint(
            "(guardian_id IS NULL) <> (user_id IS NULL)", name=op.f(f"ck_{TABLE}_one_person")
        ),
    )
    op.create_index(op.f(f"ix_{TABLE}_school_id_case_id"), TABLE, ["school_id", "case_id"])
    for statement in fence(TABLE) + confine(TABLE, TEAM):
        op.get_bind().exec_driver_sql(statement)
