"""What stands in a conference request, and when it is fit to be sent to the principal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.domain import conferences as rules
from webapp.domain import identifiers
from webapp.domain.errors import N_, DomainError, Invalid
from webapp.mail.clean import many_lines, one_line
from webapp.models.cases import Case
from webapp.models.conferences import Conference, ConferenceRequest, Participant
from webapp.models.students import Student
from webapp.services import access, participant_list, participants, suspicions
from webapp.services.participants import Proposed
from webapp.tenancy import Actor

LONGEST_PURPOSE = 2000
UNSENT = ("draft", "returned")


@dataclass(frozen=True)
class Draft:
    """What the request form holds; times are aware, or None while they are not chosen. despite: why a
    conference, where violence, harassment or a crime is suspected."""

    purpose: str
    place: str
    starts_at: datetime | None
    ends_at: datetime | None
    proposed: tuple[Proposed, ...] = ()
    despite: str = ""


def write(actor: Actor, conference: Conference, request: ConferenceRequest, case: Case, draft: Draft) -> None:
    """Put the form into the rows; Invalid for words that name the student, a past time or a wrong person."""
    student = access.get(actor, Student, case.student_id)
    if draft.purpose.strip():
        rules.check_purpose(draft.purpose, student.name)
    for field, words in (("purpose", draft.purpose), ("despite", draft.despite)):
        if len(words) > LONGEST_PURPOSE:
            raise Invalid(
                N_("The text is too long: at most %(most)s characters."), field=field, most=LONGEST_PURPOSE
            )
    # A draft may lack the reason that is asked where violence is suspected.
    rules.check_despite(draft.despite, student.name, is_suspected=False)
    if draft.place.strip():
        check_place(draft.place, student.name)
    if draft.starts_at is not None or draft.ends_at is not None:
        rules.check_meeting_time(draft.starts_at, draft.ends_at, now=actor.at)
    request.purpose = many_lines(draft.purpose).strip()
    # Kept as it was written, also where the kinds of problem are corrected later.
    request.despite = many_lines(draft.despite).strip() or None
    request.initials = identifiers.initials(student.name)
    conference.starts_at, conference.ends_at = draft.starts_at, draft.ends_at
    conference.place = one_line(draft.place) or None
    participant_list.sync(actor, conference, case, draft.proposed)


def check_place(place: str, student_name: str) -> None:
    """A place is named, and names no student."""
    if not place.strip():
        raise Invalid(N_("Say where the meeting is held."), field="place")
    if identifiers.mentions(place, student_name):
        raise Invalid(N_("The place is read in mails: leave out the student's name."), field="place")


def check_complete(actor: Actor, conference: Conference, case: Case, invited: list[Participant]) -> None:
    """Everything that the principal needs to decide is there, and nobody is on the list who may not be."""
    student = access.get(actor, Student, case.student_id)
    barred = participants.do_not_contact_ids(actor, conference.id)
    request = access.get(actor, ConferenceRequest, conference.id)
    facts = rules.RequestFacts(
        purpose=request.purpose or "",
        student_name=student.name,
        place=conference.place or "",
        starts_at=conference.starts_at,
        ends_at=conference.ends_at,
        invitees=tuple(
            rules.Invitee(
                row.why, is_requester=row.user_id == conference.requester_id, do_not_contact=row.id in barred
            )
            for row in invited
        ),
        requester_signed=any(row.user_id == conference.requester_id and row.signed_at for row in invited),
        is_suspected=suspicions.in_case(actor, case.id),
        despite=request.despite or "",
    )
    rules.check_can_request(facts, now=actor.at)
    _check_invitees(conference, invited, barred)


def missing(
    conference: Conference,
    request: ConferenceRequest,
    invited: Sequence[Participant],
    barred: Collection[int],
    *,
    is_suspected: bool,
    now: datetime,
) -> list[DomainError]:
    """What keeps a draft from being sent, each as the refusal it would meet; the signature aside."""
    if conference.state not in UNSENT:
        return []
    checks: list[Callable[[], None]] = [
        lambda: rules.check_purpose(request.purpose or "", ""),
        lambda: rules.check_despite(request.despite or "", "", is_suspected=is_suspected),
        lambda: rules.check_meeting_time(conference.starts_at, conference.ends_at, now=now),
        lambda: check_place(conference.place or "", ""),
        lambda: _check_invitees(conference, invited, barred),
    ]
    found: list[DomainError] = []
    for check in checks:
        try:
            check()
        except Invalid as refusal:
            found.append(refusal)
    return found


def _check_invitees(conference: Conference, invited: Sequence[Participant], barred: Collection[int]) -> None:
    for row in invited:
        rules.check_invitee(rules.Invitee(row.why, do_not_contact=row.id in barred))
    others = [row for row in invited if row.user_id != conference.requester_id]
    if not others:
        raise Invalid(N_("Name at least one participant besides yourself."), field="participants")
    if any(not row.role_expected for row in others):
        raise Invalid(N_("Say of each participant what role is expected of them."), field="role_expected")
