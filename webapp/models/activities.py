"""An activity is one run of a declared procedure; its steps are recorded as rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class Activity(TenantMixin, Base):
    """A home visit, an advocacy or a conference: which procedure, where it stands, how it ended."""

    __tablename__ = "activities"

    case_id: Mapped[int] = mapped_column(BigInteger)
    procedure: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="active")
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    end_reason = SealedText()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
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
