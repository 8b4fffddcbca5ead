"""What a district lets an execution of a service count, dated."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import UtcDateTime


class LessonHourWeight(Base):
    """Lesson hours, in quarters, of one execution of a service from a day on, in all schools of a district.

    A row whose day has come is never changed: the policies refuse it.
    """

    __tablename__ = "lesson_hour_weights"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    district_id: Mapped[int] = mapped_column(Integer, ForeignKey("districts.id", ondelete="RESTRICT"))
    service: Mapped[str] = mapped_column(Text)
    quarter_hours: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date] = mapped_column(Date)
    set_by: Mapped[int] = mapped_column(BigInteger)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("district_id", "service", "valid_from"),
        CheckConstraint("quarter_hours BETWEEN 0 AND 96", name="quarter_hours"),
    )
