"""Who decides on a conference's request and signs its minutes beside the counsellor: asked, told by mail.

When that person is shut out of the case while something waits, it goes to whoever may decide now.
"""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain.dates import local_date
from webapp.domain.errors import Conflict
from webapp.mail.messages import ApprovalFacts, SignatureFacts
from webapp.models.cases import Case
from webapp.models.conferences import Conference, ConferenceRequest
from webapp.services import (
    access,
    activities,
    audit,
    conference_facts,
    dues,
    invitations,
    letterheads,
    links,
    outbox,
    people,
)
from webapp.tenancy import Actor


def ask_to_decide(actor: Actor, conference: Conference, *, case_number: str) -> None:
    """Put a request to whoever approves, who is told by mail and reminded. Conflict when there is nobody."""
    approver = people.approver(actor, conference.case_id)
    conference.approver_id = approver.user_id
    starts_at, ends_at = invitations.meeting_times(conference)
    requester_id = conference.requester_id
    outbox.queue_to_staff(
        actor,
        "approval_requested",
        ApprovalFacts(
            letterhead=letterheads.mail_letterhead(actor),
            to_name=approver.name,
            case_number=case_number,
            requested_by=people.display_names(actor, [requester_id]).get(requester_id, ""),
            starts_at=starts_at,
            ends_at=ends_at,
            link=links.school_url(actor, f"conferences/{conference.id}/"),
        ),
        approver,
        dedupe_key=f"approval_requested:{conference.id}:{approver.user_id}:{actor.at.isoformat()}",
        conference_id=conference.id,
    )
    dues.plan_approval(actor, conference)


def ask_to_sign(actor: Actor, conference: Conference) -> None:
    """Ask whoever approves now for the second signature, by mail. Conflict when there is nobody."""
    approver = people.approver(actor, conference.case_id)
    # Who approved may have left since: whoever is principal now signs.
    conference.approver_id = approver.user_id
    case_number = access.get(actor, ConferenceRequest, conference.id).case_number
    letterhead = letterheads.mail_letterhead(actor)
    outbox.queue_to_staff(
        actor,
        "signature_requested",
        SignatureFacts(
            letterhead=letterhead,
            to_name=approver.name,
            held_on=local_date(conference.opened_at or actor.at, letterhead.zone),
            case_number=case_number,
            link=links.school_url(actor, f"conferences/{conference.id}/report"),
        ),
        approver,
        dedupe_key=f"signature_requested:{conference.id}:{approver.user_id}:{actor.at.isoformat()}",
        conference_id=conference.id,
    )


def take_back(actor: Actor, conference: Conference) -> None:
    """A request waits no longer: its step and its reminders are taken back."""
    activities.undo_step(actor, activities.get(actor, conference.id), "preparation.request")
    dues.cancel(actor, conference.id)


def ask_others_than(actor: Actor, case: Case, *, user_id: int) -> None:
    """What waits in this case for a person who was just shut out of it goes to whoever may decide now.

    Where nobody may, a request is a draft again, so that its requester sees that it does not wait.
    """
    waiting = tenancy.session.scalars(
        select(Conference)
        .where(
            Conference.school_id == actor.school_id,
            Conference.case_id == case.id,
            Conference.approver_id == user_id,
            Conference.state.in_(("requested", "concluded")),
        )
        .with_for_update()
    ).all()
    for conference in waiting:
        try:
            if conference.state == "requested":
                ask_to_decide(actor, conference, case_number=case.number)
            elif "counsellor" in conference_facts.sign_offs(actor, conference):
                ask_to_sign(actor, conference)
            else:
                conference.approver_id = None
                continue
            audit.record(actor, "conference.approver_changed", conference, approver_id=conference.approver_id)
        except Conflict:
            conference.approver_id = None
            if conference.state == "requested":
                conference.state = rules.move(conference.state, "withdraw")
                take_back(actor, conference)
                audit.record(actor, "conference.withdrawn", conference)
