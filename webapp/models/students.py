"""Students, their guardians, and the imports they came in through."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

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
    left_kind: Mapped[str | None] = mapped_column(Text)
    left_import_id: Mapped[int | None] = mapped_column(BigInteger)  # the list that did not name them
    merged_into_id: Mapped[int | None] = mapped_column(BigInteger)  # the record that is kept instead
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # birth_place, address block, phone, mobile, email; of a merged one also the numbers it had
    details = SealedJson()

    __table_args__ = (
        tenant_key("left_import_id", "student_imports"),
        tenant_key("merged_into_id", "students"),
        Index("uq_students_nisn", "school_id", "nisn", unique=True, postgresql_where="nisn IS NOT NULL"),
        Index("ix_students_nipd", "school_id", "nipd"),
        Index("ix_students_name_key", "school_id", "name_key"),
        Index("ix_students_class", "school_id", "class_name", "name_key"),
        Index(
            "ix_students_left_import",
            "school_id",
            "left_import_id",
            postgresql_where="left_import_id IS NOT NULL",
        ),
        Index(
            "ix_students_merged_into",
            "school_id",
            "merged_into_id",
            postgresql_where="merged_into_id IS NOT NULL",
        ),
        CheckConstraint("sex IN ('L','P')", name="sex"),
        CheckConstraint("left_kind IN ('moved','graduated','dropped_out','other')", name="left_kind"),
        CheckConstraint("left_kind IS NULL OR left_on IS NOT NULL", name="left_kind_of_left"),
        # A merged record is in no list, and its numbers are those of the kept one.
        CheckConstraint(
            "merged_into_id IS NULL OR (left_on IS NOT NULL AND nisn IS NULL AND nipd IS NULL)",
            name="merged",
        ),
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
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # see services/import_counts.py
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # {message_id, params}
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    file = SealedBytes(deferred=True)
    mapping = SealedJson()  # labels of the file, and columns {field: label}
    failed_rows = SealedBytes(deferred=True)  # the XLSX that goes back
    # Said without loading what may be sixty megabytes.
    has_file: Mapped[bool] = column_property(
        literal_column("student_imports.file_enc IS NOT NULL", Boolean())
    )
    has_failed_rows: Mapped[bool] = column_property(
        literal_column("student_imports.failed_rows_enc IS NOT NULL", Boolean())
    )

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


class ImportMapping(TenantMixin, Base):
    """The columns that somebody chose for a set of headers; taken again for the school's next such file."""

    __tablename__ = "import_mappings"

    headers: Mapped[str] = mapped_column(Text)  # webapp.dapodik.columns.headers_key
    chosen_by: Mapped[int] = mapped_column(BigInteger)
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    columns = SealedJson()  # {field: label in the file, "" for none}

    __table_args__ = (UniqueConstraint("school_id", "headers"),)


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
