"""Letters on paper: which numbers were taken, for whom, and which of them were voided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import TenantMixin, UtcDateTime, tenant_key


class Letter(TenantMixin, Base):
    """One issued letter: to a participant of a conference, or of another activity. Its row is never deleted,
    so that its number stays taken.

    sequence: what it says. Of a conference, which time and place; of another activity, which wording.
    """

    __tablename__ = "letters"

    kind: Mapped[str] = mapped_column(Text)
    conference_id: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    activity_id: Mapped[int | None] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(Integer)
    numbering: Mapped[str] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)  # none: written by hand on the paper
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    issued_by: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_by: Mapped[int | None] = mapped_column(BigInteger)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="RESTRICT"),
        tenant_key("participant_id", "participants", ondelete="RESTRICT"),
        tenant_key("activity_id", "activities", ondelete="RESTRICT"),
        tenant_key("report_id", "reports", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "kind", "number"),
        Index(None, "school_id", "conference_id"),
        Index(None, "school_id", "participant_id"),
        Index(None, "school_id", "activity_id"),
        Index(None, "school_id", "report_id"),
        CheckConstraint(
            "(activity_id IS NULL) = (conference_id IS NOT NULL)"
            " AND (conference_id IS NULL) = (participant_id IS NULL)",
            name="of_one_act",
        ),
        CheckConstraint("numbering IN ('pattern','hand','blank')", name="numbering"),
        CheckConstraint("(numbering = 'blank') = (number IS NULL)", name="number_unless_blank"),
    )
