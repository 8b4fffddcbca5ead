"""Schools as their district administers them: list, add, change, close and open again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.exc import IntegrityError

from webapp import tenancy
from webapp.domain import identifiers, words
from webapp.domain.errors import N_, Invalid, NotFound
from webapp.domain.permissions import Permission
from webapp.domain.slugs import check_slug, suggestions
from webapp.domain.vocabulary import Term
from webapp.models.identity import Membership
from webapp.models.schools import School
from webapp.services import access, audit, boot
from webapp.tenancy import Actor

PAGE = 50
LONGEST_NAME = 120
STATES = ("active", "closed")


@dataclass(frozen=True)
class SchoolLine:
    """One school of the district's list; `missing` are the roles without which it cannot work yet."""

    id: int
    slug: str
    name: str
    npsn: str | None
    level: str
    time_zone: str
    active: bool
    staff: int
    missing: tuple[str, ...]

    @property
    def missing_terms(self) -> list[Term]:
        """The missing roles as words."""
        return [words.SCHOOL_ROLES[role] for role in self.missing]


@dataclass(frozen=True)
class SchoolPage:
    """One page of schools by name; `after` is the id to go on from, None at the end."""

    lines: list[SchoolLine]
    after: int | None


def list_schools(
    actor: Actor, *, search: str = "", level: str = "", state: str = "", after: int | None = None
) -> SchoolPage:
    """The district's schools by name; `search` looks in name, NPSN and address, `state` is one of STATES."""
    access.require(actor, Permission.DISTRICT_SCHOOLS)
    statement = select(School).where(School.district_id == actor.district_id)
    if search.strip():
        wanted = f"%{_literal(search.strip())}%"
        statement = statement.where(
            or_(School.name.ilike(wanted), School.npsn.ilike(wanted), School.slug.ilike(wanted))
        )
    if level in words.SCHOOL_LEVELS:
        statement = statement.where(School.level == level)
    if state in STATES:
        statement = statement.where(School.active == (state == "active"))
    if after is not None:
        last = get(actor, after)
        statement = statement.where(tuple_(School.name, School.id) > tuple_(last.name, last.id))
    rows = list(tenancy.session.scalars(statement.order_by(School.name, School.id).limit(PAGE + 1)))
    page = rows[:PAGE]
    staffed = _staffed(actor, [school.id for school in page])
    return SchoolPage(
        [_line(school, *staffed.get(school.id, (0, frozenset()))) for school in page],
        page[-1].id if len(rows) > PAGE else None,
    )


def all_schools(actor: Actor) -> list[School]:
    """Every school of the district by name, for pickers."""
    access.require(actor, Permission.DISTRICT_BOARD)
    return list(
        tenancy.session.scalars(
            select(School).where(School.district_id == actor.district_id).order_by(School.name)
        )
    )


def get(actor: Actor, school_id: int) -> School:
    """A school of the actor's district; NotFound for any other."""
    access.require(actor, Permission.DISTRICT_SCHOOLS)
    return _own(actor, school_id)


def staffed_by(actor: Actor, school_id: int) -> School:
    """A school whose people the actor administers (the district's, the admin's own); else NotFound."""
    if actor.kind == "district":
        access.require(actor, Permission.DISTRICT_PEOPLE)
        return _own(actor, school_id)
    access.require(actor, Permission.PEOPLE_MANAGE)
    if school_id != actor.school_id:
        raise NotFound()
    return tenancy.session.scalars(select(School).where(School.id == school_id)).one()


def add(
    actor: Actor,
    *,
    name: str,
    npsn: str,
    level: str,
    time_zone: str,
    slug: str = "",
    six_day_week: bool = False,
) -> School:
    """Add a school with its data key; a blank slug is made from the name. Invalid names the wrong field."""
    access.require(actor, Permission.DISTRICT_SCHOOLS)
    name = _check_name(name)
    if time_zone not in words.TIME_ZONES:
        raise Invalid(N_("Choose a time zone."), field="time_zone")
    values = {
        "district_id": actor.district_id,
        "name": name,
        "npsn": identifiers.npsn(npsn),
        "level": _check_level(level),
        "time_zone": time_zone,
        "six_day_week": six_day_week,
        "created_at": actor.at,
    }
    candidates = iter([check_slug(slug)]) if slug.strip() else suggestions(name)
    for candidate in candidates:
        try:
            with tenancy.session.begin_nested():
                school = tenancy.add(School(slug=candidate, **values))
        except IntegrityError as error:
            if _broken(error) == "npsn":
                raise _npsn_taken() from error
            continue
        boot.add_school_key(school.id, actor.at)
        audit.record(actor, "school.added", school, school_id=school.id)
        return school
    raise Invalid(N_("Another school has this address already."), field="slug")


def change(actor: Actor, school_id: int, *, name: str, npsn: str, level: str) -> School:
    """Change what the district keeps of a school. Its clock and letterhead are the school's own settings."""
    school = get(actor, school_id)
    name, npsn, level = _check_name(name), identifiers.npsn(npsn), _check_level(level)
    try:
        with tenancy.session.begin_nested():
            school.name, school.npsn, school.level = name, npsn, level
            tenancy.session.flush()
    except IntegrityError as error:
        raise _npsn_taken() from error
    audit.record(actor, "school.changed", school, school_id=school.id)
    return school


def set_active(actor: Actor, school_id: int, *, active: bool) -> School:
    """Close a school (nobody of its staff can enter, everything is kept) or open it again."""
    school = get(actor, school_id)
    if school.active != active:
        school.active = active
        audit.record(actor, "school.reopened" if active else "school.closed", school, school_id=school.id)
    return school


def _own(actor: Actor, school_id: int) -> School:
    school = tenancy.session.scalar(
        select(School).where(School.id == school_id, School.district_id == actor.district_id)
    )
    if school is None:
        raise NotFound()
    return school


def _staffed(actor: Actor, school_ids: list[int]) -> dict[int, tuple[int, frozenset[str]]]:
    rows = tenancy.session.execute(
        select(
            Membership.school_id,
            func.count(Membership.user_id.distinct()),
            func.array_agg(Membership.role.distinct()),
        )
        .where(Membership.school_id.in_(school_ids), Membership.ended_on.is_(None))
        .group_by(Membership.school_id)
    )
    return {school_id: (count, frozenset(roles)) for school_id, count, roles in rows}


def _line(school: School, staff: int, roles: frozenset[str]) -> SchoolLine:
    # In a primary school the class teacher does what the counsellor does elsewhere.
    cases = {"class_teacher", "counsellor"} if school.level == "sd" else {"counsellor"}
    missing = [role for role in ("school_admin", "principal") if role not in roles]
    if roles.isdisjoint(cases):
        missing.append("class_teacher" if school.level == "sd" else "counsellor")
    return SchoolLine(
        school.id,
        school.slug,
        school.name,
        school.npsn,
        school.level,
        school.time_zone,
        school.active,
        staff,
        tuple(missing),
    )


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(N_("Write the school's name."), field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(N_("A name has at most %(limit)s characters."), field="name", limit=LONGEST_NAME)
    return name


def _check_level(level: str) -> str:
    if level not in words.SCHOOL_LEVELS:
        raise Invalid(N_("Choose the school's level."), field="level")
    return level


def _npsn_taken() -> Invalid:
    return Invalid(N_("Another school has this NPSN already."), field="npsn")


def _broken(error: IntegrityError) -> str:
    """Which of the two unique columns refused: the constraint's name says it, its text holds values."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
    return "npsn" if "npsn" in name else "slug"


def _literal(text: str) -> str:
    """A search text in which LIKE's own signs stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
