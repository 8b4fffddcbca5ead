"""Mails that come back: secret reply addresses, what was read, and how a worker finds the school."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence, lookup

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"

KIND = "(SELECT app_kind())"
SYSTEM = "(SELECT app_has_role('system'))"
CASE_CONFERENCES = "ANY ((SELECT app_case_conference_ids())::bigint[])"
OWN = "participant_id = (SELECT app_participant_id())"


def upgrade() -> None:
    op.add_column("participants", sa.Column("answer_stamped_at", sa.DateTime(timezone=True)))
    op.create_index(op.f("ix_participants_conference_id_id"), "participants", ["conference_id", "id"])
    op.create_index(op.f("ix_outbox_message_id"), "outbox", ["message_id"])
    op.create_table(
        "reply_addresses",
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        *_tenant_columns("reply_addresses"),
        _tenant_key("reply_addresses", "participant_id", "participants", "CASCADE"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_reply_addresses_token_hash")),
    )
    op.create_index(
        op.f("ix_reply_addresses_school_id_participant_id"), "reply_addresses", ["school_id", "participant_id"]
    )
    op.create_table(
        "incoming_mails",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=True),
        sa.Column("participant_id", sa.BigInteger(), nullable=True),
        sa.Column("mail_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sender_enc", sa.LargeBinary(), nullable=True),
        sa.Column("text_enc", sa.LargeBinary(), nullable=True),
        *_tenant_columns("incoming_mails"),
        _tenant_key("incoming_mails", "conference_id", "conferences", "CASCADE"),
        _tenant_key("incoming_mails", "participant_id", "participants", "CASCADE"),
        _tenant_key("incoming_mails", "mail_id", "outbox", "RESTRICT"),
        sa.UniqueConstraint("school_id", "digest", name=op.f("uq_incoming_mails_school_id_digest")),
        sa.CheckConstraint(
            "state IN ('done','review','recorded','dismissed')", name=op.f("ck_incoming_mails_state")
        ),
    )
    for column in ("conference_id", "participant_id", "mail_id"):
        op.create_index(
            op.f(f"ix_incoming_mails_school_id_{column}"), "incoming_mails", ["school_id", column]
        )
    op.create_index(
        "ix_incoming_mails_review", "incoming_mails", ["school_id", "id"], postgresql_where="state = 'review'"
    )
    connection = op.get_bind()
    for statement in isolation():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql((SQL / "0009_functions.sql").read_text())
    for signature in (
        "app_reply_address(text)",
        "app_mail_by_message_id(text)",
        "app_school_of_participant(bigint, bigint)",
    ):
        for statement in lookup(signature):
            connection.exec_driver_sql(statement)


def isolation() -> list[str]:
    # Guests too: "this is not for me" revokes one's own, and an answer is recorded as its participant.
    result = fence("reply_addresses") + confine("reply_addresses", f"{KIND} <> 'guest' OR {OWN}")
    # What people wrote is for the case team; only the workers put it there, a participant's own among it.
    # What is about no conference holds no text; it is for those who look after accounts.
    readers = (
        f"{SYSTEM} OR conference_id = {CASE_CONFERENCES}"
        " OR (conference_id IS NULL AND (SELECT app_has_role('school_admin')))"
    )
    result += fence("incoming_mails")
    result += confine("incoming_mails", readers, insert=f"{SYSTEM} OR ({KIND} = 'guest' AND {OWN})")
    return [
        *result,
        "GRANT SELECT (school_id, participant_id, token_hash, revoked_at) ON reply_addresses TO pamong_lookup",
        "GRANT SELECT (message_id, participant_id, conference_id) ON outbox TO pamong_lookup",
    ]


def _tenant_columns(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f(f"fk_{table}_school_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"pk_{table}")),
    ]


def _tenant_key(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{target}.school_id", f"{target}.id"],
        name=op.f(f"fk_{table}_school_id_{column}"),
        ondelete=ondelete,
    )
