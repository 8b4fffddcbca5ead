"""People who are asked, or asked no more, after the invitations have gone out."""

from __future__ import annotations

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.models.conferences import Conference, Participant
from webapp.services import (
    absences,
    access,
    audit,
    conference_facts,
    dues,
    guests,
    invitations,
    participant_list,
    participants,
)
from webapp.services.participants import Proposed
from webapp.tenancy import Actor


def choices(actor: Actor, conference_id: int) -> participants.Choices:
    """Staff and guardians who are not asked yet and may be; asked of the case team."""
    conference = access.get_conference(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    case = access.get_case(actor, conference.case_id, need=Permission.CONFERENCE_MANAGE)
    rows = participants.of(actor, conference_id)
    asked = {row.user_id for row in rows} | {row.guardian_id for row in rows}
    known = participants.choices(actor, case)
    return participants.Choices(
        tuple(member for member in known.staff if member.user_id not in asked),
        tuple(g for g in known.guardians if g.id not in asked and not g.do_not_contact),
    )


def add(actor: Actor, conference_id: int, person: Proposed) -> Participant:
    """Ask one more person; they are invited at once, as those whom the principal approved were.

    Asked of the case team, from the approval until the meeting starts (Conflict otherwise). Invalid for one
    who may not be asked, Conflict for one who is on the list.
    """
    conference = _changeable(actor, conference_id)
    case = access.get_case(actor, conference.case_id, need=Permission.CONFERENCE_MANAGE)
    if not person.role_expected.strip():
        raise Invalid(N_("Say of each participant what role is expected of them."), field="role_expected")
    row = participant_list.place(actor, conference, case, person)
    row.answer, row.answered_at, row.answer_channel, row.answer_recorded_by = "pending", None, None, None
    row.answer_message, row.proposed_time, row.disowned_at = None, None, None
    absences.withdraw_refusal(row)
    tenancy.session.flush()
    mailed = invitations.invite(actor, conference, row)
    audit.record(
        actor, "participant.added", row, conference_id=conference.id, kind=row.kind, mailed=int(mailed)
    )
    return row


def remove(actor: Actor, participant_id: int) -> Participant:
    """Ask somebody no more: their calendar is told, their links stop, no reminder follows.

    Asked of the case team, until the meeting starts. Whoever requests the conference stays on its list.
    """
    conference, row = participants.get_for_team(actor, participant_id)
    conference = _changeable(actor, conference.id)
    if row.user_id is not None and row.user_id == conference.requester_id:
        raise Conflict(N_("Whoever requests the conference takes part in it."))
    mailed = invitations.send_withdrawal(actor, conference, row)
    guests.revoke_links(actor, row)
    row.removed_at = actor.at
    tenancy.session.flush()
    dues.cancel(actor, row.id)
    audit.record(actor, "participant.removed", row, conference_id=conference.id, mailed=int(mailed))
    return row


def _changeable(actor: Actor, conference_id: int) -> Conference:
    held = conference_facts.hold(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    rules.check_can_change_list(held.conference.state, held.conference.starts_at, now=actor.at)
    return held.conference
