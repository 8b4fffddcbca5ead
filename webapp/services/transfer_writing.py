"""An accepted transfer becomes rows of this school, under its own keys: student, guardians, cases, files."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import cases as case_rules
from webapp.domain import dates, identifiers, words
from webapp.domain.permissions import Permission
from webapp.domain.transfers import BASES, HISTORY
from webapp.models.attachments import Attachment
from webapp.models.cases import Case, CaseMember, CaseNote, CaseStatusChange
from webapp.models.students import Guardian, Student
from webapp.services import access, audit, numbers
from webapp.services.transfer_record import Record
from webapp.tenancy import Actor

_CONTACTS = ("occupation", "email", "phone")
_PARENTS = ("father", "mother")


@dataclass(frozen=True)
class Origin:
    """Where it came from: the transfer's id, the school and the person who sent it."""

    transfer_id: int
    school: str
    sender: str


def write(actor: Actor, record: Record, origin: Origin) -> Student:
    """Everything that came along, owned by the actor; a student with the same NISN is the same student, whose
    entries here are kept and only completed."""
    access.require(actor, Permission.TRANSFER_RECEIVE)
    student = _student(actor, record["student"], origin)
    _guardians(actor, student, record["guardians"])
    for came in record["cases"]:
        _case(actor, student, came, record["basis"], origin)
    return student


def _student(actor: Actor, came: Record, origin: Origin) -> Student:
    known = None
    if came["nisn"]:
        known = tenancy.session.scalar(
            select(Student)
            .where(Student.school_id == actor.school_id, Student.nisn == came["nisn"])
            .with_for_update()
        )
    born = _day(came["birth_on"])
    if known is None:
        student = Student(
            name=came["name"],
            name_key=identifiers.search_key(came["name"]),
            nisn=came["nisn"],
            sex=came["sex"],
            birth_on=born,
            created_at=actor.at,
            updated_at=actor.at,
            details=came["details"],
        )
        tenancy.add(student)
        audit.record(actor, "student.added", student, transfer=origin.transfer_id)
        return student
    known.sex = known.sex or came["sex"]
    known.birth_on = known.birth_on or born
    known.details = came["details"] | (known.details or {})
    known.left_on = known.left_kind = known.left_import_id = None
    known.updated_at = actor.at
    audit.record(actor, "student.changed", known, transfer=origin.transfer_id)
    return known


def _guardians(actor: Actor, student: Student, came: list[Record]) -> None:
    known = tenancy.session.scalars(
        select(Guardian).where(Guardian.school_id == actor.school_id, Guardian.student_id == student.id)
    ).all()
    for one in came:
        same = next((guardian for guardian in known if _is_same(guardian, one)), None)
        if same is None:
            same = Guardian(
                student_id=student.id, relation=one["relation"], created_at=actor.at, name=one["name"] or None
            )
            tenancy.add(same)
            audit.record(actor, "guardian.added", same, student=student.id)
        for name in _CONTACTS:
            setattr(same, name, getattr(same, name) or one[name] or None)
        # Never the other way: who may not be contacted there may not be contacted here.
        if one["do_not_contact"] and not same.do_not_contact:
            same.do_not_contact = True
            same.do_not_contact_reason = one["reason"] or None
            audit.record(actor, "guardian.contact_forbidden", same, student=student.id)
    tenancy.session.flush()


def _is_same(guardian: Guardian, came: Record) -> bool:
    """A student has one father and one mother; others are told apart by their names."""
    if guardian.relation != came["relation"]:
        return False
    own_name = identifiers.search_key(guardian.name or "")
    return guardian.relation in _PARENTS or own_name == identifiers.search_key(came["name"])


def _case(actor: Actor, student: Student, came: Record, basis: Record, origin: Origin) -> None:
    assert actor.person_id is not None
    case = tenancy.add(
        Case(
            number=numbers.next_case_number(actor),
            student_id=student.id,
            field=came["field"],
            kinds=came["kinds"],
            source=came["source"],
            severity=came["severity"],
            summary=came["summary"],
            status="closed" if came["closed"] else case_rules.FIRST_STATUS,
            owner_id=actor.person_id,
            opened_on=_day(came["opened_on"]),
            closed_on=_day(came["closed_on"]),
            created_at=actor.at,
            created_by=actor.person_id,
        )
    )
    # A statement of its own: the policies let nobody but the opener join a case that has no team yet.
    tenancy.add(
        CaseMember(case_id=case.id, user_id=actor.person_id, added_by=actor.person_id, added_at=actor.at)
    )
    tenancy.add(
        CaseStatusChange(
            case_id=case.id, from_status=None, to_status=case.status, by_id=actor.person_id, at=actor.at
        )
    )
    audit.record(actor, "case.opened", case, transfer=origin.transfer_id)
    for kind, happened_on, body in _notes(actor, came, basis, origin):
        tenancy.session.add(
            CaseNote(
                case_id=case.id,
                kind=kind,
                author_id=actor.person_id,
                created_at=actor.at,
                happened_on=happened_on,
                body=body,
            )
        )
    for file in came["files"]:
        tenancy.session.add(_attachment(actor, case, file))
    tenancy.session.flush()


def _notes(
    actor: Actor, came: Record, basis: Record, origin: Origin
) -> Iterator[tuple[str, date, str]]:
    """What the timeline says: what was noted there, what is still promised, where it is from."""
    for note in came["notes"]:
        by = " · ".join(filter(None, (origin.school, note["author"])))
        yield note["kind"], date.fromisoformat(note["happened_on"]), f"{by}\n{note['body']}"
    for promise in came["promises"]:
        day = dates.format_date(date.fromisoformat(promise["due_on"]), actor.locale)
        said = _said(actor, "promise", who=promise["who"], what=promise["what"], day=day)
        yield "fact", actor.today, said
    about = _said(
        actor,
        "origin",
        school=origin.school,
        number=came["number"],
        sender=origin.sender,
        basis=_basis_in_words(basis, actor.locale),
    )
    yield "fact", actor.today, about


def _basis_in_words(basis: Record, locale: str) -> str:
    """The recorded basis as a person reads it."""
    label = BASES[basis["key"]].label(locale)
    if basis["key"] != "consent":
        return f"{label} ({basis['reason']})"
    day = dates.format_date(date.fromisoformat(basis["on"]), locale)
    how = words.ANSWER_CHANNELS[basis["channel"]].label(locale)
    return f"{label}: {basis['who']}, {day}, {how}"


def _said(actor: Actor, key: str, **params: str) -> str:
    return HISTORY[key].label(actor.locale) % params


def _attachment(actor: Actor, case: Case, file: dict[str, Any]) -> Attachment:
    content = b64decode(file["content"])
    return Attachment(
        case_id=case.id,
        purpose="case",
        media_type=file["media_type"],
        size=len(content),
        author_id=actor.person_id,
        created_at=actor.at,
        name=file["name"],
        content=content,
    )


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso)
