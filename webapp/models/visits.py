"""What a family is asked about a home visit and answers, and whose calendar knows of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class VisitRequest(TenantMixin, Base):
    """One question by mail to one guardian: may the school visit at this time? Its link opens this row alone.

    Only the token's hash is kept. The time is the one that was asked about: where the plan has moved since,
    the answer counts no more. `revoked_at`: asked anew, taken back, or "this is not for me" (`disowned_at`).
    """

    __tablename__ = "visit_requests"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    guardian_id: Mapped[int] = mapped_column(BigInteger)
    locale: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_as: Mapped[str] = mapped_column(Text)  # who asks, as the mail and the page say it
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="pending")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answers: Mapped[int] = mapped_column(SmallInteger, default=0)  # how often it was given or changed
    disowned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the team has read the answer
    noted_by: Mapped[int | None] = mapped_column(BigInteger)

    name = SealedText()
    email = SealedText()
    message = SealedText()
    proposed_time = SealedText()

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("guardian_id", "guardians", ondelete="RESTRICT"),
        Index(None, "school_id", "activity_id"),
        Index(None, "school_id", "case_id"),
        CheckConstraint("answer IN ('pending','yes','no','other_time')", name="answer"),
    )


class VisitInvitee(TenantMixin, Base):
    """Somebody whose calendar knows of a visit: a guardian of the family, or a companion from the staff.

    What was sent last stands here, and to whom, so that the page can say whether the plan has moved since.
    `sequence` rises with each mail that changes their calendar; it is 0 for who was told once, or not yet
    (`sent_at`).
    """

    __tablename__ = "visit_invitees"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    guardian_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"))
    added_by: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_place_version: Mapped[int | None] = mapped_column(Integer)  # of the field that says where
    called_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locale: Mapped[str | None] = mapped_column(Text)

    name = SealedText()
    email = SealedText()

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("guardian_id", "guardians", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "activity_id", "guardian_id"),
        UniqueConstraint("school_id", "activity_id", "user_id"),
        Index(None, "school_id", "case_id"),
        CheckConstraint("(guardian_id IS NULL) <> (user_id IS NULL)", name="one_person"),
    )
