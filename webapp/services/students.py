"""Students: the register, the look-up and the record of one. Entries by hand stand in student_entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from webapp import tenancy
from webapp.domain import identifiers
from webapp.domain.permissions import Permission, allows
from webapp.models.students import Student
from webapp.services import access, audit
from webapp.services.guardians import GuardianView, of_student
from webapp.services.student_entries import REGISTER_FIELDS
from webapp.tenancy import Actor

PAGE = 25
BATCH = 1_000
"""Rows fetched at a time by whoever reads the whole register."""
MOST_HITS = 20


@dataclass(frozen=True)
class StudentHit:
    """One student as a picker shows it."""

    id: int
    name: str
    class_name: str | None
    nisn: str | None


@dataclass(frozen=True)
class StudentLine:
    """One line of the register."""

    id: int
    name: str
    class_name: str | None
    sex: str | None
    nisn: str | None
    left_on: date | None


@dataclass(frozen=True)
class Register:
    """One page of the register; `before` and `after` are ids to page by, None at the ends."""

    lines: list[StudentLine]
    total: int
    classes: list[str]
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class StudentRecord:
    """What the school knows of one student. `details` holds DETAIL_FIELDS that are known."""

    id: int
    name: str
    nisn: str | None
    nipd: str | None
    sex: str | None
    birth_on: date | None
    class_name: str | None
    left_on: date | None
    left_kind: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    guardians: list[GuardianView] = field(default_factory=list)


def search(actor: Actor, text: str, limit: int = MOST_HITS) -> list[StudentHit]:
    """Students at the school whose name has words that begin so, or whose NISN or NIPD does; at most 20."""
    access.require(actor, Permission.STUDENT_LIST)
    if not text.strip():
        return []
    rows = tenancy.session.execute(
        select(Student.id, Student.name, Student.class_name, Student.nisn)
        .where(Student.school_id == actor.school_id, Student.left_on.is_(None), _matches(text))
        .order_by(Student.name_key, Student.id)
        .limit(min(limit, MOST_HITS))
    )
    return [StudentHit(*row) for row in rows]


def register(
    actor: Actor,
    *,
    text: str = "",
    class_name: str = "",
    left: bool = False,
    after: int | None = None,
    before: int | None = None,
) -> Register:
    """A page of students by name: those at the school, or those who left; `after`/`before` name a student."""
    access.require(actor, Permission.STUDENT_LIST)
    wanted = _wanted(actor, text, class_name, left)
    total = tenancy.session.scalar(select(func.count()).select_from(Student).where(*wanted)) or 0
    lines, more_before, more_after = _page(actor, wanted, after, before)
    return Register(
        lines,
        total,
        class_names(actor),
        before=lines[0].id if lines and more_before else None,
        after=lines[-1].id if lines and more_after else None,
    )


def every_line(
    actor: Actor, *, text: str = "", class_name: str = "", left: bool = False
) -> Iterator[StudentLine]:
    """Every line of the register that the filters leave, by name, BATCH rows in memory at a time."""
    access.require(actor, Permission.STUDENT_LIST)
    wanted = _wanted(actor, text, class_name, left)
    statement = select(*_LINE).where(*wanted).order_by(Student.name_key, Student.id)
    for row in tenancy.session.execute(statement, execution_options={"yield_per": BATCH}):
        yield StudentLine(*row)


def count_lines(actor: Actor, *, text: str = "", class_name: str = "", left: bool = False, most: int) -> int:
    """How many lines of the register the filters leave, counted up to `most`."""
    access.require(actor, Permission.STUDENT_LIST)
    some = select(Student.id).where(*_wanted(actor, text, class_name, left)).limit(most).subquery()
    return tenancy.session.scalar(select(func.count()).select_from(some)) or 0


_LINE = (Student.id, Student.name, Student.class_name, Student.sex, Student.nisn, Student.left_on)


def _wanted(actor: Actor, text: str, class_name: str, left: bool) -> list[ColumnElement[bool]]:
    wanted = [Student.school_id == actor.school_id, Student.merged_into_id.is_(None)]
    wanted.append(Student.left_on.is_not(None) if left else Student.left_on.is_(None))
    if class_name:
        wanted.append(Student.class_name == class_name)
    if text.strip():
        wanted.append(_matches(text))
    return wanted


def _page(
    actor: Actor, wanted: list[ColumnElement[bool]], after: int | None, before: int | None
) -> tuple[list[StudentLine], bool, bool]:
    """(lines, whether there are earlier ones, whether there are later ones)."""
    key = tuple_(Student.name_key, Student.id)
    statement = select(*_LINE).where(*wanted)
    anchor = _anchor(actor, before if before is not None else after)
    backwards = before is not None and anchor is not None
    if anchor is not None:
        statement = statement.where(key < anchor if backwards else key > anchor)
    columns = (Student.name_key, Student.id)
    order = [column.desc() for column in columns] if backwards else list(columns)
    lines = [StudentLine(*row) for row in tenancy.session.execute(statement.order_by(*order).limit(PAGE + 1))]
    more = len(lines) > PAGE
    lines = lines[:PAGE]
    if backwards:
        return lines[::-1], more, True
    return lines, anchor is not None, more


def _anchor(actor: Actor, student_id: int | None):
    # The address holds the id only: a name in it would stand in access logs.
    if student_id is None:
        return None
    row = tenancy.session.execute(
        select(Student.name_key, Student.id).where(
            Student.school_id == actor.school_id, Student.id == student_id
        )
    ).first()
    return None if row is None else tuple_(row.name_key, row.id)


def class_names(actor: Actor) -> list[str]:
    """The classes of the students at the school, by name."""
    access.require(actor, Permission.STUDENT_LIST)
    return list(
        tenancy.session.scalars(
            select(Student.class_name)
            .where(
                Student.school_id == actor.school_id,
                Student.class_name.is_not(None),
                Student.left_on.is_(None),
            )
            .distinct()
            .order_by(Student.class_name)
        )
    )


def _matches(text: str) -> ColumnElement[bool]:
    number = text.strip()
    by_number = or_(
        Student.nisn.startswith(number, autoescape=True), Student.nipd.startswith(number, autoescape=True)
    )
    words = identifiers.search_key(text).split()
    if not words:
        return by_number
    # Folded words hold letters and digits only: nothing to escape.
    begin = [or_(Student.name_key.startswith(word), Student.name_key.contains(f" {word}")) for word in words]
    return or_(and_(*begin), by_number)


def record(actor: Actor, student_id: int) -> StudentRecord:
    """Identity, contact details and guardians of one student; reading it is recorded."""
    student = access.get_student(actor, student_id, need=Permission.GUARDIAN_MANAGE)
    audit.record(actor, "student.read", student)
    return StudentRecord(
        **{name: getattr(student, name) for name in ("id", *REGISTER_FIELDS, "left_on", "left_kind")},
        details=student.details or {},
        guardians=of_student(actor, student_id),
    )


def kept_instead(actor: Actor, student_id: int) -> int | None:
    """The record that was kept when this one was merged into it; None for any other id."""
    access.require(actor, Permission.GUARDIAN_MANAGE)
    return tenancy.session.scalar(
        select(Student.merged_into_id).where(Student.school_id == actor.school_id, Student.id == student_id)
    )


def named(actor: Actor, student_id: int) -> StudentHit:
    """Which student a page about a guardian belongs to."""
    student = access.get_student(actor, student_id, need=Permission.GUARDIAN_MANAGE)
    return StudentHit(student.id, student.name, student.class_name, student.nisn)


def may_open_card(actor: Actor) -> bool:
    """Whether the register's lines lead on to cards for this actor."""
    return allows(Permission.GUARDIAN_MANAGE, roles=actor.roles)
