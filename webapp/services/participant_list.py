"""Putting people on a conference's list and taking them off: who may stand there, and as whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain import identifiers
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.mail.clean import one_line
from webapp.models.cases import Case
from webapp.models.conferences import Conference, Participant
from webapp.models.students import Guardian, Student
from webapp.services import access, audit, participants, people
from webapp.services.participants import Proposed
from webapp.tenancy import Actor

LISTED = N_("This person is on the list already.")


def sync(actor: Actor, conference: Conference, case: Case, proposed: Sequence[Proposed]) -> list[Participant]:
    """Make the request's list exactly these people and whoever requests it; those left out are taken off.

    Raises Invalid where somebody may not be asked: do not contact, shut out of the case, of another
    school or student, or described by words that name the student.
    """
    access.get_case(actor, case.id, need=Permission.CONFERENCE_REQUEST)
    student = access.get(actor, Student, case.student_id)
    rows = _all_rows(actor, conference.id)
    known_staff = {member.user_id: member for member in participants.choices(actor, case).staff}
    guardians = {guardian.id: guardian for guardian in participants.guardians_of(actor, case.student_id)}
    kept = [ensure_requester(actor, conference, rows)]
    for person in proposed:
        if person.kind != "staff" or person.user_id != conference.requester_id:
            kept.append(_place(actor, conference, rows, known_staff, guardians, student.name, person))
        else:
            check_wording(person, student.name)
    kept_ids = {row.id for row in kept}
    for row in rows:
        if row.id not in kept_ids and row.removed_at is None:
            row.removed_at = actor.at
            audit.record(actor, "participant.removed", row, conference_id=conference.id)
    tenancy.session.flush()
    return kept


def place(
    actor: Actor, conference: Conference, case: Case, person: Proposed, *, where_listed: str = LISTED
) -> Participant:
    """Put one more person on a conference's list, or back on it; Conflict, in the words `where_listed`, for
    one who stands there. Refuses whom `sync` refuses.
    """
    known = participants.choices(actor, case)
    rows = _all_rows(actor, conference.id)
    guardians = {guardian.id: guardian for guardian in participants.guardians_of(actor, case.student_id)}
    listed = [row for row in rows if row.removed_at is None]
    for row in listed:
        if (person.user_id is not None and person.user_id == row.user_id) or (
            person.guardian_id is not None and person.guardian_id == row.guardian_id
        ):
            raise Conflict(where_listed, field="who")
    name = access.get(actor, Student, case.student_id).name
    staff = {member.user_id: member for member in known.staff}
    return _place(actor, conference, rows, staff, guardians, name, person)


def ensure_requester(actor: Actor, conference: Conference, rows: Sequence[Participant]) -> Participant:
    """The row of whoever requests the conference: they take part."""
    own = next((row for row in rows if row.user_id == conference.requester_id), None)
    if own is not None:
        own.removed_at = None
        return own
    member = next((m for m in people.staff(actor) if m.user_id == conference.requester_id), None)
    if member is None:
        raise Invalid(N_("This person does not work at the school."), field="participants")
    own = _new(conference, actor, "staff", "information", user_id=member.user_id)
    own.name, own.email, own.position, own.locale = member.name, member.email, member.title, member.locale
    # Whoever invites comes.
    own.answer, own.answered_at, own.answer_channel = "yes", actor.at, "app"
    return tenancy.add(own)


def check_wording(person: Proposed, student_name: str) -> None:
    """Why is one of the three, and what invited people read of themselves does not name the student."""
    rules.check_invitee(rules.Invitee(person.why))
    for field, text in (("role_expected", person.role_expected), ("position", person.position)):
        if identifiers.mentions(text, student_name):
            raise Invalid(
                N_("What is asked of a participant stands on their page: leave out the student's name."),
                field=field,
            )


# --- rows -----------------------------------------------------------------------------------------


def _all_rows(actor: Actor, conference_id: int) -> list[Participant]:
    return list(
        tenancy.session.scalars(
            select(Participant).where(
                Participant.school_id == actor.school_id, Participant.conference_id == conference_id
            )
        )
    )


def _new(conference: Conference, actor: Actor, kind: str, why: str, **values: int | None) -> Participant:
    return Participant(conference_id=conference.id, kind=kind, why=why, created_at=actor.at, **values)


def _place(
    actor: Actor,
    conference: Conference,
    rows: Sequence[Participant],
    staff: Mapping[int, people.StaffMember],
    guardians: Mapping[int, Guardian],
    student_name: str,
    person: Proposed,
) -> Participant:
    check_wording(person, student_name)
    if person.kind == "staff":
        return _staff_row(conference, rows, staff.get(person.user_id or 0), person, actor)
    if person.kind == "guardian":
        return _guardian_row(conference, rows, guardians.get(person.guardian_id or 0), person, actor)
    return _expert_row(conference, rows, person, actor)


def _describe(row: Participant, person: Proposed, actor: Actor) -> Participant:
    row.why, row.is_key, row.removed_at = person.why, person.is_key, None
    row.role_expected = one_line(person.role_expected, at_most=300) or None
    if row not in tenancy.session:
        tenancy.add(row)
        audit.record(actor, "participant.named", row, kind=row.kind, why=row.why)
    return row


def _staff_row(
    conference: Conference,
    rows: Sequence[Participant],
    member: people.StaffMember | None,
    person: Proposed,
    actor: Actor,
) -> Participant:
    if member is None:
        raise Invalid(
            N_("This person does not work at the school, or is shut out of the case."), field="staff"
        )
    row = next((r for r in rows if r.user_id == member.user_id), None)
    row = row or _new(conference, actor, "staff", person.why, user_id=member.user_id)
    row.name, row.email, row.position, row.locale = member.name, member.email, member.title, member.locale
    return _describe(row, person, actor)


def _guardian_row(
    conference: Conference,
    rows: Sequence[Participant],
    guardian: Guardian | None,
    person: Proposed,
    actor: Actor,
) -> Participant:
    if guardian is None:
        raise Invalid(N_("This person is no guardian of the student."), field="guardians")
    rules.check_invitee(rules.Invitee(person.why, do_not_contact=guardian.do_not_contact))
    row = next((r for r in rows if r.guardian_id == guardian.id), None)
    row = row or _new(conference, actor, "guardian", person.why, guardian_id=guardian.id)
    row.name, row.position = guardian.name, participants.relation(guardian)
    row.email, row.phone, row.locale = (
        participants.address(guardian.email or ""),
        guardian.phone,
        person.locale,
    )
    return _describe(row, person, actor)


def _expert_row(
    conference: Conference, rows: Sequence[Participant], person: Proposed, actor: Actor
) -> Participant:
    if not person.name.strip():
        raise Invalid(N_("Write the name of the outside expert."), field="experts")
    row = next((r for r in rows if r.id == person.participant_id and r.kind == "expert"), None)
    row = row or _new(conference, actor, "expert", person.why)
    row.name, row.position = one_line(person.name), one_line(person.position) or None
    row.email, row.phone, row.locale = (
        participants.address(person.email),
        identifiers.phone(person.phone),
        person.locale,
    )
    return _describe(row, person, actor)
