"""Case conferences: logistics, participants, and how guests get in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
from webapp.models.base import SealedText, TenantMixin, UtcDateTime, tenant_key


class Conference(TenantMixin, Base):
    """When, where and in which state. `id` is the activity's id: one activity, one conference."""

    __tablename__ = "conferences"

    case_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default="draft")
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str | None] = mapped_column(Text)
    sequence: Mapped[int] = mapped_column(Integer, default=0)  # iCalendar SEQUENCE
    requester_id: Mapped[int] = mapped_column(BigInteger)
    approver_id: Mapped[int | None] = mapped_column(BigInteger)
    invited_by: Mapped[str | None] = mapped_column(Text)  # who invites, as invitations and guest pages say it
    requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    concluded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the meeting ended
    signed_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # minutes locked
    minutes_open_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("id", "activities", ondelete="CASCADE"),
        tenant_key("case_id", "cases", ondelete="RESTRICT"),
        Index(None, "school_id", "case_id"),
        Index(None, "school_id", "starts_at"),
        Index(None, "school_id", "state"),
    )


class ConferenceRequest(TenantMixin, Base):
    """What the principal reads to decide: neutral purpose and initials; `id` is the conference's.

    despite: why a conference although violence, harassment or a crime is suspected.
    """

    __tablename__ = "conference_requests"

    case_id: Mapped[int] = mapped_column(BigInteger)
    case_number: Mapped[str] = mapped_column(Text)  # a substitute approver reads no case

    purpose = SealedText()
    despite = SealedText()
    initials = SealedText()
    return_reason = SealedText()
    cancel_reason = SealedText()

    __table_args__ = (tenant_key("id", "conferences", ondelete="CASCADE"),)


class Participant(TenantMixin, Base):
    """One invited person of one conference: staff with an account, a guardian, or an outside expert."""

    __tablename__ = "participants"

    conference_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    guardian_id: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(Text)
    is_key: Mapped[bool] = mapped_column(Boolean, default=False)  # without them the meeting has no point
    walk_in: Mapped[bool] = mapped_column(Boolean, default=False)
    locale: Mapped[str] = mapped_column(Text, default="id")
    answer: Mapped[str] = mapped_column(Text, default="pending")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_channel: Mapped[str | None] = mapped_column(Text)  # a key of ANSWER_CHANNELS
    answer_stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # DTSTAMP, by calendar only
    answer_recorded_by: Mapped[int | None] = mapped_column(BigInteger)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_channel: Mapped[str | None] = mapped_column(Text)
    signed_recorded_by: Mapped[int | None] = mapped_column(BigInteger)  # given on paper or by phone
    pledge_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # takes no part while it stands
    pledge_refused_channel: Mapped[str | None] = mapped_column(Text)
    # The counsellor holds the meeting although this person is missed.
    held_without_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_without_by: Mapped[int | None] = mapped_column(BigInteger)
    attendance: Mapped[str] = mapped_column(Text, default="unknown")
    opinion: Mapped[str | None] = mapped_column(Text)  # agreed, reservation
    opinion_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disowned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # "this is not for me"
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # How often this person alone was uninvited: added to the conference's sequence in their calendar.
    own_changes: Mapped[int] = mapped_column(Integer, default=0)
    # Since when the present address refuses mails: nothing more goes to it until it is corrected.
    mail_bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    name = SealedText()
    email = SealedText()
    phone = SealedText()
    position = SealedText()  # position or relation, as printed
    role_expected = SealedText()
    answer_message = SealedText()
    proposed_time = SealedText()
    signed_name = SealedText()
    refusal_message = SealedText()
    held_without_reason = SealedText()

    __table_args__ = (
        tenant_key("conference_id", "conferences", ondelete="CASCADE"),
        tenant_key("guardian_id", "guardians", ondelete="RESTRICT"),
        UniqueConstraint("school_id", "conference_id", "user_id"),
        UniqueConstraint("school_id", "conference_id", "guardian_id"),
        UniqueConstraint("school_id", "conference_id", "id"),
        Index(None, "school_id", "user_id"),
        # A calendar's answer names these two, and not the school.
        Index(None, "conference_id", "id"),
        CheckConstraint("kind IN ('staff','guardian','expert')", name="kind"),
        CheckConstraint("why IN ('information','easing','commitment')", name="why"),
        CheckConstraint("answer IN ('pending','yes','no','other_time')", name="answer"),
        CheckConstraint("attendance IN ('unknown','present','absent')", name="attendance"),
        CheckConstraint("opinion IN ('agreed','reservation')", name="opinion"),
        CheckConstraint("(kind = 'staff') = (user_id IS NOT NULL)", name="staff_have_accounts"),
        CheckConstraint("(kind = 'guardian') = (guardian_id IS NOT NULL)", name="guardian_named"),
    )


class GuestLink(TenantMixin, Base):
    """A link of one participant; minted per mail, revoked together. Only the token's hash is kept."""

    __tablename__ = "guest_links"

    participant_id: Mapped[int] = mapped_column(BigInteger)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        Index(None, "school_id", "participant_id"),
    )


class ReplyAddress(TenantMixin, Base):
    """The secret address to which one participant's calendar answers; only its token's hash is kept.

    It stays the same through all changes of a meeting, as calendars take changes from one organiser only.
    """

    __tablename__ = "reply_addresses"

    participant_id: Mapped[int] = mapped_column(BigInteger)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        Index(None, "school_id", "participant_id"),
    )


class GuestCode(TenantMixin, Base):
    """A one-time code sent to the participant's own address, or given by phone; and the grant it opened."""

    __tablename__ = "guest_codes"

    participant_id: Mapped[int] = mapped_column(BigInteger)
    code_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    grant_hash: Mapped[str | None] = mapped_column(Text)  # of the cookie that the right code earned
    grant_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_by: Mapped[int | None] = mapped_column(BigInteger)  # by phone, by this person

    __table_args__ = (
        tenant_key("participant_id", "participants", ondelete="CASCADE"),
        Index(None, "school_id", "participant_id"),
    )
