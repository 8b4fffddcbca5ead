"""The mail of a reminder or a digest, queued under a key that one recipient and period has once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.commitments import FIRST_STATE
from webapp.domain.dates import local_date
from webapp.mail.messages import ApprovalReminderFacts, CommitmentFacts, CommitmentReminderFacts
from webapp.models.background import Due
from webapp.models.cases import Case
from webapp.models.commitments import Commitment
from webapp.models.conferences import Conference, Participant
from webapp.services import due_notices, letterheads, links, outbox, people
from webapp.services.digests import Digest
from webapp.services.due_notices import key_of, user_of
from webapp.services.dues_facts import Subject
from webapp.services.invitations import Post, meeting_times
from webapp.tenancy import Actor

# A mail that could not leave for so long says nothing worth reading any more.
GOOD_FOR = {
    "commitment_reminder": timedelta(days=2),
    "daily_digest": timedelta(hours=20),
    "weekly_digest": timedelta(days=3),
    "monthly_digest": timedelta(days=7),
}


def send_reminder(actor: Actor, row: Due, subject: Subject) -> bool:
    """Queue a reminder; False where nobody may be reached."""
    if row.kind == "commitment_escalation" and subject.commitment is not None:
        return due_notices.escalate(actor, row, subject.conference, subject.commitment)
    if subject.conference is None:
        return False
    if row.kind == "approval_reminder":
        return _remind_approver(actor, row, subject.conference)
    if subject.participant is None:
        return False
    if row.kind == "commitment_reminder" and subject.commitment is not None:
        return _remind_of_promise(actor, row, subject.conference, subject.participant, subject.commitment)
    post = Post(actor, subject.conference)
    if not post.reaches(subject.participant):
        return False
    post.tell(
        subject.participant,
        row.kind,
        post.meeting_facts,
        dedupe_key=key_of(row),
        expires_at=subject.conference.starts_at,
    )
    return True


def send_digest(actor: Actor, row: Due, digest: Digest, *, to_address: str, to_name: str) -> None:
    """Queue a digest to its reader."""
    outbox.queue(
        actor,
        row.kind,
        digest.facts,
        to_address=to_address,
        to_name=to_name,
        locale=actor.locale,
        dedupe_key=key_of(row),
        user_id=actor.person_id,
        expires_at=actor.at + GOOD_FOR[row.kind],
        school_id=row.school_id,
    )


def _remind_approver(actor: Actor, row: Due, conference: Conference) -> bool:
    user_id = user_of(row.recipient)
    approver = next((member for member in people.staff(actor) if member.user_id == user_id), None)
    number = tenancy.session.scalar(
        select(Case.number).where(Case.school_id == actor.school_id, Case.id == conference.case_id)
    )
    if approver is None or number is None:
        return False
    starts_at, ends_at = meeting_times(conference)
    names = people.display_names(actor, [conference.requester_id])
    facts = ApprovalReminderFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=approver.name,
        case_number=number,
        requested_by=names.get(conference.requester_id, ""),
        starts_at=starts_at,
        ends_at=ends_at,
        waiting_since=local_date(conference.requested_at or actor.at, actor.time_zone),
        link=links.school_url(actor, f"conferences/{conference.id}/"),
    )
    outbox.queue(
        actor,
        row.kind,
        facts,
        to_address=approver.email,
        to_name=approver.name,
        locale=approver.locale,
        dedupe_key=key_of(row),
        user_id=user_id,
        conference_id=conference.id,
        expires_at=starts_at,
    )
    return True


def _remind_of_promise(
    actor: Actor, row: Due, conference: Conference, participant: Participant, promise: Commitment
) -> bool:
    post = Post(actor, conference)
    if not post.reaches(participant):
        return False

    def proposed(reader: Participant) -> CommitmentFacts:
        return CommitmentFacts(
            letterhead=post.letterhead,
            to_name=reader.name or "",
            due_on=promise.due_on,
            link=post.link(reader),
        )

    def taken_on(reader: Participant) -> CommitmentReminderFacts:
        days = (promise.due_on - actor.today).days
        return CommitmentReminderFacts(
            letterhead=post.letterhead,
            to_name=reader.name or "",
            due_on=promise.due_on,
            moment="before" if days > 0 else "on" if days == 0 else "after",
            link=post.link(reader),
        )

    # Whoever has not answered yet is asked once more to accept or decline.
    kind, make_facts = (
        ("commitment_assigned", proposed) if promise.state == FIRST_STATE else (row.kind, taken_on)
    )
    expires_at: datetime = actor.at + GOOD_FOR[row.kind]
    post.tell(participant, kind, make_facts, dedupe_key=key_of(row), expires_at=expires_at)
    return True
