"""Students, brought in as every school does: a Dapodik list, its dry run, its import."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from webapp.dapodik.generator import write_invented
from webapp.demo.cast import SCHOOLS, SchoolPlan
from webapp.demo.stage import Stage
from webapp.domain import calendar
from webapp.domain.errors import NotFound
from webapp.services import guardians, homerooms, import_requests, imports, people, students
from webapp.services.students import StudentHit
from webapp.tenancy import Actor

FAULTS = {"phone_wrong": 3, "email_wrong": 2, "spaces_around": 2}
"""A few rows as offices really type them: all of them come in."""


def build(stage: Stage) -> None:
    """Every school's students, and the teachers of their classes."""
    for plan in SCHOOLS:
        _import(stage, plan)
        _homerooms(stage, plan)


def _import(stage: Stage, plan: SchoolPlan) -> None:
    at = stage.term + timedelta(days=2)
    with stage.work(plan, plan.admin, at) as admin:
        if students.register(admin).total >= plan.students:
            return
        with tempfile.TemporaryDirectory(prefix="pamong-demo-") as folder:
            path = Path(folder) / f"daftar_pd-{plan.name}.xlsx"
            write_invented(
                path,
                plan.name,
                plan.classes,
                plan.students,
                plan.seed,
                FAULTS,
                calendar.school_year_start(at.date(), 7),
            )
            job_id = import_requests.start(admin, path.name, path.read_bytes()).id
    _run(stage, plan, job_id, at)
    with stage.work(plan, plan.admin, at + timedelta(hours=1)) as admin:
        import_requests.confirm(admin, job_id)
    _run(stage, plan, job_id, at + timedelta(hours=1))


def _run(stage: Stage, plan: SchoolPlan, job_id: int, at: datetime) -> None:
    # An earlier seeding that was killed in the middle of an import still holds its lease for a while.
    for later in (at, at + imports.LEASE * 2):
        if imports.run(stage.actor(plan, plan.admin, later), job_id):
            return
    raise RuntimeError(f"the import of {plan.slug} does not run")


def _homerooms(stage: Stage, plan: SchoolPlan) -> None:
    with stage.work(plan, plan.admin, stage.now) as admin:
        free = homerooms.without_teacher(admin)
        if len(free) < len(plan.classes):
            return
        known = {member.user_id: member.email for member in people.staff(admin, *homerooms.ROLES)}
        order = [person.key for person in plan.people]
        teachers = sorted(known, key=lambda user_id: order.index(known[user_id].partition("@")[0]))
        homerooms.assign_many(admin, dict(zip(plan.classes, teachers, strict=False)))


@dataclass(frozen=True)
class Contact:
    """What the office enters by hand of a student's guardian."""

    relation: str
    email: str = ""
    phone: str = ""
    barred: str = ""
    """Why there must be no contact; blank: there may."""


def find(actor: Actor, plan: SchoolPlan, place: int) -> StudentHit:
    """The student in that place of the school's list, counted from 0; the list is the same every time."""
    serial = f"0999{(plan.seed * 100_000 + place) % 1_000_000:06d}"
    found = students.search(actor, serial, 1)
    if not found:
        raise NotFound()
    return found[0]


def enter_contacts(actor: Actor, student_id: int, contacts: tuple[Contact, ...]) -> None:
    """Add address and telephone to guardians who came with the list; a missing one is entered."""
    for contact in contacts:
        known = guardians.of_student(actor, student_id)
        row = next((guardian for guardian in known if guardian.relation == contact.relation), None)
        entries = {
            "relation": contact.relation,
            "name": row.name if row else "Kerabat Rekaan",
            "occupation": row.occupation if row else "",
            "email": contact.email,
            "phone": contact.phone,
        }
        if row is None:
            guardian_id = guardians.add_guardian(actor, student_id, entries).id
        else:
            guardian_id = row.id
            guardians.edit_guardian(actor, student_id, guardian_id, entries)
        if contact.barred and (row is None or not row.do_not_contact):
            guardians.forbid_contact(actor, student_id, guardian_id, reason=contact.barred)
