"""Promises and behaviours that are monitored until the case closes, whichever service they came from."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class Commitment(TenantMixin, Base):
    """A promise: who, what, by when. Of a conference, one of its participants makes it; elsewhere `who` names
    somebody (of the family, among the parties) whom the counsellor asks."""

    __tablename__ = "commitments"

    case_id: Mapped[int] = mapped_column(BigInteger)
    activity_id: Mapped[int] = mapped_column(BigInteger)
    participant_id: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text, default="proposed")
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    who = SealedText()
    relation = SealedText()
    what = SealedText()
    state_reason = SealedText()  # why declined or waived

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("activity_id", "activities", ondelete="RESTRICT"),
        tenant_key("participant_id", "participants", ondelete="RESTRICT"),
        Index(None, "school_id", "case_id"),
        Index(None, "school_id", "participant_id"),
        Index(
            "ix_commitments_open",
            "school_id",
            "due_on",
            postgresql_where="state IN ('proposed','accepted','under_way','stuck')",
        ),
        CheckConstraint(
            "state IN ('proposed','accepted','declined','under_way','stuck','done','waived')", name="state"
        ),
        CheckConstraint("(participant_id IS NULL) = (who_enc IS NOT NULL)", name="one_promiser"),
    )


class CommitmentReport(TenantMixin, Base):
    """What a participant (or the counsellor on their behalf) says of a task: done, under way, stuck."""

    __tablename__ = "commitment_reports"

    commitment_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    by_participant_id: Mapped[int | None] = mapped_column(BigInteger)
    by_user_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str] = mapped_column(Text)

    note = SealedText()

    __table_args__ = (
        tenant_key("commitment_id", "commitments", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        Index(None, "school_id", "commitment_id"),
        Index(None, "school_id", "at"),
        CheckConstraint("state IN ('under_way','stuck','done')", name="state"),
    )


class BehaviourGoal(TenantMixin, Base):
    """A positive behaviour to watch."""

    __tablename__ = "behaviour_goals"

    case_id: Mapped[int] = mapped_column(BigInteger)
    activity_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default="watching")
    watch_until_on: Mapped[date | None] = mapped_column(Date)
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    behaviour = SealedText()
    state_reason = SealedText()

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("activity_id", "activities", ondelete="RESTRICT"),
        Index(None, "school_id", "case_id"),
        CheckConstraint("state IN ('watching','reached','waived')", name="state"),
    )


class Observation(TenantMixin, Base):
    """What the counsellor saw of a behaviour, on the scale 1 to 5."""

    __tablename__ = "observations"

    goal_id: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[int] = mapped_column(BigInteger)
    observed_on: Mapped[date] = mapped_column(Date)
    score: Mapped[int] = mapped_column(SmallInteger)
    by_user_id: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    note = SealedText()

    __table_args__ = (
        tenant_key("goal_id", "behaviour_goals", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        Index(None, "school_id", "goal_id", "observed_on"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    )


class CheckIn(TenantMixin, Base):
    """A date on which the counsellor looks at a task or a behaviour."""

    __tablename__ = "check_ins"

    case_id: Mapped[int] = mapped_column(BigInteger)
    commitment_id: Mapped[int | None] = mapped_column(BigInteger)
    goal_id: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[date] = mapped_column(Date)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        tenant_key("commitment_id", "commitments", ondelete="CASCADE"),
        tenant_key("goal_id", "behaviour_goals", ondelete="CASCADE"),
        CheckConstraint("(commitment_id IS NULL) <> (goal_id IS NULL)", name="one_subject"),
        Index("ix_check_ins_open", "school_id", "due_on", postgresql_where="done_at IS NULL"),
    )
