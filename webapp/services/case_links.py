"""Cases that belong together: siblings, the same incident.

A link is made, seen and removed by those who are on both teams. To everybody else it does not exist: neither
the other case nor that there is one may show through it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from webapp import tenancy
from webapp.domain import cases as rules
from webapp.domain import words
from webapp.domain.errors import N_, Conflict, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.models.cases import Case, CaseLink, CaseMember
from webapp.models.students import Student
from webapp.services import access, audit
from webapp.tenancy import Actor

MOST_CANDIDATES = 20
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class LinkedCase:
    """The other case of a link: number, student and status, what connects the two, and a note."""

    id: int
    case_id: int
    number: str
    student: str
    class_name: str | None
    status: str
    kind: str
    note: str


@dataclass(frozen=True)
class Candidate:
    """A case that can be linked, as a field suggests it."""

    number: str
    student: str


def of_case(actor: Actor, case_id: int) -> tuple[LinkedCase, ...]:
    """The cases linked to one that the caller has asked for, in the order in which they were linked; only
    those that the actor reads as well, as the policies hide every other link."""
    other = case((CaseLink.case_id == case_id, CaseLink.other_id), else_=CaseLink.case_id)
    rows = tenancy.session.execute(
        select(CaseLink, Case.id, Case.number, Case.status, Student.name, Student.class_name)
        .join(Case, and_(Case.school_id == CaseLink.school_id, Case.id == other))
        .join(Student, and_(Student.school_id == Case.school_id, Student.id == Case.student_id))
        .where(CaseLink.school_id == actor.school_id, _running(case_id))
        .order_by(CaseLink.id)
    )
    return tuple(
        LinkedCase(link.id, other_id, number, student, class_name, status, link.kind, link.note or "")
        for link, other_id, number, status, student, class_name in rows
    )


def link(actor: Actor, case_id: int, *, number: str, kind: str, note: str = "") -> CaseLink:
    """Link an open case to another of the school by its number; asked of those on both teams.

    Invalid names the wrong field: a number that is none of the actor's cases is refused in the same words
    whether the case exists or not. Conflict when the two are linked already.
    """
    own = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    rules.check_open_for_work(own.status)
    if kind not in words.CASE_LINK_KINDS:
        raise Invalid(N_("Choose what connects the two cases."), field="kind")
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(N_("This text has more than %(limit)s characters."), field="note", limit=LONGEST_NOTE)
    other_id = _readable(actor, number)
    if other_id is None:
        raise Invalid(N_("None of the cases on whose team you are has this number."), field="number")
    if other_id == own.id:
        raise Invalid(N_("This is the number of the case itself."), field="number")
    # Two who link the same pair at once are refused one after the other.
    tenancy.session.refresh(own, with_for_update=True)
    if any(line.case_id == other_id for line in of_case(actor, own.id)):
        raise Conflict(N_("These two cases are linked already."))
    first, second = sorted((own.id, other_id))
    row = tenancy.add(
        CaseLink(
            case_id=first,
            other_id=second,
            kind=kind,
            made_by=actor.person_id,
            made_at=actor.at,
            note=note or None,
        )
    )
    audit.record(actor, "case.linked", row, case_id=first, other_id=second, kind=kind)
    return row


def unlink(actor: Actor, case_id: int, link_id: int) -> None:
    """Take a link away, from either side; also of a closed case. It stays on record."""
    own = access.get_case(actor, case_id, need=Permission.CASE_WRITE)
    row = access.get(actor, CaseLink, link_id)
    if own.id not in (row.case_id, row.other_id) or row.removed_at is not None:
        raise NotFound()
    row.removed_by, row.removed_at = actor.person_id, actor.at
    audit.record(actor, "case.unlinked", row, case_id=row.case_id, other_id=row.other_id)


def candidates(actor: Actor, case_id: int) -> tuple[Candidate, ...]:
    """The newest cases of the actor's teams besides this one, to choose from."""
    access.require_part(actor, Permission.CASE_WRITE, access.case_parts(actor, case_id))
    rows = tenancy.session.execute(
        select(Case.number, Student.name)
        .join(CaseMember, _own_place(actor))
        .join(Student, and_(Student.school_id == Case.school_id, Student.id == Case.student_id))
        .where(Case.school_id == actor.school_id, Case.id != case_id)
        .order_by(Case.id.desc())
        .limit(MOST_CANDIDATES)
    )
    return tuple(Candidate(number, student) for number, student in rows)


def _readable(actor: Actor, number: str) -> int | None:
    return tenancy.session.scalar(
        select(Case.id)
        .join(CaseMember, _own_place(actor))
        .where(Case.school_id == actor.school_id, func.upper(Case.number) == number.strip().upper())
    )


def _own_place(actor: Actor) -> ColumnElement[bool]:
    return and_(
        CaseMember.school_id == Case.school_id,
        CaseMember.case_id == Case.id,
        CaseMember.user_id == actor.person_id,
        CaseMember.removed_at.is_(None),
    )


def _running(case_id: int) -> ColumnElement[bool]:
    return and_(
        or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id), CaseLink.removed_at.is_(None)
    )
