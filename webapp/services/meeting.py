"""The meeting itself: opened, who is there, who came unasked, who signs on paper; and its conclusion."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain import conferences as states
from webapp.domain import dates, words
from webapp.domain import minutes as rules
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.clean import many_lines, one_line
from webapp.models.cases import Case
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.models.students import Student
from webapp.services import (
    absences,
    access,
    activities,
    activity_sync,
    audit,
    conference_facts,
    content,
    participant_list,
    participants,
)
from webapp.services.participants import Proposed
from webapp.tenancy import Actor

SIGNED_ON_BEHALF = ("invited", "open", "concluded")
"""States in which a commitment is recorded that was given on paper or by phone."""

LISTED = N_("This person is on the list already: mark them as present.")
REFUSED = N_("Whoever declined the commitment takes no part: talk, and let them sign or answer anew first.")


def open_meeting(actor: Actor, conference_id: int) -> Conference:
    """Begin the meeting: content opens to those who have signed, and only then names the student.

    Asked of a team member who has signed. Conflict unless the invitations have gone out.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    conference = held.conference
    conference.state = states.move(conference.state, "open")
    conference.opened_at = actor.at
    case = access.get(actor, Case, conference.case_id)
    content.name_student(actor, conference, access.get(actor, Student, case.student_id))
    request = access.get(actor, ConferenceRequest, conference.id)
    content.prefill(actor, conference, "purpose", request.purpose or "")
    own = access.own_participant(actor, conference.id)
    if own is not None:
        own.attendance = "present"
    audit.record(actor, "conference.opened", conference)
    conference_facts.sync_steps(actor, held.conference)
    return conference


def record_attendance(actor: Actor, conference_id: int, attendance: Mapping[int, str]) -> int:
    """Record who is there: participant's id -> present, absent or unknown; returns how many changed.

    Asked of the case team, while the meeting is open.
    """
    held = _open(actor, conference_id)
    rows = {row.id: row for row in participants.of(actor, conference_id)}
    changed = 0
    for participant_id, word in attendance.items():
        if participant_id not in rows or word not in words.ATTENDANCE:
            raise Invalid(
                N_("Say of each participant whether they are present or absent."), field="attendance"
            )
        row = rows[participant_id]
        if word == "present" and row.pledge_refused_at is not None:
            raise Conflict(REFUSED, field="attendance")
        if row.attendance != word:
            row.attendance = word
            changed += 1
            audit.record(actor, "attendance.recorded", row, conference_id=conference_id, attendance=word)
    conference_facts.sync_steps(actor, held.conference)
    return changed


def add_walk_in(actor: Actor, conference_id: int, person: Proposed) -> Participant:
    """Add somebody who came without having been asked; they are present, and sign like everyone else.

    Asked of the case team, while the meeting is open. Invalid for a person shut out of the case, a guardian
    marked as not to be contacted or of another student; Conflict for one who is on the list already.
    """
    held = _open(actor, conference_id)
    case = access.get_case(actor, held.conference.case_id, need=Permission.CONFERENCE_MANAGE)
    if person.kind not in ("staff", "guardian", "expert"):
        raise Invalid(N_("Choose who came."), field="kind")
    if person.kind == "expert" and not person.name.strip():
        raise Invalid(N_("Write the name of the person who came."), field="experts")
    row = participant_list.place(actor, held.conference, case, person, where_listed=LISTED)
    row.walk_in, row.attendance = True, "present"
    absences.withdraw_refusal(row)
    row.answer, row.answered_at, row.answer_channel = "yes", actor.at, "in_person"
    row.answer_recorded_by = actor.person_id
    audit.record(actor, "participant.walked_in", row, conference_id=conference_id, kind=row.kind)
    conference_facts.sync_steps(actor, held.conference)
    return row


def sign_on_behalf(actor: Actor, participant_id: int, *, typed_name: str, channel: str) -> Participant:
    """Record that somebody gave the commitment on paper, in person or by phone; asked of the case team.

    A signature that stands already is kept. Invalid without a name or with another channel, Conflict for a
    guardian who may not be contacted.
    """
    conference, row = participants.get_for_team(actor, participant_id)
    participants.require_contact(actor, row)
    held = conference_facts.hold(actor, conference.id, need=Permission.CONFERENCE_MANAGE)
    if conference.state not in SIGNED_ON_BEHALF:
        raise Conflict(N_("The conference is not in a state that allows this."))
    participants.check_channel(channel)
    name = one_line(typed_name, at_most=120)
    if sum(sign.isalpha() for sign in name) < 3:
        raise Invalid(N_("Write the full name of the person who signed."), field="signature")
    if row.signed_at is None:
        absences.withdraw_refusal(row)
        row.signed_name, row.signed_at, row.signed_channel = name, actor.at, channel
        row.signed_recorded_by = actor.person_id
        audit.record(actor, "commitment.signed", row, conference_id=conference.id, channel=channel)
        conference_facts.sync_steps(actor, held.conference)
    return row


def conclude(actor: Actor, conference_id: int) -> Conference:
    """End the meeting; from now on everyone present agrees or records a reservation, and the text rests.

    Conflict names the first thing that is missing; `domain.minutes.missing_to_conclude` names all.
    """
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    conference = held.conference
    rules.check_can_conclude(conference_facts.gather(actor, conference))
    conference.state = states.move(conference.state, "conclude")
    conference.concluded_at = actor.at
    audit.record(actor, "conference.concluded", conference)
    conference_facts.sync_steps(actor, held.conference)
    # It counts for whoever asked for it and on the day it began, also when somebody else ends it at night.
    activity_sync.count(
        actor,
        activities.get(actor, conference.id),
        conference.id,
        dates.local_date(conference.opened_at or actor.at, actor.time_zone),
        by=conference.requester_id,
    )
    return conference


def resume(actor: Actor, conference_id: int, *, reason: str) -> Conference:
    """Go back into a concluded meeting to change its text: opinions and signatures are asked anew."""
    held = conference_facts.hold(actor, conference_id, need=Permission.CONTENT_WRITE)
    conference = held.conference
    conference.state = states.move(conference.state, "resume", reason=reason)
    conference.concluded_at = None
    for row in participants.of(actor, conference.id):
        if row.opinion is not None:
            audit.record(actor, "opinion.asked_anew", row, conference_id=conference.id, opinion=row.opinion)
            row.opinion, row.opinion_at = None, None
    content.keep_wording(actor, conference.id, RESUMED_SECTION, text=many_lines(reason).strip(), version=1)
    audit.record(actor, "conference.resumed", conference)
    conference_facts.sync_steps(actor, held.conference)
    return conference


RESUMED_SECTION = "resumed"
"""Under this key the reasons for resuming are kept among the wordings."""


# --- inside ---------------------------------------------------------------------------------------


def _open(actor: Actor, conference_id: int) -> conference_facts.Held:
    held = conference_facts.hold(actor, conference_id, need=Permission.CONFERENCE_MANAGE)
    if held.conference.state != "open":
        raise Conflict(N_("This is recorded while the meeting is open."))
    return held
