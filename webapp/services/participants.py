"""Who is asked to a conference: staff, guardians of the student, outside experts; how they are reached."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import conferences as rules
from webapp.domain import identifiers, words
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.mail.clean import check_address
from webapp.models.cases import Case, CaseExclusion
from webapp.models.conferences import Conference, Participant
from webapp.models.students import Guardian
from webapp.services import access, audit, people
from webapp.tenancy import Actor

ON_BEHALF_CHANNELS = ("phone", "paper", "in_person")
"""How something is said by somebody who has no page of their own open, and recorded by the team."""


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


def barred_from_case(actor: Actor, case_id: int) -> frozenset[int]:
    """Users who are shut out of a case now; known to every sender, whatever their role."""
    return frozenset(tenancy.session.scalar(select(func.app_shut_out_of_case(case_id))) or ())


def require_contact(actor: Actor, participant: Participant) -> None:
    """Conflict for a guardian who may not be contacted: nothing is asked of them, and nothing recorded."""
    if participant.id in do_not_contact_ids(actor, participant.conference_id):
        raise Conflict(rules.DO_NOT_CONTACT, field="participant")


def check_channel(channel: str) -> None:
    """Invalid unless what is recorded for somebody was given by phone, on paper or in person."""
    if channel not in ON_BEHALF_CHANNELS:
        raise Invalid(N_("Say how it was given: by phone, on paper or in person."), field="channel")


def choices(actor: Actor, case: Case) -> Choices:
    """Staff who are not shut out of the case, and the student's guardians; for the request form."""
    access.get_case(actor, case.id, need=Permission.CONFERENCE_REQUEST)
    shut_out = _shut_out_ids(actor, case.id)
    staff = tuple(member for member in people.staff(actor) if member.user_id not in shut_out)
    return Choices(staff, tuple(map(_choice, guardians_of(actor, case.student_id))))


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


def _shut_out_ids(actor: Actor, case_id: int) -> set[int]:
    rows = tenancy.session.scalars(
        select(CaseExclusion.user_id).where(
            CaseExclusion.school_id == actor.school_id,
            CaseExclusion.case_id == case_id,
            CaseExclusion.lifted_at.is_(None),
        )
    )
    return set(rows)


def guardians_of(actor: Actor, student_id: int) -> list[Guardian]:
    """The student's guardians, as far as the actor may read them."""
    return list(
        tenancy.session.scalars(
            select(Guardian)
            .where(Guardian.school_id == actor.school_id, Guardian.student_id == student_id)
            .order_by(Guardian.id)
        )
    )


def relation(guardian: Guardian) -> str:
    """The relation as it is printed, in Indonesian."""
    known = words.GUARDIAN_RELATIONS
    return known[guardian.relation].id if guardian.relation in known else known["other"].id


def _choice(guardian: Guardian) -> GuardianChoice:
    return GuardianChoice(
        guardian.id,
        guardian.name or "",
        relation(guardian),
        guardian.email,
        guardian.phone,
        guardian.do_not_contact,
    )
