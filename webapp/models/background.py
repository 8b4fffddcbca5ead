"""The queues of record: mails to send, reports to make, reminders and digests that fall due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedBytes, SealedJson, SealedText, TenantMixin, UtcDateTime, tenant_key


class OutboxMail(TenantMixin, Base):
    """One mail to one recipient. The bytes are built at the first claim and resent as they are.

    `stream` orders the mails to one person about one meeting or visit: only the head of a stream has a
    `due_at`; the sender promotes the next one.
    """

    __tablename__ = "outbox"

    kind: Mapped[str] = mapped_column(Text)
    dedupe_key: Mapped[str] = mapped_column(Text)
    stream: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="queued")
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    conference_id: Mapped[int | None] = mapped_column(BigInteger)
    activity_id: Mapped[int | None] = mapped_column(BigInteger)  # a home visit that the mail is about
    guardian_id: Mapped[int | None] = mapped_column(BigInteger)  # a reader who takes part in no conference
    locale: Mapped[str] = mapped_column(Text, default="id")
    message_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_by: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_response: Mapped[str | None] = mapped_column(Text)
    optional: Mapped[bool] = mapped_column(Boolean, default=False)

    to_address = SealedText()
    to_name = SealedText()
    facts = SealedJson()
    content = SealedBytes()  # the built message

    __table_args__ = (
        UniqueConstraint("school_id", "dedupe_key"),
        tenant_key("participant_id", "participants", ondelete="RESTRICT"),
        tenant_key("conference_id", "conferences", ondelete="RESTRICT"),
        tenant_key("activity_id", "activities", ondelete="RESTRICT"),
        tenant_key("guardian_id", "guardians", ondelete="RESTRICT"),
        Index(
            "ix_outbox_due",
            "due_at",
            postgresql_where="state IN ('queued','deferred') AND due_at IS NOT NULL",
        ),
        Index("ix_outbox_leased", "lease_until", postgresql_where="state IN ('claimed','transmitting')"),
        Index(
            "ix_outbox_waiting",
            "state",
            "created_at",
            postgresql_where="state IN ('queued','deferred','claimed','transmitting')",
        ),
        Index("ix_outbox_trouble", "created_at", postgresql_where="state IN ('bounced','failed')"),
        Index("ix_outbox_stream", "school_id", "stream", "id"),
        # A bounce names the mail, and not the school.
        Index(None, "message_id"),
        Index("ix_outbox_newest", "school_id", "id"),
        Index(None, "school_id", "conference_id"),
        Index(None, "school_id", "activity_id", postgresql_where="activity_id IS NOT NULL"),
        CheckConstraint(
            "state IN ('queued','claimed','transmitting','sent','deferred','bounced','failed','cancelled',"
            "'superseded','expired','withheld')",
            name="state",
        ),
    )


class Report(TenantMixin, Base):
    """A document being made or ready: progress, frozen data, bytes. The same request gives the same row."""

    __tablename__ = "reports"

    kind: Mapped[str] = mapped_column(Text)
    dedupe_key: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    conference_id: Mapped[int | None] = mapped_column(BigInteger)
    activity_id: Mapped[int | None] = mapped_column(BigInteger)
    with_impressions: Mapped[bool] = mapped_column(Boolean, default=False)  # of copies for outsiders
    asked: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # ids and keys, where no column says it
    requested_by: Mapped[int] = mapped_column(BigInteger)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locale: Mapped[str] = mapped_column(Text, default="id")
    state: Mapped[str] = mapped_column(Text, default="queued")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=2)  # collect, render
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the bytes; the frozen data stay
    template_version: Mapped[str | None] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    snapshot = SealedJson()
    content = SealedBytes()

    __table_args__ = (
        UniqueConstraint("school_id", "dedupe_key"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("conference_id", "conferences", ondelete="RESTRICT"),
        tenant_key("activity_id", "activities", ondelete="RESTRICT"),
        Index(None, "school_id", "activity_id", postgresql_where="activity_id IS NOT NULL"),
        Index("ix_reports_due", "due_at", postgresql_where="state IN ('queued','running')"),
        CheckConstraint("state IN ('queued','running','ready','failed','expired')", name="state"),
    )


class ReportDelivery(TenantMixin, Base):
    """A finished document given to one participant of a conference, or to one person of the school; and when
    it was first opened.

    entry_id: the entry of the activity that says so. What was given to a person can be withdrawn, and given
    anew.
    """

    __tablename__ = "report_deliveries"

    report_id: Mapped[int] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"))
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    delivered_by: Mapped[int] = mapped_column(BigInteger)
    delivered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(BigInteger)

    withdrawn_because = SealedText()

    __table_args__ = (
        tenant_key("report_id", "reports", ondelete="CASCADE"),
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        tenant_key("entry_id", "activity_entries", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "report_id", "participant_id"),
        Index(
            "uq_report_deliveries_standing",
            "school_id",
            "report_id",
            "user_id",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
        Index(None, "school_id", "user_id"),
        CheckConstraint("(participant_id IS NULL) <> (user_id IS NULL)", name="one_reader"),
    )


class Due(TenantMixin, Base):
    """A reminder or a digest that falls due: once per kind, recipient, subject and period.

    Reminders are inserted when their facts arise (an approval, a task); digests keep one waiting row
    per recipient, and processing it inserts the next.
    """

    __tablename__ = "dues"

    kind: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)  # user:<id>, participant:<id>, district:<id>
    subject_id: Mapped[int] = mapped_column(
        BigInteger, default=0
    )  # conference, commitment, check-in; 0 for digests
    period: Mapped[str] = mapped_column(Text)  # 2026-11-25, 2026-W48, 2026-11
    state: Mapped[str] = mapped_column(Text, default="waiting")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)  # queued, nothing_to_say, past, cancelled, answered, …

    __table_args__ = (
        UniqueConstraint("school_id", "kind", "recipient", "subject_id", "period"),
        Index("ix_dues_waiting", "due_at", "school_id", postgresql_where="state = 'waiting'"),
        Index(None, "school_id", "subject_id"),
        CheckConstraint("state IN ('waiting','done')", name="state"),
    )


class SweepRun(Base):
    """The last good tick of each sweep, for the status page and the health check."""

    __tablename__ = "sweep_runs"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    last_ok_at: Mapped[datetime] = mapped_column(UtcDateTime)
    touched: Mapped[int] = mapped_column(Integer, default=0)


class SendingHold(Base):
    """Nothing is sent while one stands unreleased: this database was restored from the backup of `backup_at`.

    Like `sweep_runs` it belongs to the whole installation and says nothing of any school or person.
    """

    __tablename__ = "sending_holds"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    backup_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
