"""Carrying out what a file means for the school's students, many rows at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp import tenancy
from webapp.domain.permissions import Permission
from webapp.models.base import new_id
from webapp.models.bulk import insert_rows
from webapp.models.students import Guardian, Student, StudentImportRow
from webapp.services import access
from webapp.services.roster import RELATIONS, Plan, PlannedRow, storable
from webapp.services.student_entries import DETAIL_FIELDS, REGISTER_FIELDS, detail_values, register_values
from webapp.tenancy import Actor


def apply(actor: Actor, plan: Plan) -> dict[int, int]:
    """Create and update the students of these rows; row number -> student id of those created.

    The plan's students are locked. Raises IntegrityError when a student was entered meanwhile whom the plan
    creates: match again then.
    """
    access.require(actor, Permission.STUDENT_IMPORT)
    made = _create(actor, [row for row in plan.rows if row.outcome == "created"])
    for row in plan.rows:
        if row.outcome == "updated":
            _update(actor, plan, row)
    tenancy.session.flush()
    return made


def record(actor: Actor, import_id: int, rows: Sequence[PlannedRow], made: Mapping[int, int]) -> None:
    """Write down what each row of the file did, or would do."""
    access.require(actor, Permission.STUDENT_IMPORT)
    school_id = _school(actor)
    table = StudentImportRow.__tablename__
    found = []
    for row in rows:
        row_id = new_id()
        found.append(
            {
                "school_id": school_id,
                "id": row_id,
                "import_id": import_id,
                "row_no": row.row_no,
                "outcome": row.outcome,
                "student_id": made.get(row.row_no, row.student_id),
                "detail_enc": StudentImportRow.detail.sealed(table, school_id, row_id, storable(row)),
            }
        )
    insert_rows(StudentImportRow, found)


def _create(actor: Actor, rows: Sequence[PlannedRow]) -> dict[int, int]:
    school_id = _school(actor)
    students: list[dict[str, Any]] = []
    guardians: list[dict[str, Any]] = []
    made: dict[int, int] = {}
    at = actor.at.isoformat()
    for planned in rows:
        assert planned.row is not None
        student_id = made[planned.row_no] = new_id()
        details = Student.details.sealed(
            Student.__tablename__, school_id, student_id, detail_values(planned.row)
        )
        students.append(
            {
                "school_id": school_id,
                "id": student_id,
                **register_values(planned.row),
                "created_at": at,
                "updated_at": at,
                "details_enc": details,
            }
        )
        for relation in RELATIONS:
            name = getattr(planned.row, f"{relation}_name")
            if name:
                new = {"name": name, "occupation": getattr(planned.row, f"{relation}_occupation") or None}
                guardians.append(_guardian(at, school_id, student_id, relation, new))
    insert_rows(Student, students)
    insert_rows(Guardian, guardians)
    return made


def _guardian(
    at: str, school_id: int, student_id: int, relation: str, new: Mapping[str, str | None]
) -> dict[str, Any]:
    guardian_id = new_id()
    table = Guardian.__tablename__
    return {
        "school_id": school_id,
        "id": guardian_id,
        "student_id": student_id,
        "relation": relation,
        "do_not_contact": False,
        "created_at": at,
        "name_enc": Guardian.name.sealed(table, school_id, guardian_id, new["name"]),
        "occupation_enc": Guardian.occupation.sealed(table, school_id, guardian_id, new["occupation"]),
    }


def _update(actor: Actor, plan: Plan, planned: PlannedRow) -> None:
    assert planned.row is not None
    student = plan.students[planned.student_id or 0]
    for name in REGISTER_FIELDS:
        if name in planned.fields:
            setattr(student, name, planned.fields[name][1])
    if "name" in planned.fields:
        student.name_key = planned.row.name_key
    details = {name: planned.fields[name][1] for name in DETAIL_FIELDS if name in planned.fields}
    if details:
        student.details = (student.details or {}) | details
    student.updated_at = actor.at
    _update_guardians(actor, student.id, plan.guardians.get(student.id, ()), planned.fields)


def _update_guardians(
    actor: Actor, student_id: int, known: Sequence[Guardian], fields: Mapping[str, tuple[Any, Any]]
) -> None:
    """Names and occupations only: addresses, phones and *do not contact* are entered by hand and stay."""
    for relation in RELATIONS:
        new = _of_guardian(relation, fields)
        if not new:
            continue
        guardian = next((one for one in known if one.relation == relation), None)
        if guardian is None:
            guardian = Guardian(student_id=student_id, relation=relation, created_at=actor.at)
            tenancy.session.add(guardian)
        for name, value in new.items():
            setattr(guardian, name, value)


def _of_guardian(relation: str, fields: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {
        name: fields[f"{relation}_{name}"][1]
        for name in ("name", "occupation")
        if f"{relation}_{name}" in fields
    }


def _school(actor: Actor) -> int:
    assert actor.school_id is not None
    return actor.school_id
