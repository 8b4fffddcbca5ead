"""What is said in a conference: readable by its participants alone, once they have signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class ContentField(TenantMixin, Base):
    """One field of the conference's content (strengths, symptoms, …) and its version."""

    __tablename__ = "content_fields"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    section: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int] = mapped_column(BigInteger)

    body = SealedText()

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        UniqueConstraint("school_id", "conference_id", "section"),
    )


class ContentVersion(TenantMixin, Base):
    """Every text that was ever saved into a field, also the one that lost a conflict."""

    __tablename__ = "content_versions"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    section: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    in_conflict: Mapped[bool] = mapped_column(Boolean, default=False)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[int] = mapped_column(BigInteger)

    body = SealedText()

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        Index(None, "school_id", "conference_id", "section"),
    )


class InformationConflict(TenantMixin, Base):
    """Two or more statements that contradict each other, and what became of them."""

    __tablename__ = "information_conflicts"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default="unresolved")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(BigInteger)

    topic = SealedText()
    clarification = SealedText()

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        Index(None, "school_id", "conference_id"),
        CheckConstraint("state IN ('unresolved','clarified','left_open')", name="state"),
    )


class ConflictStatement(TenantMixin, Base):
    """One statement of a conflict, with its source."""

    __tablename__ = "conflict_statements"

    conflict_id: Mapped[int] = mapped_column(BigInteger)
    conference_id: Mapped[int] = mapped_column(BigInteger)

    source = SealedText()
    statement = SealedText()

    __table_args__ = (
        tenant_key("conflict_id", "information_conflicts", ondelete="CASCADE"),
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        Index(None, "school_id", "conflict_id"),
    )


class Reservation(TenantMixin, Base):
    """Why a participant does not simply agree with the conclusion."""

    __tablename__ = "reservations"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    participant_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    body = SealedText()

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        UniqueConstraint("school_id", "participant_id"),
    )


class SignOff(TenantMixin, Base):
    """Counsellor's and principal's signature under the minutes."""

    __tablename__ = "sign_offs"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    part: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(BigInteger)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        UniqueConstraint("school_id", "conference_id", "part"),
        CheckConstraint("part IN ('counsellor','principal')", name="part"),
    )


class MinutesAddendum(TenantMixin, Base):
    """Something added to signed minutes: its number and two signatures. The text is a ContentField."""

    __tablename__ = "minutes_addenda"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(SmallInteger)
    written_by: Mapped[int] = mapped_column(BigInteger)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    countersigned_by: Mapped[int | None] = mapped_column(BigInteger)
    countersigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        UniqueConstraint("school_id", "conference_id", "number"),
        CheckConstraint("countersigned_by <> written_by", name="two_people"),
    )
