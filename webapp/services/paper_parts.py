"""What papers of all services share: whom they are about, who took part, who signs, and the frame itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import dates
from webapp.domain.errors import Conflict
from webapp.models.cases import Case
from webapp.models.identity import Membership, User
from webapp.models.students import Student
from webapp.reports.letterhead import Signatory
from webapp.reports.paper import Fact, Grid, Paper, Section, Signer
from webapp.services import access, letterheads, people
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

_ADDRESS = ("address", "hamlet", "village", "subdistrict", "postal_code")


def student(actor: Actor, case: Case) -> Student:
    """The student of a case; the caller has asked for its team."""
    return access.get(actor, Student, case.student_id)


def student_facts(actor: Actor, case: Case, t: dict[str, str]) -> tuple[Fact, ...]:
    """Name, class, numbers and address of the student."""
    row = student(actor, case)
    numbers = " / ".join(number for number in (row.nipd, row.nisn) if number)
    return (
        Fact(t["name"], row.name),
        Fact(t["class"], row.class_name or ""),
        Fact(t["student_number"], numbers),
        Fact(t["address"], address(row)),
    )


def address(row: Student) -> str:
    """Where the student lives, in one line."""
    details = row.details or {}
    parts = [details.get(name, "") for name in _ADDRESS]
    if details.get("rt") or details.get("rw"):
        parts.insert(1, f"RT {details.get('rt') or '-'}/RW {details.get('rw') or '-'}")
    return ", ".join(part for part in parts if part)


def principal(actor: Actor, case_id: int, t: dict[str, str]) -> Signatory:
    """Who signs for the school; where nobody can, a line for a pen: a paper is not held up by that."""
    try:
        return people.signatory(actor, people.approver(actor, case_id).user_id)
    except Conflict:
        return Signatory(t["principal"], "", "NIP.")


def school_principal(actor: Actor, t: dict[str, str]) -> Signatory:
    """Who signs what is about no case: an acting principal first; where there is none, a line for a pen."""
    principals = sorted(people.staff(actor, "principal"), key=lambda member: not member.acting)
    if principals:
        return people.signatory(actor, principals[0].user_id)
    return Signatory(t["principal"], "", "NIP.")


def signers(actor: Actor, record: Record, *, on: date | None = None) -> tuple[Signer, ...]:
    """Principal at the left, and at the right the counsellor whose work it is, with place and day."""
    return (
        Signer(record.t["acknowledged"], principal(actor, record.case.id, record.t)),
        Signer(
            place_and_day(actor, record.locale, on), people.signatory(actor, record.activity.created_by)
        ),
    )


def place_and_day(actor: Actor, locale: str, on: date | None = None) -> str:
    """`Contohrejo, 24 November 2026`; today where no day is given."""
    town = letterheads.school(actor).city
    return (f"{town}, " if town else "") + dates.format_date(on or actor.today, locale)


def officers(
    actor: Actor, counsellor_id: int, companions: Sequence[int | str], t: dict[str, str]
) -> Section:
    """Who goes: name, number and position. A companion is a user, or known by the name that was written
    down."""
    rows = [_officer(people.signatory(actor, counsellor_id))]
    for one in companions:
        user_id = _named(actor, one) if isinstance(one, str) else one
        known = None if user_id is None else people.signatory(actor, user_id)
        rows.append((str(one), "", t["companion"]) if known is None else _officer(known))
    heads = (t["name"], t["officer_number"], t["position"])
    return Section(t["officers"], grid=Grid(heads, tuple(rows), (9, 8, 8)))


def paper(
    actor: Actor, *, sections: Sequence[Section], held_on: date, case_number: str = "", **more: Any
) -> Paper:
    """A paper on the school's letterhead as things stand now."""
    return Paper(
        letterhead=letterheads.report_letterhead(actor),
        case_number=case_number,
        held_on=held_on,
        timezone=actor.time_zone,
        frozen_at=actor.at,
        sections=tuple(sections),
        **more,
    )


# --- inside ---------------------------------------------------------------------------------------


def _officer(person: Signatory) -> tuple[str, str, str]:
    number = f"{person.number_label} {person.number}".strip() if person.number else ""
    return person.name, number, person.title


def _named(actor: Actor, name: str) -> int | None:
    return tenancy.session.scalar(
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.school_id == actor.school_id,
            people.running(actor),
            func.lower(User.name) == name.strip().lower(),
        )
        .limit(1)
    )
