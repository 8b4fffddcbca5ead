"""The case register: which cases are there? Who may know of a case at all, the policies decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, any_, func, literal, or_, select

from webapp import tenancy
from webapp.domain import identifiers, words
from webapp.domain.permissions import Permission
from webapp.models.cases import Case, CaseMember
from webapp.models.identity import User
from webapp.models.students import Student
from webapp.services import access
from webapp.tenancy import Actor

PAGE = 25
BATCH = 1_000
"""Rows fetched at a time by whoever reads the whole register."""
COUNTED_TO = 1_000
"""Counts of saved views stop here: nobody needs to know more exactly, and the query stays short."""
ACTIVE = "active"
ALL = "all"


@dataclass(frozen=True)
class CaseFilters:
    """What to show; empty values filter nothing. `status`: a status, `active` (not closed) or `all`.

    `kind` looks only into cases on whose team the reader is: kinds of problem are content, not register.
    """

    text: str = ""
    status: str = ACTIVE
    mine: bool = False
    field: str = ""
    kind: str = ""
    severity: str = ""
    owner_id: int | None = None
    class_name: str = ""


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register; `on_team` says whether its page opens to the reader."""

    id: int
    number: str
    student_id: int
    student: str
    class_name: str | None
    field: str
    status: str
    severity: str
    owner_id: int
    owner: str
    opened_on: date
    closed_on: date | None
    on_team: bool


@dataclass(frozen=True)
class RegisterPage:
    """A page of the register, newest first; ids to turn to the pages beside it, None where there is none."""

    rows: tuple[RegisterRow, ...]
    newer_than: int | None
    older_than: int | None


def list_cases(
    actor: Actor, filters: CaseFilters, *, older_than: int | None = None, newer_than: int | None = None
) -> RegisterPage:
    """A page of the register: cases older than one id, newer than another, or the newest."""
    access.require(actor, Permission.CASE_REGISTER)
    statement = _rows(actor).where(*_conditions(actor, filters)).limit(PAGE + 1)
    if newer_than is not None:
        found = _fetch(statement.where(Case.id > newer_than).order_by(Case.id))
        has_more, shown = len(found) > PAGE, found[:PAGE][::-1]
        return _page(shown, newer=has_more, older=True, at=newer_than)
    if older_than is not None:
        statement = statement.where(Case.id < older_than)
    found = _fetch(statement.order_by(Case.id.desc()))
    return _page(found[:PAGE], newer=older_than is not None, older=len(found) > PAGE, at=older_than)


def all_cases(actor: Actor, filters: CaseFilters) -> Iterator[RegisterRow]:
    """Every line of the register that the filters leave, newest first, BATCH rows in memory at a time."""
    access.require(actor, Permission.CASE_REGISTER)
    statement = _rows(actor).where(*_conditions(actor, filters)).order_by(Case.id.desc())
    for row in tenancy.session.execute(statement, execution_options={"yield_per": BATCH}):
        yield RegisterRow(*row)


def count_cases(actor: Actor, filters: CaseFilters, *, most: int) -> int:
    """How many lines of the register the filters leave, counted up to `most`."""
    access.require(actor, Permission.CASE_REGISTER)
    some = _rows(actor).where(*_conditions(actor, filters)).limit(most).subquery()
    return tenancy.session.scalar(select(func.count()).select_from(some)) or 0


def for_student(actor: Actor, student_id: int) -> list[RegisterRow]:
    """The cases of one student that the actor may know of, newest first."""
    student = access.get_student(actor, student_id, need=Permission.STUDENT_CARD)
    return _fetch(_rows(actor).where(Case.student_id == student.id).order_by(Case.id.desc()).limit(PAGE))


def count_views(actor: Actor) -> dict[str, int]:
    """Cases per saved view (active, mine, monitoring, closed), each counted up to COUNTED_TO."""
    access.require(actor, Permission.CASE_REGISTER)
    views = {
        ACTIVE: CaseFilters(),
        "mine": CaseFilters(mine=True),
        "monitoring": CaseFilters(status="monitoring"),
        "closed": CaseFilters(status="closed"),
    }
    counts = []
    for filters in views.values():
        some = select(Case.id).where(*_conditions(actor, filters)).limit(COUNTED_TO).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery())
    return dict(zip(views, tenancy.session.execute(select(*counts)).one(), strict=True))


def owners(actor: Actor) -> list[tuple[int, str]]:
    """Owners of the cases that the actor may know of: (id, name), by name."""
    access.require(actor, Permission.CASE_REGISTER)
    owning = select(Case.owner_id).where(Case.school_id == actor.school_id)
    rows = tenancy.session.execute(select(User.id, User.name).where(User.id.in_(owning)).order_by(User.name))
    return [(user_id, name) for user_id, name in rows]


def classes(actor: Actor) -> list[str]:
    """Classes of the students whose cases the actor may know of."""
    access.require(actor, Permission.CASE_REGISTER)
    statement = (
        select(Student.class_name)
        .join(Case, _student_of_case())
        .where(Case.school_id == actor.school_id, Student.class_name.is_not(None))
        .distinct()
        .order_by(Student.class_name)
    )
    return [name for name in tenancy.session.scalars(statement) if name]


def _student_of_case() -> ColumnElement[bool]:
    return and_(Student.school_id == Case.school_id, Student.id == Case.student_id)


def _on_team(actor: Actor) -> ColumnElement[bool]:
    return (
        select(CaseMember.id)
        .where(
            CaseMember.school_id == Case.school_id,
            CaseMember.case_id == Case.id,
            CaseMember.user_id == actor.person_id,
            CaseMember.removed_at.is_(None),
        )
        .correlate(Case)
        .exists()
    )


def _rows(actor: Actor) -> Select:
    return (
        select(
            Case.id,
            Case.number,
            Case.student_id,
            Student.name,
            Student.class_name,
            Case.field,
            Case.status,
            Case.severity,
            Case.owner_id,
            func.coalesce(User.name, ""),
            Case.opened_on,
            Case.closed_on,
            _on_team(actor),
        )
        .join(Student, _student_of_case())
        .outerjoin(User, User.id == Case.owner_id)
        # The school stands in the query as well as in the policy: the planner uses the index by it.
        .where(Case.school_id == actor.school_id, Student.school_id == actor.school_id)
    )


def _conditions(actor: Actor, filters: CaseFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Case.school_id == actor.school_id]
    if filters.status == ACTIVE:
        conditions.append(Case.status != "closed")
    elif filters.status in words.CASE_STATUSES:
        conditions.append(Case.status == filters.status)
    if filters.mine:
        conditions += [Case.owner_id == actor.person_id, Case.status != "closed"]
    if filters.field in words.FIELDS:
        conditions.append(Case.field == filters.field)
    if filters.severity in words.SEVERITIES:
        conditions.append(Case.severity == filters.severity)
    if filters.kind in words.PROBLEM_KINDS:
        conditions += [literal(filters.kind) == any_(Case.kinds), _on_team(actor)]
    if filters.owner_id is not None:
        conditions.append(Case.owner_id == filters.owner_id)
    if filters.class_name:
        conditions.append(Student.class_name == filters.class_name)
    if filters.text.strip():
        conditions.append(_matches(filters.text.strip()))
    return conditions


def _matches(text: str) -> ColumnElement[bool]:
    by_number = func.upper(Case.number).contains(text.upper(), autoescape=True)
    name_words = identifiers.search_key(text).split()
    if not name_words:
        return by_number
    # ^@ (starts with) is leakproof: it may run before the policy and use the index on name_key.
    by_name = [
        or_(
            Student.name_key.op("^@", is_comparison=True)(word),
            Student.name_key.contains(f" {word}", autoescape=True),
        )
        for word in name_words
    ]
    return or_(by_number, and_(*by_name))


def _fetch(statement: Select) -> list[RegisterRow]:
    return [RegisterRow(*row) for row in tenancy.session.execute(statement)]


def _page(rows: Sequence[RegisterRow], *, newer: bool, older: bool, at: int | None) -> RegisterPage:
    if not rows:
        # Turned past an end (what stood there is gone): one can still turn back.
        return RegisterPage((), at if newer else None, at if older and at is not None else None)
    return RegisterPage(tuple(rows), rows[0].id if newer else None, rows[-1].id if older else None)
