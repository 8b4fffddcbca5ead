"""Accounts, memberships and sign-in: who a person is, before any school's scope is open."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_security import UserMixin
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import TenantMixin, UtcDateTime, new_id


class User(UserMixin, Base):
    """A person with an account. One account, any number of memberships; e-mail is unique in lower case."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    locale: Mapped[str] = mapped_column(Text, default="id")
    digests_off: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # kinds switched off
    mail_bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the newest mail was refused
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __init__(self, **values: Any) -> None:
        values.setdefault("id", new_id())
        super().__init__(**values)

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Flask-Security asks for roles; ours are memberships, per school."""
        return []


class Membership(TenantMixin, Base):
    """A person's role in one school, with how they sign its letters."""

    __tablename__ = "memberships"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(Text)
    position: Mapped[str | None] = mapped_column(Text)
    number_label: Mapped[str] = mapped_column(Text, default="none")
    number: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    acting: Mapped[bool] = mapped_column(Boolean, default=False)  # Plt.: an acting principal
    acting_until_on: Mapped[date | None] = mapped_column(Date)
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("school_id", "user_id", "role"),
        CheckConstraint(
            "role IN ('counsellor','principal','homeroom','class_teacher','teacher','school_admin')",
            name="role",
        ),
        Index(None, "user_id"),
    )


class DistrictMembership(Base):
    """A person's role in a district."""

    __tablename__ = "district_memberships"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, default=new_id)
    district_id: Mapped[int] = mapped_column(Integer, ForeignKey("districts.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(Text)
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("district_id", "user_id", "role"),
        CheckConstraint("role IN ('district_admin','district_officer')", name="role"),
        Index(None, "user_id"),
    )


class SignInSession(Base):
    """A server-side session; the cookie holds a secret whose hash stands here, so that it can be revoked."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, default=new_id)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "user_id"),)


class SignInFailure(Base):
    """A failed sign-in, counted per account (also unknown ones) and per address for the throttle."""

    __tablename__ = "sign_in_failures"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, default=new_id)
    account_hash: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "account_hash", "at"), Index(None, "address", "at"))
