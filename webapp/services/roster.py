"""What a file means for the school's students: the plan of every row, and carrying it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from webapp import tenancy
from webapp.dapodik.layout import LABELS
from webapp.dapodik.matching import Change, Known, match
from webapp.dapodik.reader import RawRow
from webapp.dapodik.rows import Problem, RowProblems, StudentRow, parse_rows
from webapp.domain.errors import N_
from webapp.domain.permissions import Permission
from webapp.models.students import Guardian, Student
from webapp.services import access
from webapp.services.student_entries import DETAIL_FIELDS, REGISTER_FIELDS, detail_values, register_values
from webapp.tenancy import Actor

RELATIONS = ("father", "mother", "guardian")
_OUTCOMES = {"created": "created", "updated": "updated", "unchanged": "unchanged", "ambiguous": "failed"}


@dataclass(frozen=True)
class PlannedRow:
    """What one row does: outcome created, updated, unchanged or failed; `fields` maps to (old, new)."""

    row_no: int
    outcome: str
    name: str
    class_name: str
    row: StudentRow | None = None
    student_id: int | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Roster:
    """The school's students as the matching needs them, and what the preview warns of."""

    known: list[Known]
    left: frozenset[int]
    reachable: frozenset[tuple[int, str]]  # (student, relation) with an address or number entered by hand


def plan(actor: Actor, raw_rows: Sequence[RawRow]) -> list[PlannedRow]:
    """Every row of the file against the school as it is now, in the order of the file; changes nothing."""
    access.require(actor, Permission.STUDENT_IMPORT)
    good, refused = parse_rows(raw_rows, actor.today)
    roster = _load(actor)
    matched = match(roster.known, [_without_nameless_guardians(row) for row in good])
    planned = [_planned(change, roster) for change in matched.changes]
    raw = {row.number: row for row in raw_rows}
    planned += [_refused(problems, raw[problems.row_no]) for problems in (*refused, *matched.problems)]
    return sorted(planned, key=lambda row: row.row_no)


def apply(actor: Actor, rows: Sequence[PlannedRow]) -> dict[int, int]:
    """Create and update the students of these rows; row number -> student id of those created.

    Raises IntegrityError when a student was entered meanwhile whom the plan creates: plan again then.
    """
    access.require(actor, Permission.STUDENT_IMPORT)
    made = {row.row_no: _new_student(actor, row.row) for row in rows if row.outcome == "created" and row.row}
    tenancy.session.add_all(made.values())
    tenancy.session.flush()
    for row in rows:
        if row.row_no in made:
            _write_guardians(actor, made[row.row_no].id, [], row.fields)
    _update(actor, [row for row in rows if row.outcome == "updated"])
    tenancy.session.flush()
    return {row_no: student.id for row_no, student in made.items()}


# --- planning -------------------------------------------------------------------------------------


def _load(actor: Actor) -> _Roster:
    guardians: dict[int, dict[str, Guardian]] = defaultdict(dict)
    for guardian in tenancy.session.scalars(
        select(Guardian).where(Guardian.school_id == actor.school_id).order_by(Guardian.id)
    ):
        guardians[guardian.student_id].setdefault(guardian.relation, guardian)
    known, left, reachable = [], set(), set()
    for student in tenancy.session.scalars(select(Student).where(Student.school_id == actor.school_id)):
        values = {name: getattr(student, name) for name in REGISTER_FIELDS} | (student.details or {})
        for relation, guardian in guardians[student.id].items():
            values |= {f"{relation}_name": guardian.name, f"{relation}_occupation": guardian.occupation}
            if guardian.email_enc is not None or guardian.phone_enc is not None:  # type: ignore[attr-defined]
                reachable.add((student.id, relation))
        known.append(
            Known(student.id, student.nisn, student.nipd, student.name_key, student.birth_on, values)
        )
        if student.left_on is not None:
            left.add(student.id)
    return _Roster(known, frozenset(left), frozenset(reachable))


def _without_nameless_guardians(row: StudentRow) -> StudentRow:
    # An occupation without a person is no guardian; kept, it would count as a change every time.
    lost: dict[str, Any] = {
        f"{relation}_occupation": "" for relation in RELATIONS if not getattr(row, f"{relation}_name")
    }
    return replace(row, **lost)


def _planned(change: Change, roster: _Roster) -> PlannedRow:
    return PlannedRow(
        change.row.row_no,
        _OUTCOMES[change.kind],
        change.row.name,
        change.row.class_name,
        change.row,
        change.student_id,
        change.fields,
        (change.reason,) if change.reason else (),
        change.row.warnings + tuple(_warnings(change, roster)),
    )


def _warnings(change: Change, roster: _Roster) -> list[Problem]:
    found = []
    if change.student_id in roster.left:
        message = N_("This student is marked as having left; the import does not change that.")
        found.append(Problem(LABELS["name"], message, {}))
    for relation in RELATIONS:
        name = f"{relation}_name"
        if name in change.fields and (change.student_id, relation) in roster.reachable:
            message = N_("The name changes, but an e-mail address or phone was entered by hand: check them.")
            found.append(Problem(LABELS[name], message, {}))
    return found


def _refused(problems: RowProblems, raw: RawRow) -> PlannedRow:
    name, class_name = (str(raw.values.get(cell, ""))[:150] for cell in ("name", "class_name"))
    return PlannedRow(problems.row_no, "failed", name, class_name, problems=problems.problems)


# --- writing --------------------------------------------------------------------------------------


def _new_student(actor: Actor, row: StudentRow) -> Student:
    student = Student(created_at=actor.at, updated_at=actor.at, **register_values(row))
    student.details = detail_values(row)
    return student


def _update(actor: Actor, rows: Sequence[PlannedRow]) -> None:
    ids = [row.student_id for row in rows]
    if not ids:
        return
    # Locked and read afresh: what was entered by hand since the plan stays, field by field.
    students = {
        student.id: student
        for student in tenancy.session.scalars(
            select(Student)
            .where(Student.school_id == actor.school_id, Student.id.in_(ids))
            .order_by(Student.id)
            .with_for_update()
        )
    }
    guardians: dict[int, list[Guardian]] = defaultdict(list)
    for guardian in tenancy.session.scalars(
        select(Guardian)
        .where(Guardian.school_id == actor.school_id, Guardian.student_id.in_(ids))
        .order_by(Guardian.id)
        .with_for_update()
    ):
        guardians[guardian.student_id].append(guardian)
    for row in rows:
        student = students[row.student_id or 0]
        _write_student(student, row)
        student.updated_at = actor.at
        _write_guardians(actor, student.id, guardians[student.id], row.fields)


def _write_student(student: Student, planned: PlannedRow) -> None:
    assert planned.row is not None
    for name in REGISTER_FIELDS:
        if name in planned.fields:
            setattr(student, name, planned.fields[name][1])
    if "name" in planned.fields:
        student.name_key = planned.row.name_key
    details = {name: planned.fields[name][1] for name in DETAIL_FIELDS if name in planned.fields}
    if details:
        student.details = (student.details or {}) | details


def _write_guardians(
    actor: Actor, student_id: int, known: Sequence[Guardian], fields: Mapping[str, tuple[Any, Any]]
) -> None:
    """Names and occupations only: addresses, phones and *do not contact* are entered by hand and stay."""
    for relation in RELATIONS:
        new = {
            name: fields[f"{relation}_{name}"][1]
            for name in ("name", "occupation")
            if f"{relation}_{name}" in fields
        }
        if not new:
            continue
        guardian = next((one for one in known if one.relation == relation), None)
        if guardian is None:
            guardian = Guardian(student_id=student_id, relation=relation, created_at=actor.at)
            tenancy.session.add(guardian)
        for name, value in new.items():
            setattr(guardian, name, value)


def storable(planned: PlannedRow) -> dict[str, Any]:
    """A planned row as JSON: who it is, what changes, what is wrong with it."""
    changes = planned.fields if planned.outcome == "updated" else {}
    return {
        "name": planned.name,
        "class_name": planned.class_name,
        "changes": {name: [_plain(old), _plain(new)] for name, (old, new) in changes.items()},
        "problems": [list(problem) for problem in planned.problems],
        "warnings": [list(problem) for problem in planned.warnings],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
