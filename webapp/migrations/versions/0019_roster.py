"""Lists of students: remembered columns, how students left, records that were merged."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence, lookup

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
IMPORTERS = "(SELECT app_has_role('counsellor', 'class_teacher', 'school_admin', 'system'))"


def upgrade() -> None:
    _students()
    op.create_table(
        "import_mappings",
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("chosen_by", sa.BigInteger(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("columns_enc", sa.LargeBinary(), nullable=True),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_import_mappings_school_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint("school_id", "headers", name=op.f("uq_import_mappings_school_id_headers")),
    )
    connection = op.get_bind()
    for statement in fence("import_mappings") + confine("import_mappings", IMPORTERS):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql((SQL / "0019_functions.sql").read_text())
    for statement in lookup("app_merge_students(bigint, bigint, bigint[], bigint[], bigint[])"):
        connection.exec_driver_sql(statement)


def _students() -> None:
    op.add_column("students", sa.Column("left_kind", sa.Text(), nullable=True))
    for column, target in (("left_import_id", "student_imports"), ("merged_into_id", "students")):
        op.add_column("students", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_students_school_id_{column}"),
            "students",
            target,
            ["school_id", column],
            ["school_id", "id"],
        )
        op.create_index(
            f"ix_students_{column.removesuffix('_id')}",
            "students",
            ["school_id", column],
            postgresql_where=f"{column} IS NOT NULL",
        )
    for name, rule in (
        ("left_kind", "left_kind IN ('moved','graduated','dropped_out','other')"),
        ("left_kind_of_left", "left_kind IS NULL OR left_on IS NOT NULL"),
        ("merged", "merged_into_id IS NULL OR (left_on IS NOT NULL AND nisn IS NULL AND nipd IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_students_{name}"), "students", rule)
