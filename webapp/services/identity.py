"""Who is signed in, and where they may act. Runs in the identity scope, before any school is open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from webapp import tenancy
from webapp.domain.errors import NotFound
from webapp.models.identity import DistrictMembership, Membership, SignInSession, User
from webapp.models.schools import District, School
from webapp.tenancy import Actor

SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Workplace:
    """A school or district where a person has a role, as plain data that outlives any transaction."""

    kind: str  # school | district
    id: int
    slug: str
    name: str
    time_zone: str
    roles: frozenset[str]


def hash_secret(secret: str) -> str:
    """How cookies, links and codes are stored: SHA-256 of 256 random bits needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_user(
    user_key: str, secret: str, *, now: datetime, idle: timedelta, longest: timedelta
) -> User | None:
    """The user behind a live sign-in session; None when it was revoked, timed out or never was."""
    row = (
        tenancy.identity()
        .execute(
            select(User, SignInSession)
            .join(SignInSession, SignInSession.user_id == User.id)
            .where(
                SignInSession.secret_hash == hash_secret(secret),
                SignInSession.revoked_at.is_(None),
                SignInSession.created_at > now - longest,
                SignInSession.seen_at > now - idle,
                User.fs_uniquifier == user_key,
                User.active,
            )
        )
        .first()
    )
    if row is None:
        return None
    user, sign_in = row
    if now - sign_in.seen_at > SEEN_EVERY:
        sign_in.seen_at = now
        tenancy.identity().commit()
    return user


def workplaces(user_id: int, *, on: date) -> list[Workplace]:
    """Every school and district where the person has a role today, schools by name first."""
    session = tenancy.identity()
    places: dict[tuple[str, int], tuple[str, str, str, set[str]]] = {}
    schools = session.execute(
        select(School.id, School.slug, School.name, School.time_zone, Membership.role)
        .join(Membership, Membership.school_id == School.id)
        .where(Membership.user_id == user_id, School.active, _running(Membership, on))
        .order_by(School.name)
    )
    for school_id, slug, name, zone, role in schools:
        places.setdefault(("school", school_id), (slug, name, zone, set()))[3].add(role)
    districts = session.execute(
        select(District.id, District.slug, District.name, District.time_zone, DistrictMembership.role)
        .join(DistrictMembership, DistrictMembership.district_id == District.id)
        .where(DistrictMembership.user_id == user_id, _running(DistrictMembership, on))
        .order_by(District.name)
    )
    for district_id, slug, name, zone, role in districts:
        places.setdefault(("district", district_id), (slug, name, zone, set()))[3].add(role)
    return [
        Workplace(kind, place_id, slug, name, zone, frozenset(roles))
        for (kind, place_id), (slug, name, zone, roles) in places.items()
    ]


def _running(membership: type[Membership] | type[DistrictMembership], on: date):
    # Acting for a principal ends by itself on its last day.
    # Who leaves is out at once: an ended role does not hold on its last day either.
    running = membership.ended_on.is_(None)
    if membership is Membership:
        return running & or_(Membership.acting_until_on.is_(None), Membership.acting_until_on >= on)
    return running


def actor_at(place: Workplace, user_id: int, locale: str, at: datetime) -> Actor:
    """The actor of a signed-in person in one of their workplaces."""
    if place.kind == "district":
        return Actor(
            "district",
            at,
            person_id=user_id,
            roles=place.roles,
            district_id=place.id,
            time_zone=place.time_zone,
            locale=locale,
        )
    return Actor(
        "person",
        at,
        school_id=place.id,
        person_id=user_id,
        roles=place.roles,
        time_zone=place.time_zone,
        locale=locale,
    )


def find_place(places: list[Workplace], kind: str, slug: str) -> Workplace:
    """The workplace of that address; NotFound whether it is foreign or does not exist."""
    for place in places:
        if place.kind == kind and place.slug == slug:
            return place
    raise NotFound()


def revoke(secret: str, at: datetime) -> None:
    """End one sign-in session; nothing happens when it has ended already."""
    session = tenancy.identity()
    row = session.scalar(select(SignInSession).where(SignInSession.secret_hash == hash_secret(secret)))
    if row is not None and row.revoked_at is None:
        row.revoked_at = at
        session.commit()
