"""Files that people brought to a case: scans, photographs, letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedBytes, SealedText, TenantMixin, UtcDateTime, tenant_key


class Attachment(TenantMixin, Base):
    """One file of a case. Its bytes stand here, so that row and file are saved, backed up and gone together.

    `participant_id` names whose paper it shows, for purposes that are about a participant; `activity_id` the
    home visit that a written permission is for. A removed one keeps its row, without name and bytes.
    """

    __tablename__ = "attachments"

    case_id: Mapped[int] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    activity_id: Mapped[int | None] = mapped_column(BigInteger)
    purpose: Mapped[str] = mapped_column(Text)  # a key of ATTACHMENT_PURPOSES
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)  # bytes, as handed out
    author_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[int | None] = mapped_column(BigInteger)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    name = SealedText()
    content = SealedBytes()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="CASCADE"),
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        Index(None, "school_id", "case_id"),
        Index(None, "school_id", "participant_id"),
        Index(None, "school_id", "activity_id", postgresql_where="activity_id IS NOT NULL"),
        CheckConstraint(
            "purpose IN ('case','signed_commitment','written_answer','visit_permission')", name="purpose"
        ),
        CheckConstraint(
            "(purpose IN ('signed_commitment','written_answer')) = (participant_id IS NOT NULL)",
            name="participant",
        ),
        CheckConstraint("(purpose = 'visit_permission') = (activity_id IS NOT NULL)", name="activity"),
    )
