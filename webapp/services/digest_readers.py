"""Who receives a digest: found again at the moment of sending, with the roles held then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from webapp import tenancy
from webapp.models.background import Due
from webapp.models.identity import User
from webapp.services import identity
from webapp.services.digests import READERS
from webapp.services.due_mails import user_of
from webapp.tenancy import Actor


@dataclass(frozen=True)
class Reader:
    """A digest's reader as an actor of the school or district, and where their mail goes."""

    actor: Actor
    name: str
    email: str
    place: str  # slug of the school or district
    wants_it: bool  # this kind of digest


def reader_of(row: Due, at: datetime) -> Reader | None:
    """The reader behind a digest's row; None for one who has left, or holds no such role any more.

    A district's digests belong to the platform, and `subject_id` names the district.
    """
    is_monthly = row.kind == "monthly_digest"
    wanted = ("district", row.subject_id) if is_monthly else ("school", row.school_id)
    with tenancy.identity_work() as session:
        user = session.get(User, user_of(row.recipient))
        if user is None or not user.active:
            return None
        places = identity.workplaces(user.id, on=at.date())
        place = next((place for place in places if (place.kind, place.id) == wanted), None)
        if place is None or place.roles.isdisjoint(READERS[row.kind]):
            return None
        actor = replace(identity.actor_at(place, user.id, user.locale, at), school_id=row.school_id)
        return Reader(actor, user.name, user.email, place.slug, row.kind not in user.digests_off)
