"""The frame of all services: fields, entries, appointments and executions of an activity; promises of people
who take part in no conference; documents of an activity."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence, lookup

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TEAM = "case_id = ANY ((SELECT app_my_case_ids())::bigint[])"
EXCLUDED = "case_id = ANY ((SELECT app_excluded_case_ids())::bigint[])"
REGISTER = "(SELECT app_register_reader())"
MOMENT = sa.DateTime(timezone=True)

ACTIVITY_IDS = """
CREATE FUNCTION {name}() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(a.id), '{{}}') FROM activities a
   WHERE a.school_id = ANY (app_school_ids()) AND a.case_id = ANY ({cases}()) $$
"""
SHUT_OUT = """
CREATE FUNCTION app_shut_out_of_case(one_case bigint) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(x.user_id), '{}') FROM case_exclusions x
   WHERE x.school_id = ANY (app_school_ids()) AND x.case_id = one_case AND x.lifted_at IS NULL $$
"""
LOOKUPS = {"app_case_activity_ids": "app_my_case_ids", "app_excluded_activity_ids": "app_excluded_case_ids"}


def _among(name: str) -> str:
    return f"activity_id = ANY ((SELECT {name}())::bigint[])"


# How far a conference is, the register's readers may know; of a visit or an advocacy its steps would tell more.
OF_A_CONFERENCE = (
    "EXISTS (SELECT 1 FROM conferences c WHERE c.school_id = activity_steps.school_id"
    " AND c.id = activity_steps.activity_id)"
)
STEP_READERS = (
    f"(({REGISTER} AND {OF_A_CONFERENCE}) OR {_among('app_my_conference_ids')} OR {_among('app_approving_conference_ids')}"
    f" OR {_among('app_case_activity_ids')}) AND NOT {_among('app_excluded_activity_ids')}"
)


def upgrade() -> None:
    op.add_column("activities", sa.Column("tracks", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("activities", sa.Column("end_kind", sa.Text()))
    op.add_column("activities", sa.Column("follows_id", sa.BigInteger()))
    _foreign_key("activities", "follows_id", "activities")
    _table(
        "activity_fields",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=False),
        sa.Column("value_enc", sa.LargeBinary()),
        _unique("activity_fields", "activity_id", "step", "field"),
    )
    _table(
        "activity_wordings",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_conflict", sa.Boolean(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_by", sa.BigInteger(), nullable=False),
        sa.Column("value_enc", sa.LargeBinary()),
    )
    _index("activity_wordings", "activity_id", "step", "field")
    _table(
        "activity_entries",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger()),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_by", sa.BigInteger()),
        sa.Column("body_enc", sa.LargeBinary()),
        sa.Column("removed_because_enc", sa.LargeBinary()),
        sa.CheckConstraint("nature IN ('fact','impression')", name=op.f("ck_activity_entries_nature")),
        _unique("activity_entries", "corrects_id"),
        _key("activity_entries", "corrects_id", "activity_entries", None),
    )
    _index("activity_entries", "activity_id", "step")
    _table(
        "appointments",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", MOMENT),
        _unique("appointments", "activity_id", "step"),
    )
    _index("appointments", "starts_at")
    _table(
        "executions",
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("quarter_hours", sa.Integer(), nullable=False),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("taken_back_at", MOMENT),
        _unique("executions", "source_id"),
    )
    _index("executions", "by_user_id", "held_on")
    op.alter_column("commitments", "participant_id", nullable=True)
    op.add_column("commitments", sa.Column("who_enc", sa.LargeBinary()))
    op.add_column("commitments", sa.Column("relation_enc", sa.LargeBinary()))
    op.create_check_constraint(
        op.f("ck_commitments_one_promiser"), "commitments", "(participant_id IS NULL) = (who_enc IS NOT NULL)"
    )
    op.add_column("reports", sa.Column("activity_id", sa.BigInteger()))
    _foreign_key("reports", "activity_id", "activities")
    op.create_index(
        op.f("ix_reports_school_id_activity_id"), "reports", ["school_id", "activity_id"],
        postgresql_where="activity_id IS NOT NULL",
    )
    connection = op.get_bind()
    connection.exec_driver_sql("GRANT SELECT (id) ON activities TO pamong_lookup")
    for name, cases in LOOKUPS.items():
        for statement in (ACTIVITY_IDS.format(name=name, cases=cases), *lookup(f"{name}()")):
            connection.exec_driver_sql(statement)
    for statement in (SHUT_OUT, *lookup("app_shut_out_of_case(bigint)")):
        connection.exec_driver_sql(statement)
    for statement in _policies():
        connection.exec_driver_sql(statement)


def _policies() -> list[str]:
    result: list[str] = []
    for table in ("activity_fields", "activity_wordings", "activity_entries"):
        result += fence(table) + confine(table, TEAM)
    # That there is a visit, and when, the register's readers may know; who lives where stands elsewhere.
    for table in ("appointments", "executions"):
        result += fence(table)
        result += confine(table, f"({REGISTER} OR {TEAM}) AND NOT {EXCLUDED}", insert=TEAM, update=TEAM)
    for command, clause in (("select", "USING"), ("insert", "WITH CHECK"), ("update", "USING")):
        result.append(f"ALTER POLICY readers_{command} ON activity_steps {clause} ({STEP_READERS})")
    result.append(f"ALTER POLICY readers_insert ON commitments WITH CHECK ({TEAM})")
    return result


# --- how the tables are written -----------------------------------------------------------------------


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        *parts,
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f(f"fk_{name}_school_id"), ondelete="RESTRICT"
        ),
        _key(name, "activity_id", "activities", "CASCADE"),
        _key(name, "case_id", "cases", "RESTRICT"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"pk_{name}")),
    )


def _key(table: str, column: str, target: str, ondelete: str | None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column], [f"{target}.school_id", f"{target}.id"],
        name=op.f(f"fk_{table}_school_id_{column}"), ondelete=ondelete,
    )


def _foreign_key(table: str, column: str, target: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_school_id_{column}"), table, target, ["school_id", column], ["school_id", "id"],
        ondelete="RESTRICT",
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(
        "school_id", *columns, name=op.f(f"uq_{table}_school_id_{'_'.join(columns)}")
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_school_id_{'_'.join(columns)}"), table, ["school_id", *columns])
