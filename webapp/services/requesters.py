"""The person behind work that runs outside a request: found by name, or again later, with today's roles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from webapp import tenancy
from webapp.domain.errors import N_, NotFound
from webapp.models.identity import Membership, User
from webapp.models.schools import School
from webapp.services import identity
from webapp.services.identity import Workplace
from webapp.tenancy import Actor


def in_school(user_id: int, school_id: int, at: datetime) -> Actor | None:
    """The person as an actor of this school with the roles held now; None when there are none (any more)."""
    return _acting(user_id, at, lambda place: place.id == school_id)


def by_address(school_slug: str, email: str | None, at: datetime, *, locale: str) -> Actor:
    """The person of that e-mail address in that school, reading `locale`; without one, the school's admin.

    NotFound says what is missing: this serves the command line, whose caller holds the keys anyway.
    """
    with tenancy.identity_work() as session:
        school = session.scalar(select(School).where(School.slug == school_slug, School.active))
        if school is None:
            raise NotFound(N_("There is no school with the address %(slug)s."), slug=school_slug)
        wanted = select(User.id).where(User.active)
        if email is not None:
            user_ids = list(session.scalars(wanted.where(User.email == email.strip().lower())))
        else:
            admins = wanted.join(Membership, Membership.user_id == User.id).where(
                Membership.school_id == school.id, Membership.role == "school_admin"
            )
            user_ids = list(session.scalars(admins.order_by(Membership.started_on, Membership.id)))
    for user_id in user_ids:
        actor = _acting(user_id, at, lambda place: place.slug == school_slug)
        if actor is not None and (email is not None or actor.has_role("school_admin")):
            return replace(actor, locale=locale)
    if email is None:
        raise NotFound(N_("The school has no school admin. Name a person with --as."))
    raise NotFound(N_("Nobody with this e-mail address has a role in this school."))


def _acting(user_id: int, at: datetime, is_the_one: Callable[[Workplace], bool]) -> Actor | None:
    with tenancy.identity_work() as session:
        user = session.get(User, user_id)
        if user is None or not user.active:
            return None
        for place in identity.workplaces(user_id, on=at.date()):
            if place.kind == "school" and is_the_one(place):
                return identity.actor_at(place, user_id, user.locale, at)
    return None
