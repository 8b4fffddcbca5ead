"""A person's private calendar address at a school: made, renewed, closed, and read by a calendar program.

Who has the address reads what the person may know of their own meetings and visits, as long as the person
works at the school; no student's name and no address of a home stands in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text

from webapp import tenancy
from webapp.domain import words
from webapp.domain.errors import NotFound
from webapp.domain.permissions import Permission
from webapp.mail.ical import FeedEvent
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.identity import User
from webapp.services import access, audit, calendar_page, identity, links, sign_in_throttle
from webapp.services.calendar_page import CalendarEntry
from webapp.services.identity import Workplace, hash_secret
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

BEHIND, AHEAD = timedelta(days=60), timedelta(days=400)
"""How much of the past and of what is to come stands in a feed."""
MOST_PER_HOUR = 60
"""Programs ask every few minutes at most; several devices may share one address."""


@dataclass(frozen=True)
class FeedLine:
    """The calendar address of one of a person's schools: whether there is one, and when it was last asked."""

    place: Workplace
    is_open: bool
    made_at: datetime | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """Who comes by an address: the person as an actor, and the school."""

    actor: Actor
    place: Workplace


def of_person(user_id: int, places: Collection[Workplace], at: datetime) -> list[FeedLine]:
    """One line per school of the person, in the order of `places`; opens its own scope."""
    with tenancy.work(Actor("identity", at, school_id=PLATFORM_SCHOOL_ID, person_id=user_id)) as session:
        rows = session.scalars(select(CalendarFeed).where(CalendarFeed.user_id == user_id))
        feeds = {row.school_id: row for row in rows if row.token_hash is not None}
    return [
        FeedLine(place, True, feed.made_at, feed.fetched_at) if feed else FeedLine(place, False)
        for place in places
        if place.kind == "school"
        for feed in (feeds.get(place.id),)
    ]


def make(actor: Actor) -> str:
    """A new address at the actor's school, shown nowhere else again; an earlier one stops working."""
    access.require(actor, Permission.SCHOOL_HOME)
    assert actor.person_id is not None
    feed = _own(actor) or tenancy.add(CalendarFeed(user_id=actor.person_id, made_at=actor.at, fetches=0))
    token = secrets.token_urlsafe(32)
    feed.token_hash, feed.made_at = hash_secret(token), actor.at
    feed.fetched_at = feed.counted_from = None
    audit.record(actor, "calendar_feed.made", feed)
    return links.calendar_url(token)


def close(actor: Actor) -> None:
    """The actor's address at the school stops working; nothing happens where there is none."""
    access.require(actor, Permission.SCHOOL_HOME)
    feed = _own(actor)
    if feed is not None and feed.token_hash is not None:
        feed.token_hash = None
        audit.record(actor, "calendar_feed.closed", feed)


def find(token: str, at: datetime) -> Visit:
    """Who comes by an address; before any scope is open. NotFound for an address that was closed or renewed
    or never was, and when its person no longer works at the school or has lost the account."""
    session = tenancy.identity()
    found = session.execute(
        text("SELECT school_id, user_id FROM app_calendar_feed(:hash)"), {"hash": hash_secret(token)}
    ).first()
    if found is None:
        raise NotFound()
    user = session.get(User, found.user_id)
    places = identity.workplaces(found.user_id, on=at.date())
    place = next((one for one in places if (one.kind, one.id) == ("school", found.school_id)), None)
    if user is None or not user.active or place is None:
        raise NotFound()
    return Visit(identity.actor_at(place, user.id, user.locale, at), place)


def is_guessing(token: str, address: str, at: datetime) -> bool:
    """Whether an address on the network has asked too often for calendars that are not there; counts it."""
    # Beside the count of sign-ins, never in it: a forgotten subscription must not lock a school out.
    asked_for, asking = f"calendar:{token}", f"calendar:{address}"
    if sign_in_throttle.is_closed(asked_for, asking, at):
        return True
    sign_in_throttle.record_failure(asked_for, asking, at)
    return False


def read(actor: Actor, *, url_of: Callable[[CalendarEntry], str]) -> list[FeedEvent] | None:
    """The actor's own meetings and visits for a calendar program; None when it has asked too often.

    url_of: the address of the page on which an entry stands.
    """
    feed = _own(actor)
    if feed is None:
        raise NotFound()
    if feed.counted_from is None or actor.at - feed.counted_from >= timedelta(hours=1):
        feed.counted_from, feed.fetches = actor.at, 0
    if feed.fetches >= MOST_PER_HOUR:
        return None
    feed.fetches += 1
    feed.fetched_at = actor.at
    entries = calendar_page.between(actor, actor.at - BEHIND, actor.at + AHEAD, mine=True)
    return [_event(actor, entry, url_of(entry)) for entry in entries]


def _event(actor: Actor, entry: CalendarEntry, url: str) -> FeedEvent:
    what = words.COUNTED_ACTIVITIES[entry.procedure].label(actor.locale)
    return FeedEvent(
        uid=f"{entry.key}@pamong",
        sequence=entry.sequence,
        stamped_at=actor.at,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        summary=" ".join(filter(None, (what, entry.number))),
        location=entry.place or "",
        url=url,
        is_agreed=entry.is_agreed,
    )


def _own(actor: Actor) -> CalendarFeed | None:
    return tenancy.session.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.school_id == actor.school_id, CalendarFeed.user_id == actor.person_id)
        .with_for_update()
    )
