"""What reminders and digests are decided from: small facts read from the rows as they are now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain.schedules import ApprovalWaiting, CommitmentDue, Escalation, Invitation, ReminderFacts
from webapp.domain.school_clock import SchoolClock
from webapp.models.background import Due, OutboxMail
from webapp.models.base import TenantMixin
from webapp.models.cases import Case
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.models.schools import District, School
from webapp.services import participants, people
from webapp.tenancy import Actor

ANNOUNCING = ("invitation", "invitation_update")
Row = TypeVar("Row", bound=TenantMixin)
Facts = TypeVar("Facts", Invitation, CommitmentDue)


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
        overdue_counsellor_days=school.overdue_counsellor_days,
        overdue_principal_days=school.overdue_principal_days,
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
    """The person asked to approve; once they have left or are shut out of the case, whoever is principal now
    (acting ones first)."""
    shut_out = participants.barred(actor, conference.id).user_ids
    members = [member for member in people.staff(actor) if member.user_id not in shut_out]
    if conference.approver_id in {member.user_id for member in members}:
        return [conference.approver_id]
    principals = [
        member for member in people.staff(actor, "principal") if member.user_id not in shut_out
    ]
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
        # Who declined the commitment takes no part, whatever they said before.
        "no" if participant.pledge_refused_at is not None else participant.answer,
        since_at,
        conference.starts_at,
        reachable=is_reachable(participant),
    )


def is_reachable(participant: Participant) -> bool:
    """On the list, not disowned, with an address that takes mails."""
    return bool(
        participant.removed_at is None
        and participant.disowned_at is None
        and participant.mail_bounced_at is None
        and participant.email
    )


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


def escalation(row: Commitment, level: str, *, is_live: bool = True) -> Escalation:
    """A promise as it will be told to `counsellor` or `principal` when it stays overdue."""
    return Escalation(row.id, level, row.state, row.due_on, row.created_at, is_live=is_live)


def _told_at(participant: Participant) -> datetime | None:
    """When the participant was last told the time of the meeting."""
    return tenancy.session.scalar(
        select(func.max(OutboxMail.created_at)).where(
            OutboxMail.school_id == participant.school_id,
            OutboxMail.stream == f"participant:{participant.id}",
            OutboxMail.kind.in_(ANNOUNCING),
        )
    )


@dataclass(frozen=True)
class Subject:
    """What a reminder's row is about, with the facts that decide over it."""

    facts: ReminderFacts
    conference: Conference | None = None
    participant: Participant | None = None
    commitment: Commitment | None = None


def subject_of(actor: Actor, row: Due) -> Subject | None:
    """What a reminder's row is about as it stands now; None when it is gone, or is another's to decide."""
    if row.kind == "approval_reminder":
        conference = _find(actor, Conference, row.subject_id)
        waiting = [] if conference is None else approvals(actor, conference)
        facts = next((facts for facts in waiting if facts.recipient == row.recipient), None)
        return None if conference is None or facts is None else Subject(facts, conference)
    if row.kind in ("commitment_reminder", "commitment_escalation"):
        return _commitment_subject(actor, row)
    participant = _find(actor, Participant, row.subject_id)
    conference = None if participant is None else _find(actor, Conference, participant.conference_id)
    if participant is None or conference is None:
        return None
    asked = invitation(actor, conference, participant)
    if asked is None:
        return None
    return Subject(_contactable(actor, asked, participant), conference, participant)


def _commitment_subject(actor: Actor, row: Due) -> Subject | None:
    promise = _find(actor, Commitment, row.subject_id)
    if promise is None:
        return None
    if promise.participant_id is None:
        return _promise_outside(actor, row, promise)
    participant = _find(actor, Participant, promise.participant_id)
    conference = None if participant is None else _find(actor, Conference, participant.conference_id)
    if participant is None or conference is None:
        return None
    is_live = _is_open(actor, promise) and conference.state != "cancelled"
    if row.kind == "commitment_escalation":
        told = escalation(promise, row.recipient, is_live=is_live)
        return Subject(told, conference, participant, promise)
    facts = commitment(promise, participant, is_live=is_live)
    return Subject(_contactable(actor, facts, participant), conference, participant, promise)


def _promise_outside(actor: Actor, row: Due, promise: Commitment) -> Subject | None:
    """A promise made outside a conference: nobody is reminded, those who follow it are told."""
    if row.kind != "commitment_escalation":
        return None
    told = escalation(promise, row.recipient, is_live=_is_open(actor, promise))
    return Subject(told, commitment=promise)


def _is_open(actor: Actor, promise: Commitment) -> bool:
    status = tenancy.session.scalar(
        select(Case.status).where(Case.school_id == actor.school_id, Case.id == promise.case_id)
    )
    return status is not None and status != "closed"


def _contactable(actor: Actor, facts: Facts, participant: Participant) -> Facts:
    barred = participants.barred(actor, participant.conference_id)
    return replace(facts, reachable=facts.reachable and not barred.covers(participant))


def _find(actor: Actor, table: type[Row], row_id: int) -> Row | None:
    return tenancy.session.scalar(select(table).where(table.school_id == actor.school_id, table.id == row_id))
