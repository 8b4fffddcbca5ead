"""What a district sets for itself."""

from __future__ import annotations

from sqlalchemy import select

from webapp import tenancy
from webapp.domain import words
from webapp.domain.clock_times import parse_clock_time
from webapp.domain.errors import N_, Invalid
from webapp.domain.permissions import Permission
from webapp.models.schools import District
from webapp.services import access, audit
from webapp.tenancy import Actor

LONGEST_NAME = 120


def own(actor: Actor) -> District:
    """The row of the actor's own district."""
    access.require(actor, Permission.DISTRICT_BOARD)
    return tenancy.session.scalars(select(District).where(District.id == actor.district_id)).one()


def change(actor: Actor, *, name: str, time_zone: str, digest_at: str) -> District:
    """Change name, zone and the hour of the monthly digest; Invalid names the wrong field."""
    access.require(actor, Permission.DISTRICT_SETTINGS)
    name = " ".join(name.split())
    if not name:
        raise Invalid(N_("Write the district's name."), field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(N_("A name has at most %(limit)s characters."), field="name", limit=LONGEST_NAME)
    if time_zone not in words.TIME_ZONES:
        raise Invalid(N_("Choose a time zone."), field="time_zone")
    at = parse_clock_time(digest_at, field="digest_at")
    district = own(actor)
    district.name, district.time_zone, district.digest_at = name, time_zone, at
    audit.record(actor, "district.changed", district)
    return district
