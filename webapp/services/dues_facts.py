"""What reminders and digests are decided from: small facts read from the rows as they are now."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain.schedules import ApprovalWaiting, CommitmentDue, Invitation
from webapp.domain.school_clock import SchoolClock
from webapp.models.background import OutboxMail
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.models.schools import District, School
from webapp.services import people
from webapp.tenancy import Actor

ANNOUNCING = ("invitation", "invitation_update")


def school_clock(school_id: int) -> SchoolClock:
    """How a school in sight counts its days and when it wants its mails; guests and districts may ask too."""
    school = tenancy.session.scalars(select(School).where(School.id == school_id)).one()
    free_days: list[date] = tenancy.session.scalar(select(func.app_free_days())) or []
    return SchoolClock(
        school.time_zone,
        daily_digest_at=school.daily_digest_at,
        weekly_digest_at=school.weekly_digest_at,
        reminders_at=school.reminders_at,
        weekly_digest_weekday=school.weekly_digest_weekday,
        six_day_week=school.six_day_week,
        holidays=frozenset(free_days),
    )


def district_clock(district_id: int) -> SchoolClock:
    """When a district wants its monthly digest."""
    district = tenancy.session.scalars(select(District).where(District.id == district_id)).one()
    return SchoolClock(district.time_zone, monthly_digest_at=district.digest_at)


def approvals(actor: Actor, conference: Conference) -> list[ApprovalWaiting]:
    """The request as it waits for each person who may decide it; none before it was handed in."""
    if conference.requested_at is None or conference.starts_at is None:
        return []
    return [
        ApprovalWaiting(
            conference.id, f"user:{user_id}", conference.state, conference.requested_at, conference.starts_at
        )
        for user_id in approver_ids(actor, conference)
    ]


def approver_ids(actor: Actor, conference: Conference) -> list[int]:
    """The person asked to approve, else whoever is principal now (the acting one when there is one)."""
    if conference.approver_id is not None:
        return [conference.approver_id]
    principals = people.staff(actor, "principal")
    acting = [member.user_id for member in principals if member.acting]
    return acting or [member.user_id for member in principals]


def invitation(actor: Actor, conference: Conference, participant: Participant) -> Invitation | None:
    """A participant's invitation; None while the meeting has no time. Who may not be contacted is for the
    sender to know: these facts only say whether there is an address and a place on the list."""
    if conference.starts_at is None:
        return None
    since_at = _told_at(participant) or conference.approved_at or participant.created_at
    if participant.answer == "yes" and participant.answered_at is not None:
        since_at = max(since_at, participant.answered_at)
    return Invitation(
        participant.id,
        f"participant:{participant.id}",
        conference.state,
        participant.answer,
        since_at,
        conference.starts_at,
        reachable=is_reachable(participant),
    )


def is_reachable(participant: Participant) -> bool:
    """On the list, not disowned, with an address."""
    return participant.removed_at is None and participant.disowned_at is None and bool(participant.email)


def commitment(row: Commitment, participant: Participant, *, is_live: bool) -> CommitmentDue:
    """A promise and whoever made it."""
    return CommitmentDue(
        row.id,
        f"participant:{row.participant_id}",
        row.state,
        row.due_on,
        row.created_at,
        is_live=is_live,
        reachable=is_reachable(participant),
    )


def _told_at(participant: Participant) -> datetime | None:
    """When the participant was last told the time of the meeting."""
    return tenancy.session.scalar(
        select(func.max(OutboxMail.created_at)).where(
            OutboxMail.school_id == participant.school_id,
            OutboxMail.stream == f"participant:{participant.id}",
            OutboxMail.kind.in_(ANNOUNCING),
        )
    )
