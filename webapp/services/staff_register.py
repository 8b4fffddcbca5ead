"""Lists of people for those who administer them: of one school, and of all schools of a district."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import NotFound
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Term
from webapp.models.identity import DistrictMembership, Membership, User
from webapp.models.schools import School
from webapp.services import access, departures, schools
from webapp.tenancy import Actor

PAGE = 50
WATCHED_ROLES = ("school_admin", "principal", "counsellor")
"""Roles without which a school stands still: the last holder's leaving is warned of."""


@dataclass(frozen=True)
class StaffLine:
    """One person of a school; `roles` are keys, in the vocabulary's order. `waiting`: has never signed in."""

    user_id: int
    name: str
    email: str
    roles: tuple[str, ...]
    acting: bool
    waiting: bool
    bounced: bool

    @property
    def terms(self) -> list[Term]:
        """The roles as words."""
        return [words.SCHOOL_ROLES[role] for role in self.roles]


@dataclass(frozen=True)
class PlaceRoles:
    """The roles of a person in one school, or in the district itself (no id, no name)."""

    school_id: int | None
    school_name: str
    roles: tuple[str, ...]

    @property
    def terms(self) -> list[Term]:
        """The roles as words."""
        vocabulary = words.DISTRICT_ROLES if self.school_id is None else words.SCHOOL_ROLES
        return [vocabulary[role] for role in self.roles]


@dataclass(frozen=True)
class DistrictLine:
    """One person of the district or of any of its schools."""

    user_id: int
    name: str
    email: str
    waiting: bool
    places: tuple[PlaceRoles, ...]


@dataclass(frozen=True)
class DistrictPage:
    """One page of people by name; `after` is the id to go on from, None at the end."""

    lines: list[DistrictLine]
    after: int | None


@dataclass(frozen=True)
class StaffView:
    """One person in one school, as whoever administers them sees it: never a case, only how many."""

    user_id: int
    school_id: int
    school_name: str
    name: str
    email: str
    waiting: bool
    positions: dict[str, str | None]  # role -> position
    number_label: str
    number: str | None
    phone: str | None
    acting: bool
    acting_until_on: date | None
    open_cases: int
    successors: list[tuple[int, str]]
    last_in: tuple[str, ...]  # watched roles that nobody else holds
    bounced: bool

    @property
    def last_in_terms(self) -> list[Term]:
        """The same as words."""
        return [words.SCHOOL_ROLES[role] for role in self.last_in]


def school_people(actor: Actor, *, search: str = "") -> list[StaffLine]:
    """Everybody who works in the admin's own school, by name; `search` looks in name and address."""
    access.require(actor, Permission.PEOPLE_MANAGE)
    statement = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.school_id == actor.school_id, Membership.ended_on.is_(None))
        .order_by(User.name, User.id)
    )
    if search.strip():
        statement = statement.where(_matches(search))
    members: dict[int, tuple[User, list[Membership]]] = {}
    for membership, user in tenancy.session.execute(statement):
        members.setdefault(user.id, (user, []))[1].append(membership)
    return [
        StaffLine(
            user.id,
            user.name,
            user.email,
            _ordered(words.SCHOOL_ROLES.keys, [row.role for row in rows]),
            any(row.acting for row in rows),
            user.password is None,
            user.mail_bounced_at is not None,
        )
        for user, rows in members.values()
    ]


def person_at_school(actor: Actor, school_id: int, user_id: int) -> StaffView:
    """One person of a school that the actor administers; NotFound when they do not work there."""
    school = schools.staffed_by(actor, school_id)
    rows = departures.running(actor, school_id, user_id)
    if not rows:
        raise NotFound()
    user = tenancy.session.get_one(User, user_id)
    signing = next((row for row in rows if row.number), rows[0])
    principal = next((row for row in rows if row.acting), None)
    return StaffView(
        user_id,
        school_id,
        school.name,
        user.name,
        user.email,
        user.password is None,
        {row.role: row.position for row in rows},
        signing.number_label,
        signing.number,
        next((row.phone for row in rows if row.phone), None),
        principal is not None,
        None if principal is None else principal.acting_until_on,
        departures.open_cases(actor, school_id, user_id),
        departures.successors(actor, school_id, user_id),
        _last_in(school_id, [row.role for row in rows]),
        user.mail_bounced_at is not None,
    )


def district_people(
    actor: Actor, *, search: str = "", school_id: int | None = None, after: int | None = None
) -> DistrictPage:
    """People of the district and of its schools, by name; `search` looks in name and address."""
    access.require(actor, Permission.DISTRICT_PEOPLE)
    at_school = select(Membership.user_id).where(Membership.ended_on.is_(None))
    if school_id is not None:
        at_school = at_school.where(Membership.school_id == school_id)
    wanted: ColumnElement[bool] = User.id.in_(at_school)
    if school_id is None:
        in_office = select(DistrictMembership.user_id).where(
            DistrictMembership.district_id == actor.district_id, DistrictMembership.ended_on.is_(None)
        )
        wanted = or_(wanted, User.id.in_(in_office))
    statement = select(User).where(wanted)
    if search.strip():
        statement = statement.where(_matches(search))
    if after is not None:
        last = tenancy.session.get(User, after)
        if last is None:
            raise NotFound()
        statement = statement.where(tuple_(User.name, User.id) > tuple_(last.name, last.id))
    users = list(tenancy.session.scalars(statement.order_by(User.name, User.id).limit(PAGE + 1)))
    places = _places(actor, [user.id for user in users[:PAGE]])
    return DistrictPage(
        [
            DistrictLine(
                user.id, user.name, user.email, user.password is None, tuple(places.get(user.id, ()))
            )
            for user in users[:PAGE]
        ],
        users[PAGE - 1].id if len(users) > PAGE else None,
    )


def person_in_district(actor: Actor, user_id: int) -> DistrictLine:
    """One person with everything they do in the district; NotFound when they do nothing there."""
    access.require(actor, Permission.DISTRICT_PEOPLE)
    places = _places(actor, [user_id]).get(user_id)
    if not places:
        raise NotFound()
    user = tenancy.session.get_one(User, user_id)
    return DistrictLine(user.id, user.name, user.email, user.password is None, tuple(places))


def _places(actor: Actor, user_ids: Collection[int]) -> dict[int, list[PlaceRoles]]:
    places: dict[int, list[PlaceRoles]] = {}
    office = tenancy.session.execute(
        select(DistrictMembership.user_id, func.array_agg(DistrictMembership.role))
        .where(
            DistrictMembership.district_id == actor.district_id,
            DistrictMembership.user_id.in_(user_ids),
            DistrictMembership.ended_on.is_(None),
        )
        .group_by(DistrictMembership.user_id)
    )
    for user_id, roles in office:
        places[user_id] = [PlaceRoles(None, "", _ordered(words.DISTRICT_ROLES.keys, roles))]
    at_schools = tenancy.session.execute(
        select(Membership.user_id, School.id, School.name, func.array_agg(Membership.role))
        .join(School, School.id == Membership.school_id)
        .where(
            School.district_id == actor.district_id,
            Membership.user_id.in_(user_ids),
            Membership.ended_on.is_(None),
        )
        .group_by(Membership.user_id, School.id, School.name)
        .order_by(School.name)
    )
    for user_id, school_id, name, roles in at_schools:
        places.setdefault(user_id, []).append(
            PlaceRoles(school_id, name, _ordered(words.SCHOOL_ROLES.keys, roles))
        )
    return places


def _last_in(school_id: int, roles: list[str]) -> tuple[str, ...]:
    watched = [role for role in WATCHED_ROLES if role in roles]
    if not watched:
        return ()
    holders = dict(
        tenancy.session.execute(
            select(Membership.role, func.count())
            .where(
                Membership.school_id == school_id,
                Membership.role.in_(watched),
                Membership.ended_on.is_(None),
            )
            .group_by(Membership.role)
        ).all()
    )
    return tuple(role for role in watched if holders.get(role) == 1)


def _ordered(order: tuple[str, ...], roles: Collection[str]) -> tuple[str, ...]:
    return tuple(role for role in order if role in roles)


def _matches(search: str) -> ColumnElement[bool]:
    text = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(User.name.ilike(f"%{text}%"), User.email.ilike(f"%{text}%"))
