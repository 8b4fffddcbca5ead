"""Who is asked to a conference: staff, guardians of the student, outside experts; how they are reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain import identifiers, words
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.mail.clean import check_address, one_line
from webapp.models.cases import Case, CaseExclusion
from webapp.models.conferences import Conference, Participant
from webapp.models.students import Guardian, Student
from webapp.services import access, audit, people
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Proposed:
    """One person to be asked, as the request names them.

    Staff carry `user_id`, guardians `guardian_id`; an expert is described here, and carries
    `participant_id` when the request held them before.
    """

    kind: str
    why: str
    role_expected: str = ""
    user_id: int | None = None
    guardian_id: int | None = None
    participant_id: int | None = None
    name: str = ""
    position: str = ""
    email: str = ""
    phone: str = ""
    locale: str = "id"
    is_key: bool = False


@dataclass(frozen=True)
class GuardianChoice:
    """A guardian of the student as the request form offers them."""

    id: int
    name: str
    relation: str
    email: str | None
    phone: str | None
    do_not_contact: bool


@dataclass(frozen=True)
class Barred:
    """Who may be told nothing of a conference: guardians not to be contacted, staff shut out of its case."""

    participant_ids: frozenset[int]
    user_ids: frozenset[int]

    def covers(self, participant: Participant) -> bool:
        return participant.id in self.participant_ids or participant.user_id in self.user_ids


@dataclass(frozen=True)
class Choices:
    """Whom a request can name."""

    staff: tuple[people.StaffMember, ...]
    guardians: tuple[GuardianChoice, ...]


def of(actor: Actor, conference_id: int) -> list[Participant]:
    """Everyone asked, in the order in which they were named; the policies decide who sees the others."""
    return list(
        tenancy.session.scalars(
            select(Participant)
            .where(
                Participant.school_id == actor.school_id,
                Participant.conference_id == conference_id,
                Participant.removed_at.is_(None),
            )
            .order_by(Participant.id)
        )
    )


def get_for_team(actor: Actor, participant_id: int) -> tuple[Conference, Participant]:
    """A participant that the case team looks after, with the conference; NotFound for everyone else."""
    participant = access.get(actor, Participant, participant_id)
    conference = access.get_conference(actor, participant.conference_id, need=Permission.CONFERENCE_MANAGE)
    if participant.removed_at is not None:
        raise NotFound()
    return conference, participant


def do_not_contact_ids(actor: Actor, conference_id: int) -> frozenset[int]:
    """Participants whose guardian may not be contacted now; known to every sender, whatever their role."""
    return frozenset(tenancy.session.scalar(select(func.app_do_not_contact_ids(conference_id))) or ())


def barred(actor: Actor, conference_id: int) -> Barred:
    """Who may be told nothing now; known to every sender, whatever their role."""
    not_contacted, shut_out = tenancy.session.execute(
        select(func.app_do_not_contact_ids(conference_id), func.app_shut_out_user_ids(conference_id))
    ).one()
    return Barred(frozenset(not_contacted or ()), frozenset(shut_out or ()))


def choices(actor: Actor, case: Case) -> Choices:
    """Staff who are not shut out of the case, and the student's guardians; for the request form."""
    access.get_case(actor, case.id, need=Permission.CONFERENCE_REQUEST)
    shut_out = _shut_out_ids(actor, case.id)
    staff = tuple(member for member in people.staff(actor) if member.user_id not in shut_out)
    return Choices(staff, tuple(map(_choice, _guardians(actor, case.student_id))))


def sync(actor: Actor, conference: Conference, case: Case, proposed: Sequence[Proposed]) -> list[Participant]:
    """Make the request's list exactly these people and whoever requests it; those left out are taken off.

    Raises Invalid where somebody may not be asked: do not contact, shut out of the case, of another
    school or student, or described by words that name the student.
    """
    access.get_case(actor, case.id, need=Permission.CONFERENCE_REQUEST)
    student = access.get(actor, Student, case.student_id)
    rows = _all_rows(actor, conference.id)
    known_staff = {member.user_id: member for member in choices(actor, case).staff}
    guardians = {guardian.id: guardian for guardian in _guardians(actor, case.student_id)}
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


def place(actor: Actor, conference: Conference, case: Case, person: Proposed) -> Participant:
    """Put one more person on a conference's list, or back on it; Conflict for one who stands there.

    Refuses whom `sync` refuses.
    """
    known = choices(actor, case)
    rows = _all_rows(actor, conference.id)
    guardians = {guardian.id: guardian for guardian in _guardians(actor, case.student_id)}
    listed = [row for row in rows if row.removed_at is None]
    for row in listed:
        if (person.user_id is not None and person.user_id == row.user_id) or (
            person.guardian_id is not None and person.guardian_id == row.guardian_id
        ):
            raise Conflict(N_("This person is on the list already."), field="who")
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


def change_contact(actor: Actor, participant: Participant, *, email: str, phone: str) -> bool:
    """Correct a guest's address and telephone; True when the address is another one now."""
    if participant.kind == "staff":
        raise Invalid(N_("Staff change their own address in their settings."), field="email")
    new = address(email)
    is_other = new != participant.email
    participant.email, participant.phone = new, identifiers.phone(phone)
    if is_other:
        participant.disowned_at = participant.mail_bounced_at = None
    audit.record(actor, "participant.contact_changed", participant, address=int(is_other))
    return is_other


def address(email: str) -> str | None:
    """An e-mail address in lower case, None for none; Invalid where no mail server takes it."""
    text = email.strip().lower()
    return check_address(text) if text else None


# --- rows -----------------------------------------------------------------------------------------


def _all_rows(actor: Actor, conference_id: int) -> list[Participant]:
    return list(
        tenancy.session.scalars(
            select(Participant).where(
                Participant.school_id == actor.school_id, Participant.conference_id == conference_id
            )
        )
    )


def _shut_out_ids(actor: Actor, case_id: int) -> set[int]:
    rows = tenancy.session.scalars(
        select(CaseExclusion.user_id).where(
            CaseExclusion.school_id == actor.school_id,
            CaseExclusion.case_id == case_id,
            CaseExclusion.lifted_at.is_(None),
        )
    )
    return set(rows)


def _guardians(actor: Actor, student_id: int) -> list[Guardian]:
    return list(
        tenancy.session.scalars(
            select(Guardian)
            .where(Guardian.school_id == actor.school_id, Guardian.student_id == student_id)
            .order_by(Guardian.id)
        )
    )


def _relation(guardian: Guardian) -> str:
    known = words.GUARDIAN_RELATIONS
    return known[guardian.relation].id if guardian.relation in known else known["other"].id


def _choice(guardian: Guardian) -> GuardianChoice:
    return GuardianChoice(
        guardian.id,
        guardian.name or "",
        _relation(guardian),
        guardian.email,
        guardian.phone,
        guardian.do_not_contact,
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
    row.name, row.position = guardian.name, _relation(guardian)
    row.email, row.phone, row.locale = address(guardian.email or ""), guardian.phone, person.locale
    return _describe(row, person, actor)


def _expert_row(
    conference: Conference, rows: Sequence[Participant], person: Proposed, actor: Actor
) -> Participant:
    if not person.name.strip():
        raise Invalid(N_("Write the name of the outside expert."), field="experts")
    row = next((r for r in rows if r.id == person.participant_id and r.kind == "expert"), None)
    row = row or _new(conference, actor, "expert", person.why)
    row.name, row.position = one_line(person.name), one_line(person.position) or None
    row.email, row.phone, row.locale = address(person.email), identifiers.phone(person.phone), person.locale
    return _describe(row, person, actor)
