"""The case register: which cases are there? Who may know of a case at all, the policies decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, func, literal, or_, select

from webapp import tenancy
from webapp.domain import identifiers, words
from webapp.domain.permissions import Permission
from webapp.models.cases import Case, CaseMember
from webapp.models.identity import Membership, User
from webapp.models.students import Student
from webapp.services import access
from webapp.tenancy import Actor

PAGE = 25
BATCH = 1_000
"""Rows fetched at a time by whoever reads the whole register."""
_COLUMNS = (
    Case.id,
    Case.number,
    Case.student_id,
    Case.field,
    Case.status,
    Case.severity,
    Case.owner_id,
    Case.opened_on,
    Case.closed_on,
)
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
    if newer_than is not None:
        found = _fetch(actor, _first(_candidates(actor, filters, Case.id > newer_than), oldest=True))
        return _page(found[-PAGE:], newer=len(found) > PAGE, older=True, at=newer_than)
    place = () if older_than is None else (Case.id < older_than,)
    found = _fetch(actor, _first(_candidates(actor, filters, *place)))
    return _page(found[:PAGE], newer=older_than is not None, older=len(found) > PAGE, at=older_than)


def all_cases(actor: Actor, filters: CaseFilters) -> Iterator[RegisterRow]:
    """Every line of the register that the filters leave, newest first, BATCH rows in memory at a time."""
    access.require(actor, Permission.CASE_REGISTER)
    statement = _lines(actor, _candidates(actor, filters))
    for row in tenancy.session.execute(statement, execution_options={"yield_per": BATCH}):
        yield RegisterRow(*row)


def count_cases(actor: Actor, filters: CaseFilters, *, most: int) -> int:
    """How many lines of the register the filters leave, counted up to `most`."""
    access.require(actor, Permission.CASE_REGISTER)
    some = _candidates(actor, filters).limit(most).subquery()
    return tenancy.session.scalar(select(func.count()).select_from(some)) or 0


def for_student(actor: Actor, student_id: int) -> list[RegisterRow]:
    """The cases of one student that the actor may know of, newest first."""
    student = access.get_student(actor, student_id, need=Permission.STUDENT_CARD)
    of_student = select(*_COLUMNS).where(Case.school_id == actor.school_id, Case.student_id == student.id)
    return _fetch(actor, _first(of_student))[:PAGE]


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
        some = _candidates(actor, filters).limit(COUNTED_TO).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery())
    return dict(zip(views, tenancy.session.execute(select(*counts)).one(), strict=True))


def owners(actor: Actor) -> list[tuple[int, str]]:
    """Owners of the cases that the actor may know of: (id, name), by name."""
    access.require(actor, Permission.CASE_REGISTER)
    # From the people to their cases: the cases of a school are many, its people few.
    staff = select(Membership.user_id).where(Membership.school_id == actor.school_id)
    owning = select(Case.id).where(Case.school_id == actor.school_id, Case.owner_id == User.id).exists()
    rows = tenancy.session.execute(
        select(User.id, User.name).where(User.id.in_(staff), owning).order_by(User.name)
    )
    return [(user_id, name) for user_id, name in rows]


def classes(actor: Actor) -> list[str]:
    """The school's classes, whether or not a student of theirs has a case."""
    access.require(actor, Permission.CASE_REGISTER)
    statement = (
        select(Student.class_name)
        .where(Student.school_id == actor.school_id, Student.class_name.is_not(None))
        .distinct()
        .order_by(Student.class_name)
    )
    return [name for name in tenancy.session.scalars(statement) if name]


def _candidates(actor: Actor, filters: CaseFilters, *place: ColumnElement[bool]) -> Select:
    """The cases that the filters leave, from the table of cases alone and in no order.

    Under the policies PostgreSQL takes a school for much smaller than it is: it would join, count and sort
    all of it before the first page is taken. What is found by students is few, and comes by their index.
    """
    conditions = [*_conditions(actor, filters), *place]
    text = filters.text.strip()
    if not (text or filters.class_name):
        return select(*_COLUMNS).where(*conditions)
    if filters.class_name:
        conditions.append(_of_students(actor, Student.class_name == filters.class_name))
    if text:
        conditions.append(_matches(actor, text))
    few = select(*_COLUMNS).where(*conditions).cte("few").prefix_with("MATERIALIZED")
    return select(*few.c)


def _first(candidates: Select, *, oldest: bool = False) -> Select:
    """The newest (or oldest) of them: one page and one more."""
    found = candidates.subquery()
    return select(found).order_by(found.c.id if oldest else found.c.id.desc()).limit(PAGE + 1)


def _fetch(actor: Actor, first: Select) -> list[RegisterRow]:
    """The lines of these cases, newest first."""
    return [RegisterRow(*row) for row in tenancy.session.execute(_lines(actor, first))]


def _lines(actor: Actor, cases: Select) -> Select:
    case = cases.subquery("page").c
    # Neither a join nor EXISTS: for both the planner would read all cases of this person.
    on_team = select(CaseMember.id).where(_own_place_on_team(actor, case.id)).scalar_subquery()
    return (
        select(
            case.id,
            case.number,
            case.student_id,
            Student.name,
            Student.class_name,
            case.field,
            case.status,
            case.severity,
            case.owner_id,
            func.coalesce(User.name, ""),
            case.opened_on,
            case.closed_on,
            on_team.is_not(None),
        )
        # The school stands in the query as well as in the policy: the planner uses the index by it.
        .join(Student, and_(Student.school_id == actor.school_id, Student.id == case.student_id))
        .outerjoin(User, User.id == case.owner_id)
        .order_by(case.id.desc())
    )


def _own_place_on_team(actor: Actor, case_id: Any) -> ColumnElement[bool]:
    return and_(
        CaseMember.school_id == actor.school_id,
        CaseMember.case_id == case_id,
        CaseMember.user_id == actor.person_id,
        CaseMember.removed_at.is_(None),
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
        on_team = select(CaseMember.id).where(_own_place_on_team(actor, Case.id)).correlate(Case).exists()
        conditions += [literal(filters.kind) == any_(Case.kinds), on_team]
    if filters.owner_id is not None:
        conditions.append(Case.owner_id == filters.owner_id)
    return conditions


def _matches(actor: Actor, text: str) -> ColumnElement[bool]:
    """Cases of students of that name, or with that number; plain words are no number."""
    by_number = func.upper(Case.number).contains(text.upper(), autoescape=True)
    name_words = identifiers.search_key(text).split()
    if not name_words:
        return by_number
    # ^@ (starts with) is leakproof: it may run before the policy and use the index on name_key.
    by_name = _of_students(
        actor,
        *(
            or_(
                Student.name_key.op("^@", is_comparison=True)(word),
                Student.name_key.contains(f" {word}", autoescape=True),
            )
            for word in name_words
        ),
    )
    is_plain = all(character.isalpha() or character.isspace() for character in text)
    return by_name if is_plain else or_(by_number, by_name)


def _of_students(actor: Actor, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Cases of the students for whom all of this holds; asked for first, so that their index is used."""
    found = select(Student.id).where(Student.school_id == actor.school_id, *conditions)
    return Case.student_id == any_(func.array(found.scalar_subquery()))


def _page(rows: Sequence[RegisterRow], *, newer: bool, older: bool, at: int | None) -> RegisterPage:
    if not rows:
        # Turned past an end (what stood there is gone): one can still turn back.
        return RegisterPage((), at if newer else None, at if older and at is not None else None)
    return RegisterPage(tuple(rows), rows[0].id if newer else None, rows[-1].id if older else None)
