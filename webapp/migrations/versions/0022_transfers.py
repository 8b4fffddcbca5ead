"""A student's move to another school of the district: both sides, and the sealed package between them."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence, lookup

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
FUNCTIONS = (
    "app_receives_transfers()",
    "app_my_accepted_transfer_ids()",
    "app_transfer_schools()",
    "app_transfer_key(int)",
    "app_release_transfer(bigint, int, bytea, text, bigint, bigint)",
    "app_settle_transfer(bigint, text, bytea, bytea, bigint)",
    "app_withdraw_transfer(bigint, bigint)",
    "app_transfer_on_roster(bigint)",
)
PERSON = "(SELECT app_person_id())"
COUNSELLOR = "(SELECT app_has_role('counsellor'))"
CLASS_TEACHER = "(SELECT app_has_role('class_teacher'))"
RECEIVES = "(SELECT app_receives_transfers())"
MY_ACCEPTED = "id = ANY ((SELECT app_my_accepted_transfer_ids())::bigint[])"


def upgrade() -> None:
    _tables()
    connection = op.get_bind()
    connection.exec_driver_sql((SQL / "0022_transfers.sql").read_text())
    for function in FUNCTIONS:
        for statement in lookup(function):
            connection.exec_driver_sql(statement)
    for statement in _policies():
        connection.exec_driver_sql(statement)


def _policies() -> list[str]:
    mine = f"prepared_by = {PERSON} AND ({COUNSELLOR} OR {CLASS_TEACHER})"
    system = "(SELECT app_has_role('system'))"
    return [
        *fence("transfers"),
        *confine(
            "transfers",
            f"{COUNSELLOR} OR ({mine})",
            insert=f"{mine} AND state = 'draft'",
            update=f"{mine} AND state = 'draft'",
        ),
        # A draft is written by hand; its state only the functions move.
        "REVOKE UPDATE ON transfers FROM pamong_app",
        "GRANT UPDATE (to_school_id, to_school_name, basis_enc, choice_enc) ON transfers TO pamong_app",
        *fence("transfer_arrivals"),
        *confine(
            "transfer_arrivals", f"{RECEIVES} OR {system}", insert="false", update=MY_ACCEPTED
        ),
        "REVOKE INSERT, UPDATE ON transfer_arrivals FROM pamong_app",
        "GRANT UPDATE (student_id) ON transfer_arrivals TO pamong_app",
        *fence("transfer_packages", delete=True),
        *confine("transfer_packages", MY_ACCEPTED, insert="false", update="false"),
        f"CREATE POLICY readers_delete ON transfer_packages AS RESTRICTIVE FOR DELETE USING ({MY_ACCEPTED})",
        "REVOKE INSERT, UPDATE ON transfer_packages FROM pamong_app",
    ]


def _tables() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "transfers",
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("to_school_id", sa.Integer(), nullable=False),
        sa.Column("to_school_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("released_at", moment, nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        sa.Column("basis_enc", sa.LargeBinary(), nullable=True),
        sa.Column("choice_enc", sa.LargeBinary(), nullable=True),
        sa.Column("answer_enc", sa.LargeBinary(), nullable=True),
        *_keys("transfers"),
        _of_student("transfers"),
        _school("transfers", "to_school_id"),
        sa.CheckConstraint(
            "state IN ('draft','released','accepted','declined','withdrawn')", name=op.f("ck_transfers_state")
        ),
        sa.CheckConstraint("to_school_id <> school_id", name=op.f("ck_transfers_other_school")),
    )
    for column in ("student_id", "prepared_by"):
        op.create_index(op.f(f"ix_transfers_school_id_{column}"), "transfers", ["school_id", column])
    op.create_index(
        "uq_transfers_released",
        "transfers",
        ["school_id", "student_id"],
        unique=True,
        postgresql_where="state = 'released'",
    )
    op.create_table(
        "transfer_arrivals",
        sa.Column("from_school_id", sa.Integer(), nullable=False),
        sa.Column("from_school_name", sa.Text(), nullable=False),
        sa.Column("sent_by_name", sa.Text(), nullable=False),
        sa.Column("sent_at", moment, nullable=False),
        sa.Column("case_count", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        sa.Column("student_id", sa.BigInteger(), nullable=True),
        sa.Column("word_enc", sa.LargeBinary(), nullable=True),
        *_keys("transfer_arrivals"),
        _of_student("transfer_arrivals"),
        _school("transfer_arrivals", "from_school_id"),
        sa.CheckConstraint(
            "state IN ('waiting','accepted','declined','withdrawn')", name=op.f("ck_transfer_arrivals_state")
        ),
    )
    op.create_index(
        op.f("ix_transfer_arrivals_school_id_state"), "transfer_arrivals", ["school_id", "state"]
    )
    op.create_table(
        "transfer_packages",
        sa.Column("nisn", sa.Text(), nullable=True),
        sa.Column("record_enc", sa.LargeBinary(), nullable=True),
        *_keys("transfer_packages"),
        sa.ForeignKeyConstraint(
            ["school_id", "id"],
            ["transfer_arrivals.school_id", "transfer_arrivals.id"],
            name=op.f("fk_transfer_packages_school_id_id"),
            ondelete="RESTRICT",
        ),
    )
    # Compressing what is sealed makes nothing smaller.
    op.execute("ALTER TABLE transfer_packages ALTER COLUMN record_enc SET STORAGE EXTERNAL")


def _keys(table: str) -> tuple[sa.Column[Any] | sa.Constraint, ...]:
    return (
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _school(table, "school_id"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"pk_{table}")),
    )


def _school(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["schools.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT"
    )


def _of_student(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", "student_id"],
        ["students.school_id", "students.id"],
        name=op.f(f"fk_{table}_school_id_student_id"),
        ondelete="RESTRICT",
    )
