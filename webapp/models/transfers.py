"""A student's move to another school: what its sender keeps, what its receiver sees, and the sealed package.

The rows of one transfer have one id in both schools. Only the look-up functions of the migration move its
state, on both sides in one transaction, so that no kill leaves one side behind the other.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedBytes, SealedJson, SealedText, TenantMixin, UtcDateTime, tenant_key


class Transfer(TenantMixin, Base):
    """The sending school's side. `answer` was sealed for it by the other school."""

    __tablename__ = "transfers"

    student_id: Mapped[int] = mapped_column(BigInteger)
    to_school_id: Mapped[int] = mapped_column(Integer, ForeignKey("schools.id", ondelete="RESTRICT"))
    to_school_name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="draft")
    prepared_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # accepted, declined, withdrawn

    basis = SealedJson()  # webapp.domain.transfers.Basis
    choice = SealedJson()  # webapp.domain.transfers.Choice
    answer = SealedText()  # the name under the receipt, or why it was declined

    __table_args__ = (
        tenant_key("student_id", "students", ondelete="RESTRICT"),
        Index(None, "school_id", "student_id"),
        Index(None, "school_id", "prepared_by"),
        # Two schools cannot both be asked to take the same student.
        Index(
            "uq_transfers_released", "school_id", "student_id", unique=True,
            postgresql_where="state = 'released'",
        ),
        CheckConstraint("state IN ('draft','released','accepted','declined','withdrawn')", name="state"),
        CheckConstraint("to_school_id <> school_id", name="other_school"),
    )  # fmt: skip


class TransferArrival(TenantMixin, Base):
    """The receiving school's side: all that it knows before it accepts."""

    __tablename__ = "transfer_arrivals"

    from_school_id: Mapped[int] = mapped_column(Integer, ForeignKey("schools.id", ondelete="RESTRICT"))
    from_school_name: Mapped[str] = mapped_column(Text)
    sent_by_name: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    case_count: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, default="waiting")
    settled_by: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    student_id: Mapped[int | None] = mapped_column(BigInteger)  # once accepted

    word = SealedText()  # the name under the receipt, or why it was declined

    __table_args__ = (
        tenant_key("student_id", "students", ondelete="RESTRICT"),
        Index(None, "school_id", "state"),
        CheckConstraint("state IN ('waiting','accepted','declined','withdrawn')", name="state"),
    )


class TransferPackage(TenantMixin, Base):
    """What goes along, sealed for the receiving school; has the id of its arrival.

    Nobody reads it but the transaction that accepts it, which also deletes it.
    """

    __tablename__ = "transfer_packages"

    nisn: Mapped[str | None] = mapped_column(Text)  # for app_transfer_on_roster alone

    record = SealedBytes()  # webapp/services/transfer_record.py

    __table_args__ = (tenant_key("id", "transfer_arrivals", ondelete="RESTRICT"),)
