"""Numbered letters of invitation, how a school numbers them, and who recorded a commitment on paper."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CASE_CONFERENCES = "ANY ((SELECT app_case_conference_ids())::bigint[])"


def upgrade() -> None:
    op.add_column(
        "schools",
        sa.Column(
            "letter_number_pattern",
            sa.Text(),
            nullable=False,
            server_default="{nomor:03}/{bulan_romawi}/{tahun}",
        ),
    )
    op.alter_column("schools", "letter_number_pattern", server_default=None)
    op.add_column("schools", sa.Column("letter_code", sa.Text(), nullable=True))
    op.add_column("schools", sa.Column("letter_unit", sa.Text(), nullable=True))
    op.add_column("reports", sa.Column("docx_enc", sa.LargeBinary(), nullable=True))
    op.add_column("participants", sa.Column("signed_recorded_by", sa.BigInteger(), nullable=True))
    op.create_table(
        "letters",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("numbering", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_by", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_by", sa.BigInteger(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_letters_school_id"), ondelete="RESTRICT"
        ),
        _tenant_key("conference_id", "conferences"),
        _tenant_key("participant_id", "participants"),
        _tenant_key("report_id", "reports"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_letters")),
        sa.UniqueConstraint("school_id", "kind", "number", name=op.f("uq_letters_school_id_kind_number")),
        sa.CheckConstraint("numbering IN ('pattern','hand','blank')", name=op.f("ck_letters_numbering")),
        sa.CheckConstraint(
            "(numbering = 'blank') = (number IS NULL)", name=op.f("ck_letters_number_unless_blank")
        ),
    )
    for column in ("conference_id", "participant_id", "report_id"):
        op.create_index(op.f(f"ix_letters_school_id_{column}"), "letters", ["school_id", column])
    connection = op.get_bind()
    for statement in fence("letters") + confine("letters", f"conference_id = {CASE_CONFERENCES}"):
        connection.exec_driver_sql(statement)


def _tenant_key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{target}.school_id", f"{target}.id"],
        name=op.f(f"fk_letters_school_id_{column}"),
        ondelete="RESTRICT",
    )
