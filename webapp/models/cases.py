"""Cases, their team, the persons shut out, and the notes of the timeline."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Date, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class Case(TenantMixin, Base):
    """One student's problem, from opening to closing. Register fields in clear, narrative sealed."""

    __tablename__ = "cases"

    number: Mapped[str] = mapped_column(Text)
    student_id: Mapped[int] = mapped_column(BigInteger)
    field: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    source: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="open")
    owner_id: Mapped[int] = mapped_column(BigInteger)
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(BigInteger)

    summary = SealedText()  # the problem in a few words, for the team

    __table_args__ = (
        tenant_key("student_id", "students", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "number"),
        Index("ix_cases_newest", "school_id", "id"),
        # With what the policies ask of a case: the saved views are counted without opening a row.
        Index("ix_cases_status", "school_id", "status", "id", postgresql_include=["student_id"]),
        Index("ix_cases_owner", "school_id", "owner_id", "id", postgresql_include=["status", "student_id"]),
        Index("ix_cases_student", "school_id", "student_id"),
        CheckConstraint("field IN ('personal','social','academic','career')", name="field"),
        CheckConstraint("severity IN ('low','medium','high','urgent')", name="severity"),
        CheckConstraint("status IN ('open','in_progress','monitoring','closed')", name="status"),
    )


class CaseMember(TenantMixin, Base):
    """A person on the case team; the owner is on it too."""

    __tablename__ = "case_members"

    case_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    added_by: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="CASCADE"),
        UniqueConstraint("school_id", "case_id", "user_id"),
        # Whose cases these are, and (with the case) whether this one is among them: the policies make both
        # look equally cheap to the planner, so one index answers both.
        Index(None, "school_id", "user_id", "case_id"),
    )


class CaseExclusion(TenantMixin, Base):
    """A person who is party to the case and is shut out of it; stronger than any role."""

    __tablename__ = "case_exclusions"

    case_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    added_by: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    reason = SealedText()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="CASCADE"),
        # A lifted exclusion keeps its reason; a person is shut out at most once at a time.
        Index(
            "uq_case_exclusions_running",
            "school_id",
            "case_id",
            "user_id",
            unique=True,
            postgresql_where="lifted_at IS NULL",
        ),
        Index(None, "school_id", "user_id"),
    )


class CaseStatusChange(TenantMixin, Base):
    """Each move of a case's status, with its reason."""

    __tablename__ = "case_status_changes"

    case_id: Mapped[int] = mapped_column(BigInteger)
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    reason = SealedText()

    __table_args__ = (tenant_key("case_id", "cases", ondelete="CASCADE"), Index(None, "school_id", "case_id"))


class CaseNote(TenantMixin, Base):
    """A fact or an impression; a correction is a new row that names the one it corrects.

    `summary` keeps an earlier wording of the case's summary, written when that is changed.
    """

    __tablename__ = "case_notes"

    case_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    happened_on: Mapped[date] = mapped_column(Date)
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)

    body = SealedText()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="CASCADE"),
        tenant_key("corrects_id", "case_notes"),
        # One earlier wording has one correction: two corrections of the same wording would fork the trail.
        UniqueConstraint("school_id", "corrects_id"),
        Index(None, "school_id", "case_id", "id"),
        CheckConstraint("kind IN ('fact','impression','summary')", name="kind"),
    )


class CaseLink(TenantMixin, Base):
    """Two cases that belong together, the older one as `case_id`; only who reads both knows of it."""

    __tablename__ = "case_links"

    case_id: Mapped[int] = mapped_column(BigInteger)
    other_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[int | None] = mapped_column(BigInteger)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    note = SealedText()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="CASCADE"),
        tenant_key("other_id", "cases", ondelete="CASCADE"),
        # A removed link stays on record; two cases are linked at most once at a time.
        Index(
            "uq_case_links_running",
            "school_id",
            "case_id",
            "other_id",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
        Index(None, "school_id", "other_id"),
        CheckConstraint("case_id < other_id", name="once"),
        CheckConstraint("kind IN ('siblings','same_incident','other')", name="kind"),
    )
