"""What there is to choose from when a student's transfer is prepared: only what the chooser may read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain import words
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.attachments import Attachment
from webapp.models.background import Report
from webapp.models.cases import Case, CaseMember
from webapp.reports.data import DOCUMENTS
from webapp.services import access
from webapp.services.guardians import GuardianView, of_student
from webapp.tenancy import Actor


@dataclass(frozen=True)
class TargetSchool:
    """A school of the district that has somebody who could accept."""

    id: int
    name: str
    level: Term


@dataclass(frozen=True)
class Paper:
    """A finished document (by its kind and day) or a file of a case (by its name)."""

    id: int
    title: Term | str
    on: date | None = None


@dataclass(frozen=True)
class CaseOffer:
    """A case on whose team the chooser is."""

    id: int
    number: str
    field: Term
    status: Term
    opened_on: date
    documents: tuple[Paper, ...]
    files: tuple[Paper, ...]


@dataclass(frozen=True)
class Offer:
    """Whom it is about, where to, and what can go along."""

    student_id: int
    student: str
    class_name: str | None
    schools: tuple[TargetSchool, ...]
    guardians: tuple[GuardianView, ...]
    cases: tuple[CaseOffer, ...]


def offer(actor: Actor, student_id: int) -> Offer:
    """The choices for one student. Nothing says whether there are cases of others."""
    student = access.get_student(actor, student_id, need=Permission.TRANSFER_SEND)
    return Offer(
        student.id,
        student.name,
        student.class_name,
        schools(actor),
        tuple(of_student(actor, student_id)),
        own_cases(actor, student_id),
    )


def schools(actor: Actor) -> tuple[TargetSchool, ...]:
    """The other schools of the district to which a student can move, by name."""
    access.require(actor, Permission.TRANSFER_SEND)
    rows = tenancy.session.execute(
        text("SELECT to_id, to_name, to_level FROM app_transfer_schools() ORDER BY to_name, to_id")
    )
    return tuple(TargetSchool(row.to_id, row.to_name, words.SCHOOL_LEVELS[row.to_level]) for row in rows)


def own_cases(actor: Actor, student_id: int) -> tuple[CaseOffer, ...]:
    """The student's cases on whose team the actor is, newest first, with what can go along of each."""
    access.require(actor, Permission.TRANSFER_SEND)
    rows = tenancy.session.scalars(
        select(Case)
        .join(CaseMember, (CaseMember.school_id == Case.school_id) & (CaseMember.case_id == Case.id))
        .where(
            Case.school_id == actor.school_id,
            Case.student_id == student_id,
            CaseMember.user_id == actor.person_id,
            CaseMember.removed_at.is_(None),
        )
        .order_by(Case.id.desc())
    ).all()
    case_ids = [row.id for row in rows]
    documents, files = _documents(actor, case_ids), _files(actor, case_ids)
    return tuple(
        CaseOffer(
            row.id,
            row.number,
            words.FIELDS[row.field],
            words.CASE_STATUSES[row.status],
            row.opened_on,
            tuple(documents[row.id]),
            tuple(files[row.id]),
        )
        for row in rows
    )


def _documents(actor: Actor, case_ids: Sequence[int]) -> dict[int, list[Paper]]:
    found: dict[int, list[Paper]] = defaultdict(list)
    if not case_ids:
        return found
    rows = tenancy.session.execute(
        select(Report.id, Report.case_id, Report.kind, Report.finished_at)
        .where(
            Report.school_id == actor.school_id,
            Report.case_id.in_(case_ids),
            Report.state == "ready",
            Report.kind.in_(DOCUMENTS),
        )
        .order_by(Report.id)
    )
    for row in rows:
        on = None if row.finished_at is None else actor.seen_at(row.finished_at).today
        found[row.case_id].append(Paper(row.id, DOCUMENTS[row.kind].title, on))
    return found


def _files(actor: Actor, case_ids: Sequence[int]) -> dict[int, list[Paper]]:
    found: dict[int, list[Paper]] = defaultdict(list)
    if not case_ids:
        return found
    rows = tenancy.session.execute(
        select(Attachment.id, Attachment.case_id, Attachment.name_enc)  # type: ignore[attr-defined]
        .where(
            Attachment.school_id == actor.school_id,
            Attachment.case_id.in_(case_ids),
            Attachment.removed_at.is_(None),
        )
        .order_by(Attachment.id)
    )
    for row in rows:
        found[row.case_id].append(Paper(row.id, Attachment(id=row.id, name_enc=row.name_enc).name))
    return found
