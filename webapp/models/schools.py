"""Districts, schools and what a school sets for itself."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    Time,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import TenantMixin, UtcDateTime


class District(Base):
    """An education office that administers schools."""

    __tablename__ = "districts"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text, default="Asia/Jakarta")
    digest_at: Mapped[time] = mapped_column(Time, default=time(7, 0))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class School(Base):
    """The tenant. Times are the school's own clock; `time_zone` is an IANA name."""

    __tablename__ = "schools"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    district_id: Mapped[int] = mapped_column(Integer, ForeignKey("districts.id", ondelete="RESTRICT"))
    slug: Mapped[str] = mapped_column(Text, unique=True)
    npsn: Mapped[str | None] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text, default="Asia/Jakarta")
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    # Letterhead (kop surat); logos stand in school_logos.
    letterhead_line1: Mapped[str | None] = mapped_column(Text)
    letterhead_line2: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)

    # Calendar and schedules.
    six_day_week: Mapped[bool] = mapped_column(Boolean, default=False)
    school_year_starts_month: Mapped[int] = mapped_column(SmallInteger, default=7)
    daily_digest_at: Mapped[time] = mapped_column(Time, default=time(6, 30))
    weekly_digest_at: Mapped[time] = mapped_column(Time, default=time(6, 30))
    weekly_digest_weekday: Mapped[int] = mapped_column(SmallInteger, default=0)  # 0 is Monday
    reminders_at: Mapped[time] = mapped_column(Time, default=time(7, 0))
    case_number_pattern: Mapped[str] = mapped_column(Text, default="K-{tahun}-{nomor:03}")
    # What stands for {kode} and {unit} in the numbers of letters.
    letter_number_pattern: Mapped[str] = mapped_column(
        Text, default="{nomor:03}/{jenis}/{bulan_romawi}/{tahun}"
    )
    letter_code: Mapped[str | None] = mapped_column(Text)
    letter_unit: Mapped[str | None] = mapped_column(Text)
    # Kind of letter -> its own pattern, in the place of the one above.
    letter_patterns: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    minutes_access_days: Mapped[int] = mapped_column(SmallInteger, default=14)
    # A promise overdue for so many days is told to the counsellor, and so many later to the principal.
    overdue_counsellor_days: Mapped[int] = mapped_column(SmallInteger, default=7)
    overdue_principal_days: Mapped[int] = mapped_column(SmallInteger, default=7)
    # Who approves a conference when the principal is a party to the case.
    substitute_approver_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL")
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("time_zone IN ('Asia/Jakarta','Asia/Makassar','Asia/Jayapura')", name="time_zone"),
        CheckConstraint("weekly_digest_weekday BETWEEN 0 AND 6", name="weekly_digest_weekday"),
        CheckConstraint("school_year_starts_month BETWEEN 1 AND 12", name="school_year_starts_month"),
        CheckConstraint("minutes_access_days BETWEEN 1 AND 365", name="minutes_access_days"),
        CheckConstraint("overdue_counsellor_days BETWEEN 1 AND 90", name="overdue_counsellor_days"),
        CheckConstraint("overdue_principal_days BETWEEN 1 AND 90", name="overdue_principal_days"),
    )


class SchoolKey(Base):
    """The school's data keys, wrapped by a master key; the highest number seals, all open."""

    __tablename__ = "school_keys"

    school_id: Mapped[int] = mapped_column(Integer, ForeignKey("schools.id", ondelete="RESTRICT"))
    key_no: Mapped[int] = mapped_column(Integer)
    master_id: Mapped[str] = mapped_column(Text)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (PrimaryKeyConstraint("school_id", "key_no"),)


class SchoolLogo(TenantMixin, Base):
    """One of the two logo slots of the letterhead; the image was checked on upload."""

    __tablename__ = "school_logos"

    slot: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("school_id", "slot"),
        CheckConstraint("slot IN ('left','right')", name="slot"),
    )


class SchoolHoliday(TenantMixin, Base):
    """A day off of this school alone, beside the public holidays."""

    __tablename__ = "school_holidays"

    on: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("school_id", "on"),)


class HomeroomAssignment(TenantMixin, Base):
    """The homeroom teacher of a class in one school year ("2026/2027")."""

    __tablename__ = "homeroom_assignments"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"))
    class_name: Mapped[str] = mapped_column(Text)
    school_year: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("school_id", "school_year", "class_name"),)


class NumberCounter(TenantMixin, Base):
    """The last number taken, per kind (case, letter kind) and year."""

    __tablename__ = "number_counters"

    kind: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    last: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("school_id", "kind", "year"),)


class AuditEntry(TenantMixin, Base):
    """Who did or read what, and when; appended in the same transaction, never changed."""

    __tablename__ = "audit_entries"

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
