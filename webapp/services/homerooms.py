"""Which teacher looks after which class, per school year; they see their own class in the register."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import calendar
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.permissions import Permission
from webapp.models.schools import HomeroomAssignment
from webapp.models.students import Student
from webapp.services import access, audit, letterheads, people
from webapp.tenancy import Actor

ROLES = ("homeroom", "class_teacher")


def school_years(actor: Actor) -> list[str]:
    """Last, this and next school year (`2026/2027`), newest first."""
    access.require(actor, Permission.ROSTER_MANAGE)
    first = calendar.school_year_start(actor.today, letterheads.school(actor).school_year_starts_month)
    return [f"{first + more}/{first + more + 1}" for more in (1, 0, -1)]


def this_year(actor: Actor) -> str:
    """The running school year."""
    return school_years(actor)[1]


def candidates(actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of those who may look after a class: homeroom and class teachers, by name."""
    access.require(actor, Permission.ROSTER_MANAGE)
    return [(member.user_id, member.name) for member in people.staff(actor, *ROLES)]


def classes(actor: Actor) -> list[str]:
    """The classes that the school's students are in."""
    access.require(actor, Permission.ROSTER_MANAGE)
    return list(
        tenancy.session.scalars(
            select(Student.class_name)
            .where(
                Student.school_id == actor.school_id,
                Student.left_on.is_(None),
                Student.class_name.is_not(None),
            )
            .distinct()
            .order_by(Student.class_name)
        )
    )


def without_teacher(actor: Actor) -> list[str]:
    """Classes that have nobody in the running school year."""
    taken = _teachers(actor, this_year(actor))
    return [name for name in classes(actor) if name not in taken]


def assign(actor: Actor, *, class_name: str, school_year: str, user_id: int) -> HomeroomAssignment:
    """Give a class its teacher for a school year; Invalid names the wrong field."""
    access.require(actor, Permission.ROSTER_MANAGE)
    _check(actor, class_name, school_year, user_id)
    if class_name in _teachers(actor, school_year):
        raise Conflict(N_("This class has a teacher in that school year already."), field="class_name")
    row = tenancy.add(HomeroomAssignment(class_name=class_name, school_year=school_year, user_id=user_id))
    audit.record(actor, "homeroom.assigned", row, user=user_id)
    return row


def assign_many(actor: Actor, teachers: Mapping[str, int]) -> int:
    """Assign several classes (name -> teacher) for the running school year; returns how many."""
    year = this_year(actor)
    for class_name, user_id in teachers.items():
        assign(actor, class_name=class_name, school_year=year, user_id=user_id)
    return len(teachers)


def change(actor: Actor, row_id: int, *, class_name: str, school_year: str, user_id: int) -> None:
    """Change one entry of the own school; NotFound for any other."""
    access.require(actor, Permission.ROSTER_MANAGE)
    row = access.get(actor, HomeroomAssignment, row_id)
    if (class_name, school_year, user_id) == (row.class_name, row.school_year, row.user_id):
        return
    _check(actor, class_name, school_year, user_id)
    if (class_name, school_year) != (row.class_name, row.school_year) and class_name in _teachers(
        actor, school_year
    ):
        raise Conflict(N_("This class has a teacher in that school year already."), field="class_name")
    row.class_name, row.school_year, row.user_id = class_name, school_year, user_id
    audit.record(actor, "homeroom.changed", row, user=user_id)


def remove(actor: Actor, row_id: int) -> None:
    """Take a class from its teacher; NotFound for an entry of another school."""
    access.require(actor, Permission.ROSTER_MANAGE)
    row = access.get(actor, HomeroomAssignment, row_id)
    audit.record(actor, "homeroom.removed", row, user=row.user_id)
    tenancy.session.delete(row)
    tenancy.session.flush()


def copy_last_year(actor: Actor) -> int:
    """Give classes without a teacher last year's, where that person may still; returns how many."""
    _next, year, last_year = school_years(actor)
    may = {user_id for user_id, _name in candidates(actor)}
    before = _teachers(actor, last_year)
    kept = {name: before[name] for name in without_teacher(actor) if before.get(name) in may}
    for class_name, user_id in kept.items():
        assign(actor, class_name=class_name, school_year=year, user_id=user_id)
    return len(kept)


def _teachers(actor: Actor, school_year: str) -> dict[str, int]:
    rows = tenancy.session.execute(
        select(HomeroomAssignment.class_name, HomeroomAssignment.user_id).where(
            HomeroomAssignment.school_id == actor.school_id,
            HomeroomAssignment.school_year == school_year,
        )
    )
    return {class_name: user_id for class_name, user_id in rows}


def _check(actor: Actor, class_name: str, school_year: str, user_id: int) -> None:
    if class_name not in classes(actor):
        raise Invalid(N_("Choose a class that has students."), field="class_name")
    if school_year not in school_years(actor):
        raise Invalid(N_("Choose a school year."), field="school_year")
    if user_id not in [found_id for found_id, _name in candidates(actor)]:
        raise Invalid(N_("Choose somebody with the role homeroom teacher or class teacher."), field="user_id")
