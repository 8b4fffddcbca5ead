"""A conference from the first draft of its request to the invitations, and its calling off."""

from __future__ import annotations

from datetime import datetime

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain.cases import check_open_for_work
from webapp.domain.declared.conference import CASE_CONFERENCE
from webapp.domain.errors import N_, Conflict, Forbidden
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines, one_line
from webapp.mail.messages import DecisionFacts
from webapp.models.activities import Activity
from webapp.models.conferences import Conference, ConferenceRequest
from webapp.models.students import Student
from webapp.services import (
    absences,
    access,
    activities,
    activity_sync,
    approvals,
    audit,
    dues,
    invitations,
    letterheads,
    links,
    outbox,
    participant_list,
    participants,
    people,
    pledges,
)
from webapp.services import conference_drafts as drafts
from webapp.tenancy import Actor

REQUESTERS = ("counsellor", "class_teacher")
"""The article: the counsellor asks; in a school without one, the class teacher."""

EDITABLE_STATES = frozenset({"draft", "returned"})


def start(actor: Actor, case_id: int, draft: drafts.Draft) -> Conference:
    """Begin a request in a case: the activity, the conference, and whoever is to be asked.

    Raises NotFound outside the case team, Forbidden for roles that request no conference, Conflict in
    a closed case, Invalid for a purpose that names the student or a person who may not be asked.
    """
    case = access.get_case(actor, case_id, need=Permission.CONFERENCE_REQUEST)
    _check_requester(actor)
    check_open_for_work(case.status)
    activity = tenancy.add(
        Activity(
            case_id=case.id, procedure=CASE_CONFERENCE.key, created_by=actor.person_id, created_at=actor.at
        )
    )
    conference = tenancy.add(
        Conference(id=activity.id, case_id=case.id, requester_id=actor.person_id, created_at=actor.at)
    )
    request = tenancy.add(ConferenceRequest(id=conference.id, case_id=case.id, case_number=case.number))
    drafts.write(actor, conference, request, case, draft)
    audit.record(actor, "conference.drafted", conference, case_id=case.id)
    return conference


def edit(actor: Actor, conference_id: int, draft: drafts.Draft) -> Conference:
    """Change a request that is a draft, or that came back from the principal."""
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_REQUEST)
    _check_requester(actor)
    if conference.state not in EDITABLE_STATES:
        raise Conflict(N_("The request lies with the principal: withdraw it to change it."))
    case = access.get_case(actor, conference.case_id, need=Permission.CONFERENCE_REQUEST)
    drafts.write(actor, conference, _request_of(actor, conference), case, draft)
    audit.record(actor, "conference.edited", conference)
    return conference


def request(actor: Actor, conference_id: int, *, signed_name: str) -> Conference:
    """Sign the commitment and hand the request to whoever approves it, who is told by mail.

    Whoever sends it becomes its requester. Raises Invalid naming the field that is not fit to be sent.
    """
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_REQUEST)
    _check_requester(actor)
    state = rules.move(conference.state, "request")
    case = access.get_case(actor, conference.case_id, need=Permission.CONFERENCE_REQUEST)
    check_open_for_work(case.status)
    conference.requester_id = actor.person_id or conference.requester_id
    invited = participants.of(actor, conference.id)
    own = participant_list.ensure_requester(actor, conference, invited)
    pledges.sign_row(actor, own, signed_name)
    if own not in invited:
        invited.append(own)
    drafts.check_complete(actor, conference, case, invited)
    conference.state, conference.requested_at = state, actor.at
    approvals.ask_to_decide(actor, conference, case_number=case.number)
    activities.record_step(actor, activities.get(actor, conference.id), "preparation.request")
    audit.record(actor, "conference.requested", conference, approver_id=conference.approver_id)
    return conference


def withdraw(actor: Actor, conference_id: int) -> Conference:
    """Take a waiting request back to change it."""
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_REQUEST)
    conference.state = rules.move(conference.state, "withdraw")
    conference.approver_id = None
    approvals.take_back(actor, conference)
    audit.record(actor, "conference.withdrawn", conference)
    return conference


def approve(actor: Actor, conference_id: int) -> Conference:
    """Approve the request; in the same transaction every participant with an address is invited.

    Asked of whoever the request lies with (NotFound for others). Conflict when it does not wait, when its
    time has passed, or when somebody on it has been marked as not to be contacted meanwhile.
    """
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_APPROVE)
    starts_at, _ = invitations.meeting_times(conference)
    rules.check_can_approve(conference.state, starts_at=starts_at, now=actor.at)
    invited = participants.of(actor, conference.id)
    barred = participants.do_not_contact_ids(actor, conference.id)
    if barred & {row.id for row in invited}:
        raise Conflict(
            N_(
                "One of the participants has been marked as not to be contacted meanwhile: "
                "return the request so that the list is changed."
            )
        )
    conference.state = rules.move(rules.move(conference.state, "approve"), "invite")
    conference.approved_at = actor.at
    signatory = people.signatory(actor, actor.person_id or 0)
    conference.invited_by = ", ".join(part for part in (signatory.name, signatory.title) if part)
    activity = activities.get(actor, conference.id)
    activities.record_step(actor, activity, "preparation.approval")
    dues.cancel(actor, conference.id)
    mailed = invitations.send_all(actor, conference, invited)
    activities.record_step(actor, activity, "preparation.invitations")
    audit.record(actor, "conference.approved", conference, invited=len(invited), mailed=mailed)
    _tell_requester(actor, conference, "request_approved")
    return conference


def return_request(actor: Actor, conference_id: int, *, reason: str) -> Conference:
    """Give the request back with a reason, which stands on the page and never in the mail."""
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_APPROVE)
    conference.state = rules.move(conference.state, "return", reason=reason)
    _request_of(actor, conference).return_reason = many_lines(reason).strip()
    approvals.take_back(actor, conference)
    audit.record(actor, "conference.returned", conference)
    _tell_requester(actor, conference, "request_returned")
    return conference


def reschedule(
    actor: Actor, conference_id: int, *, starts_at: datetime | None, ends_at: datetime | None, place: str
) -> Conference:
    """Move an approved conference: everyone is told, and asked anew whether they come."""
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    state = rules.move(conference.state, "reschedule")
    rules.check_meeting_time(starts_at, ends_at, now=actor.at)
    case = access.get_case(actor, conference.case_id, need=Permission.CONFERENCE_MANAGE)
    drafts.check_place(place, access.get(actor, Student, case.student_id).name)
    conference.state, conference.starts_at, conference.ends_at = state, starts_at, ends_at
    conference.place = one_line(place)
    conference.sequence += 1
    invited = participants.of(actor, conference.id)
    for row in invited:
        absences.forget_decision(row)
        if row.user_id is None or row.user_id != actor.person_id:
            row.answer, row.answered_at, row.answer_channel, row.answer_recorded_by = (
                "pending",
                None,
                None,
                None,
            )
            row.answer_message, row.proposed_time = None, None
    tenancy.session.flush()
    mailed = invitations.send_update(actor, conference, invited)
    audit.record(actor, "conference.rescheduled", conference, sequence=conference.sequence, mailed=mailed)
    return conference


def cancel(actor: Actor, conference_id: int, *, reason: str) -> Conference:
    """Call the conference off, with a reason for the team; those who had been invited are told."""
    conference = _locked(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    conference.state = rules.move(conference.state, "cancel", reason=reason)
    conference.cancelled_at = actor.at
    conference.sequence += 1
    _request_of(actor, conference).cancel_reason = many_lines(reason).strip()
    activity = activities.get(actor, conference.id)
    activities.end(actor, activity, "cancelled", reason=reason)
    activity_sync.count(actor, activity, conference.id, None)
    invited = participants.of(actor, conference.id)
    dues.cancel(actor, conference.id, *(row.id for row in invited))
    mailed = 0
    # Nobody is told that a meeting which is over does not take place.
    if (
        conference.approved_at is not None
        and conference.ends_at is not None
        and actor.at < conference.ends_at
    ):
        mailed = invitations.send_cancellation(actor, conference, invited)
    audit.record(actor, "conference.cancelled", conference, mailed=mailed)
    return conference


# --- inside ---------------------------------------------------------------------------------------


def _locked(actor: Actor, conference_id: int, *, need: Permission) -> Conference:
    # Two people pressing at once: the second sees what the first has done.
    conference = access.get_conference(actor, conference_id, need=need)
    tenancy.session.refresh(conference, with_for_update=True)
    return conference


def _check_requester(actor: Actor) -> None:
    if not actor.has_role(*REQUESTERS):
        raise Forbidden(N_("A conference is requested by the counsellor, or by the class teacher."))


def _request_of(actor: Actor, conference: Conference) -> ConferenceRequest:
    return access.get(actor, ConferenceRequest, conference.id)


def _name(actor: Actor, user_id: int) -> str:
    return people.display_names(actor, [user_id]).get(user_id, "")


def _page(actor: Actor, conference: Conference) -> str:
    return links.school_url(actor, f"conferences/{conference.id}/")


def _tell_requester(actor: Actor, conference: Conference, kind: str) -> None:
    requester = next((m for m in people.staff(actor) if m.user_id == conference.requester_id), None)
    if requester is None:
        return
    facts = DecisionFacts(
        letterhead=letterheads.mail_letterhead(actor),
        to_name=requester.name,
        case_number=_request_of(actor, conference).case_number,
        decided_by=_name(actor, actor.person_id or 0),
        link=_page(actor, conference),
    )
    outbox.queue_to_staff(
        actor,
        kind,
        facts,
        requester,
        dedupe_key=f"{kind}:{conference.id}:{actor.at.isoformat()}",
        conference_id=conference.id,
    )
