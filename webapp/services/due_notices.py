"""News of a participant that whoever requests the conference is told at once, by a neutral mail."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import N_
from webapp.mail.messages import CaseNewsFacts
from webapp.models.background import Due
from webapp.models.cases import Case
from webapp.models.conferences import Conference, Participant
from webapp.services import letterheads, links, outbox, participants, people
from webapp.services.due_mails import key_of, user_of
from webapp.tenancy import Actor

KINDS = ("pledge_refused", "invitation_disowned")
_REASONS = {
    "pledge_refused": N_("A participant declined the commitment."),
    "invitation_disowned": N_("A participant says that the invitation is not for them."),
}


def send(actor: Actor, row: Due) -> str:
    """Queue the mail, if the news still holds; a word of what became of the row."""
    participant = _still_so(actor, row)
    if participant is None:
        return "ended"
    user_id = user_of(row.recipient)
    member = next((member for member in people.staff(actor) if member.user_id == user_id), None)
    if member is None or user_id in participants.barred(actor, participant.conference_id).user_ids:
        return "unreachable"
    number = tenancy.session.scalars(
        select(Case.number)
        .join(Conference, (Conference.school_id == Case.school_id) & (Conference.case_id == Case.id))
        .where(Conference.school_id == actor.school_id, Conference.id == participant.conference_id)
    ).one()
    facts = CaseNewsFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=member.name,
        case_number=number,
        link=links.school_url(actor, f"conferences/{participant.conference_id}/"),
    )
    conference_id = participant.conference_id
    outbox.queue_to_staff(
        actor, row.kind, facts, member, dedupe_key=key_of(row), conference_id=conference_id
    )
    return "queued"


def reason(actor: Actor, row: Due) -> str | None:
    """Why the news is due, or None when it holds no more."""
    return None if _still_so(actor, row) is None else _REASONS[row.kind]


def _still_so(actor: Actor, row: Due) -> Participant | None:
    found = tenancy.session.execute(
        select(Participant, Conference.state)
        .join(
            Conference,
            (Conference.school_id == Participant.school_id) & (Conference.id == Participant.conference_id),
        )
        .where(Participant.school_id == actor.school_id, Participant.id == row.subject_id)
    ).first()
    if found is None or found.Participant.removed_at is not None or found.state == "cancelled":
        return None
    since = (
        found.Participant.pledge_refused_at
        if row.kind == "pledge_refused"
        else found.Participant.disowned_at
    )
    return None if since is None or since.isoformat() != row.period else found.Participant
