"""Mails that came back: answers from calendars, bounces, and what a person must look at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class IncomingMail(TenantMixin, Base):
    """One mail that was read, once: `digest` is of its bytes, so that a copy is known again.

    It belongs to the school of the participant or mail it is about; to the platform where it is about
    nobody known, and then nothing of its text or sender is kept.
    """

    __tablename__ = "incoming_mails"

    digest: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)  # a key of INCOMING_STATES
    reason: Mapped[str] = mapped_column(Text)  # a key of INCOMING_REASONS
    conference_id: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    mail_id: Mapped[int | None] = mapped_column(BigInteger)  # the outbox row that it is about
    answer: Mapped[str | None] = mapped_column(Text)  # what the calendar said: yes, no or nothing
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    sender = SealedText()
    text = SealedText()

    __table_args__ = (
        UniqueConstraint("school_id", "digest"),
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        tenant_key("mail_id", "outbox", ondelete="RESTRICT"),
        Index(None, "school_id", "conference_id"),
        Index(None, "school_id", "participant_id"),
        Index(None, "school_id", "mail_id"),
        Index("ix_incoming_mails_review", "school_id", "id", postgresql_where="state = 'review'"),
        CheckConstraint("state IN ('done','review','recorded','dismissed')", name="state"),
    )
