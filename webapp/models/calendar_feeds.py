"""Private addresses at which a calendar program reads what a person has planned at a school."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import TenantMixin, UtcDateTime


class CalendarFeed(TenantMixin, Base):
    """One per person and school. The address holds a token whose hash stands here; None once it was closed.

    `fetches` have been counted since `counted_from`: a program that asks too often waits.
    """

    __tablename__ = "calendar_feeds"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str | None] = mapped_column(Text, unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetches: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (UniqueConstraint("school_id", "user_id"), Index(None, "user_id"))
