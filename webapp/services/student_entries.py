"""Students entered and changed by hand, under the rules of the import. Classes come in through imports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.dapodik.layout import LABELS
from webapp.dapodik.reader import RawRow
from webapp.dapodik.rows import RowProblems, StudentRow, parse_row
from webapp.domain import contacts, leavers
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.models.students import Student
from webapp.services import access, audit
from webapp.tenancy import Actor

REGISTER_FIELDS = ("name", "nisn", "nipd", "sex", "birth_on", "class_name")
DETAIL_FIELDS = (
    "birth_place",
    "address",
    "rt",
    "rw",
    "hamlet",
    "village",
    "subdistrict",
    "postal_code",
    "phone",
    "mobile",
    "email",
)
FIELDS = REGISTER_FIELDS + DETAIL_FIELDS
_FIELD_OF_LABEL = {label: name for name, label in LABELS.items()}


class InvalidStudent(Invalid):
    """Everything that is wrong with an entered student; `problems` maps fields to their refusals."""

    def __init__(self, problems: dict[str, Invalid]) -> None:
        self.problems = problems
        first = next(iter(problems.values()))
        super().__init__(first.message_id, field=first.field, **first.params)


def entered(actor: Actor, student_id: int) -> dict[str, str]:
    """The student as the form shows it: all FIELDS as text."""
    student = access.get_student(actor, student_id, need=Permission.STUDENT_IMPORT)
    values = {name: getattr(student, name) for name in REGISTER_FIELDS} | (student.details or {})
    return {name: "" if values.get(name) is None else str(values[name]) for name in FIELDS}


def add_student(actor: Actor, entries: Mapping[str, str]) -> Student:
    """Enter one student; the rules are those of the import, and every refusal names its field."""
    access.require(actor, Permission.STUDENT_IMPORT)
    row = _checked(actor, entries, own_id=None)
    student = Student(created_at=actor.at, updated_at=actor.at, **register_values(row))
    student.details = detail_values(row)
    tenancy.add(student)
    audit.record(actor, "student.added", student)
    return student


def edit_student(actor: Actor, student_id: int, entries: Mapping[str, str]) -> Student:
    """Change what is known of a student; a blank field erases."""
    student = access.get_student(actor, student_id, need=Permission.STUDENT_IMPORT)
    row = _checked(actor, entries, own_id=student.id)
    changed = []
    for name, value in register_values(row).items():
        if getattr(student, name) != value:
            setattr(student, name, value)
            changed.append(name)
    details = detail_values(row)
    if details != (student.details or {}):
        student.details = details
        changed.append("details")
    if changed:
        student.updated_at = actor.at
        audit.record(actor, "student.changed", student, fields=",".join(changed))
    return student


def mark_left(actor: Actor, student_id: int, *, on: date, kind: str) -> Student:
    """The student has left the school, and how (a key of LEFT_KINDS); nothing that is recorded is lost."""
    student = access.get_student(actor, student_id, need=Permission.STUDENT_IMPORT)
    if student.left_on is not None:
        raise Conflict(N_("This student is marked as having left already."))
    leavers.check_leaving(kind, on, today=actor.today)
    student.left_on, student.left_kind = on, kind
    student.updated_at = actor.at
    audit.record(actor, "student.left", student, kind=kind)
    return student


def mark_back(actor: Actor, student_id: int) -> Student:
    """A student who had left is at the school again."""
    student = access.get_student(actor, student_id, need=Permission.STUDENT_IMPORT)
    if student.left_on is None:
        raise Conflict(N_("This student is not marked as having left."))
    student.left_on = student.left_kind = student.left_import_id = None
    student.updated_at = actor.at
    audit.record(actor, "student.came_back", student)
    return student


def register_values(row: StudentRow) -> dict[str, Any]:
    """The columns of a student that stand in clear; blank is NULL."""
    return {
        "name": row.name,
        "name_key": row.name_key,
        **{name: getattr(row, name) or None for name in REGISTER_FIELDS if name != "name"},
    }


def detail_values(row: StudentRow) -> dict[str, str]:
    """The sealed details, without the blank ones."""
    return {name: value for name in DETAIL_FIELDS if (value := getattr(row, name))}


def _checked(actor: Actor, entries: Mapping[str, str], *, own_id: int | None) -> StudentRow:
    problems: dict[str, Invalid] = {}
    values = {name: entries.get(name, "") for name in FIELDS}
    by_hand = (
        ("phone", contacts.phone_number),
        ("mobile", contacts.phone_number),
        ("email", contacts.email_address),
    )
    for name, rule in by_hand:
        try:
            values[name] = rule(values[name], field=name) or ""
        except Invalid as refusal:
            problems[name] = refusal
    row = parse_row(RawRow(0, {name: value for name, value in values.items() if value}), actor.today)
    if isinstance(row, RowProblems):
        for problem in row.problems:
            name = _FIELD_OF_LABEL[problem.label]
            problems.setdefault(name, Invalid(problem.message_id, field=name, **problem.params))
    else:
        problems |= _taken_numbers(actor, row, own_id)
    if "sex" in problems:  # the rule of the file speaks of L and P
        problems["sex"] = Invalid(N_("Choose one of the two."), field="sex")
    if problems:
        raise InvalidStudent({name: problems[name] for name in FIELDS if name in problems})
    assert isinstance(row, StudentRow)
    return row


def _taken_numbers(actor: Actor, row: StudentRow, own_id: int | None) -> dict[str, Invalid]:
    taken = {}
    sentences = (
        ("nisn", Student.nisn, N_("Another student of this school has this NISN.")),
        ("nipd", Student.nipd, N_("Another student of this school has this NIPD.")),
    )
    for name, column, sentence in sentences:
        number = getattr(row, name)
        if number and tenancy.session.scalar(
            select(Student.id).where(
                Student.school_id == actor.school_id, column == number, Student.id != (own_id or 0)
            )
        ):
            taken[name] = Invalid(sentence, field=name)
    return taken
