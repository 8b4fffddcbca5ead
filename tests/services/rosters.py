"""Looking at what an import left behind, and running one through as the worker would."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from tests.factories import Person, Place
from webapp import tenancy
from webapp.dapodik.generator import write_invented
from webapp.models.students import Guardian, Student, StudentImport
from webapp.services import import_requests, imports
from webapp.services.student_entries import DETAIL_FIELDS, REGISTER_FIELDS

CLASSES = ["X-1", "X-2"]
SOON = timedelta(minutes=5)  # longer than a lease


def invented(folder: Path, students: int = 30, seed: int = 7, **faults: int) -> bytes:
    """The bytes of a list of invented students."""
    path = folder / f"daftar-{students}-{seed}-{len(faults)}.xlsx"
    write_invented(path, "SMA Rekaan", CLASSES, students, seed, faults)
    return path.read_bytes()


def started(person: Person, school: Place, content: bytes, **how: Any) -> int:
    """A queued import; returns its id."""
    actor = person.at(school)
    with tenancy.work(actor):
        return import_requests.start(actor, "daftar.xlsx", content, **how).id


def imported(person: Person, school: Place, content: bytes) -> StudentImport:
    """The import of a file, carried out at once."""
    import_id = started(person, school, content, dry_run=False)
    assert imports.run(person.at(school), import_id)
    return row_of(person, school, import_id)


def row_of(person: Person, school: Place, import_id: int) -> StudentImport:
    with tenancy.work(person.at(school)) as session:
        whole = select(StudentImport).options(
            undefer(StudentImport.file_enc), undefer(StudentImport.failed_rows_enc)
        )
        return session.scalars(whole.where(StudentImport.id == import_id)).one()


def counts(job: StudentImport) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, failed)"""
    return tuple(job.counts[name] for name in ("created", "updated", "unchanged", "failed"))


def roster_of(person: Person, school: Place) -> list[dict[str, Any]]:
    """Every student of the school with all fields and guardians, in plain data without ids."""
    with tenancy.work(person.at(school)) as session:
        guardians: dict[int, list[tuple]] = {}
        for one in session.scalars(select(Guardian).where(Guardian.school_id == school.id)):
            facts = (one.relation, one.name, one.occupation, one.email, one.phone, one.do_not_contact)
            guardians.setdefault(one.student_id, []).append(facts)
        students = session.scalars(select(Student).where(Student.school_id == school.id)).all()
        found = [
            {name: getattr(student, name) for name in REGISTER_FIELDS}
            | {name: (student.details or {}).get(name) for name in DETAIL_FIELDS}
            | {"left_on": student.left_on, "guardians": sorted(guardians.get(student.id, []))}
            for student in students
        ]
        return sorted(found, key=lambda student: (student["name"], student["nisn"] or ""))


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


def killed_after(chunks: int):
    """A listener that ends the worker once so many chunks are in."""
    left = [chunks]

    def tell(done: int, total: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed()

    return tell


def carry_out(actor, import_id, **how):
    with tenancy.work(actor):
        taken = imports.claim(actor, import_id)
    assert taken is not None
    return imports.carry_out(actor, taken, **how)
