"""Students, their guardians, and the imports they came in through."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedBytes, SealedJson, SealedText, TenantMixin, UtcDateTime, tenant_key


class Student(TenantMixin, Base):
    """A student; register fields in clear for search, contact and family details sealed."""

    __tablename__ = "students"

    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)  # folded for search
    nisn: Mapped[str | None] = mapped_column(Text)
    nipd: Mapped[str | None] = mapped_column(Text)
    sex: Mapped[str | None] = mapped_column(Text)
    birth_on: Mapped[date | None] = mapped_column(Date)
    class_name: Mapped[str | None] = mapped_column(Text)
    left_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    details = SealedJson()  # birth_place, address block, phone, mobile, email

    __table_args__ = (
        Index("uq_students_nisn", "school_id", "nisn", unique=True, postgresql_where="nisn IS NOT NULL"),
        Index("ix_students_nipd", "school_id", "nipd"),
        Index("ix_students_name_key", "school_id", "name_key"),
        Index("ix_students_class", "school_id", "class_name", "name_key"),
        CheckConstraint("sex IN ('L','P')", name="sex"),
    )


class Guardian(TenantMixin, Base):
    """A parent or guardian: has no account; reached by mail, letter or phone unless *do not contact*."""

    __tablename__ = "guardians"

    student_id: Mapped[int] = mapped_column(BigInteger)
    relation: Mapped[str] = mapped_column(Text)
    do_not_contact: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    name = SealedText()
    occupation = SealedText()
    email = SealedText()
    phone = SealedText()
    do_not_contact_reason = SealedText()

    __table_args__ = (
        tenant_key("student_id", "students", ondelete="CASCADE"),
        UniqueConstraint("school_id", "id", "student_id"),
        Index(None, "school_id", "student_id"),
        CheckConstraint("relation IN ('father','mother','guardian','other')", name="relation"),
    )


class StudentImport(TenantMixin, Base):
    """One run of the Dapodik import; also a dry run. States: queued, running, ready, done, failed."""

    __tablename__ = "student_imports"

    requested_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_name: Mapped[str] = mapped_column(Text)
    dry_run: Mapped[bool] = mapped_column(Boolean, default=True)
    state: Mapped[str] = mapped_column(Text, default="queued")
    total: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # created, updated, unchanged, failed
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # {message_id, params}
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    file = SealedBytes()
    mapping = SealedJson()
    failed_rows = SealedBytes()  # the XLSX that goes back

    __table_args__ = (
        Index(None, "school_id", "created_at"),
        CheckConstraint("state IN ('queued','running','ready','done','failed')", name="state"),
        Index("ix_student_imports_due", "lease_until", postgresql_where="state IN ('queued','running')"),
    )


class StudentImportRow(TenantMixin, Base):
    """What one row of the file did, or would do: outcome, and the fields that change."""

    __tablename__ = "student_import_rows"

    import_id: Mapped[int] = mapped_column(BigInteger)
    row_no: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(Text)  # created, updated, unchanged, failed
    student_id: Mapped[int | None] = mapped_column(BigInteger)

    detail = SealedJson()  # name, changes {field: [old, new]}, problems [{field, message_id, params}]

    __table_args__ = (
        tenant_key("import_id", "student_imports", ondelete="CASCADE"),
        UniqueConstraint("school_id", "import_id", "row_no"),
        CheckConstraint("outcome IN ('created','updated','unchanged','failed')", name="outcome"),
    )


class StudentReferral(TenantMixin, Base):
    """A teacher refers a student to the counsellor, without ever seeing a case."""

    __tablename__ = "student_referrals"

    student_id: Mapped[int] = mapped_column(BigInteger)
    author_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(Text, default="new")
    taken_by: Mapped[int | None] = mapped_column(BigInteger)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(BigInteger)

    body = SealedText()
    answer = SealedText()  # what the counsellor tells the teacher, without content of the case

    __table_args__ = (
        tenant_key("student_id", "students", ondelete="RESTRICT"),
        CheckConstraint("state IN ('new','taken','declined')", name="state"),
        Index(None, "school_id", "state", "created_at"),
    )
