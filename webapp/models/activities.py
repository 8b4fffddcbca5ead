"""An activity is one run of a declared procedure; its steps are recorded as rows."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedJson, SealedText, TenantMixin, UtcDateTime, tenant_key


class Activity(TenantMixin, Base):
    """A home visit, an advocacy, a conference: which procedure, where it stands, how it ended.

    tracks: keys of the chosen stages. end_kind: which of the procedure's reasons for cancelling, or `other`.
    follows_id: the visit that this one repeats.
    """

    __tablename__ = "activities"

    case_id: Mapped[int] = mapped_column(BigInteger)
    procedure: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="active")
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tracks: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    end_kind: Mapped[str | None] = mapped_column(Text)
    follows_id: Mapped[int | None] = mapped_column(BigInteger)

    end_reason = SealedText()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("follows_id", "activities", ondelete="RESTRICT"),
        Index(None, "school_id", "case_id"),
        CheckConstraint("state IN ('active','completed','cancelled')", name="state"),
    )


class ActivityStep(TenantMixin, Base):
    """A step that was recorded: by whom and when. Taking one back removes the row, the audit keeps it."""

    __tablename__ = "activity_steps"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(Text)
    done_by: Mapped[int | None] = mapped_column(BigInteger)
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        UniqueConstraint("school_id", "activity_id", "step"),
    )


class ActivityField(TenantMixin, Base):
    """One field of one step's form and its version; `step` is a path, the value is stored as text."""

    __tablename__ = "activity_fields"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[int] = mapped_column(BigInteger)

    value = SealedText()

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "activity_id", "step", "field"),
    )


class ActivityWording(TenantMixin, Base):
    """Every value that was ever saved into a field, also the one that lost a conflict."""

    __tablename__ = "activity_wordings"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    in_conflict: Mapped[bool] = mapped_column(Boolean, default=False)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[int] = mapped_column(BigInteger)

    value = SealedText()

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        Index(None, "school_id", "activity_id", "step", "field"),
    )


class ActivityEntry(TenantMixin, Base):
    """One entry of a step (a finding, a person met, an execution): {field: value}, a fact or an impression.

    A correction is a new row that names the one it corrects; one that was removed stays, with its reason.
    """

    __tablename__ = "activity_entries"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(Text)
    nature: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(BigInteger)
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[int | None] = mapped_column(BigInteger)

    body = SealedJson()
    removed_because = SealedText()

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("corrects_id", "activity_entries"),
        UniqueConstraint("school_id", "corrects_id"),
        Index(None, "school_id", "activity_id", "step"),
        CheckConstraint("nature IN ('fact','impression')", name="nature"),
    )


class Appointment(TenantMixin, Base):
    """When a visit or another meeting of an activity is planned. Where is for its team: see its fields.

    One row per activity and step; `sequence` rises with each change, as iCalendar's does.
    """

    __tablename__ = "appointments"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[int] = mapped_column(BigInteger)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "activity_id", "step"),
        Index(None, "school_id", "starts_at"),
    )


class Execution(TenantMixin, Base):
    """Once that a service was carried out: the day, and the lesson hours that it counted with then.

    `source_id` is the field, entry or conference that says so; taken back, it stays with the moment.
    """

    __tablename__ = "executions"

    activity_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    procedure: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int] = mapped_column(BigInteger)
    held_on: Mapped[date] = mapped_column(Date)
    quarter_hours: Mapped[int] = mapped_column(Integer)
    by_user_id: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("activity_id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "source_id"),
        Index(None, "school_id", "by_user_id", "held_on"),
    )
