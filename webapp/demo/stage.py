"""Where the demo is played: the application, the moment of the seeding, and its people as actors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask

from webapp import tenancy
from webapp.demo import cast
from webapp.demo.cast import Person, SchoolPlan
from webapp.services import accounts, identity, requesters
from webapp.tenancy import PLATFORM_SCHOOL_ID, Actor

TERM_DAYS = 100
"""So many days ago the schools began to work with Pamong."""


@dataclass
class Stage:
    """`now` was read from the clock once; everything else happens some days or minutes before or after."""

    app: Flask
    now: datetime
    _actors: dict[tuple[str, str], Actor] = field(default_factory=dict)

    @property
    def term(self) -> datetime:
        return self.now - timedelta(days=TERM_DAYS)

    def setup(self) -> Actor:
        """Whoever installs Pamong: makes accounts."""
        return Actor("setup", self.term, school_id=PLATFORM_SCHOOL_ID)

    def district_admin(self, at: datetime) -> Actor:
        """The district's admin at a moment."""
        person = cast.DISTRICT_PEOPLE[0]
        with tenancy.work(self.setup()) as _session:
            user_id, _made = accounts.find_or_make_user(
                self.setup(), email=cast.email(person.key), name=person.name
            )
        with tenancy.identity_work():
            place = identity.find_place(
                identity.workplaces(user_id, on=self.now.date()), "district", cast.DISTRICT
            )
        return identity.actor_at(place, user_id, "id", at)

    def actor(self, school: SchoolPlan, person: Person, at: datetime) -> Actor:
        """A person of the cast in a school at a moment."""
        key = (school.slug, person.key)
        if key not in self._actors:
            self._actors[key] = requesters.by_address(
                school.slug, cast.email(person.key), self.now, locale="id"
            )
        return self._actors[key].seen_at(at)

    @contextmanager
    def work(self, school: SchoolPlan, person: Person, at: datetime) -> Iterator[Actor]:
        """One transaction as a person of the cast."""
        actor = self.actor(school, person, at)
        with tenancy.work(actor):
            yield actor

    def days(self, count: float, *, hour: int | None = None, school: SchoolPlan | None = None) -> datetime:
        """So many days from now (negative: ago); with an hour, on the next school day at that hour there."""
        at = self.now + timedelta(days=count)
        if hour is None or school is None:
            return at
        local = at.astimezone(ZoneInfo(school.time_zone)).replace(
            hour=hour, minute=0, second=0, microsecond=0
        )
        while local.weekday() > 4:
            # Backwards in the past, so that nothing slips past now.
            local += timedelta(days=1 if count > 0 else -1)
        return local

    def day(self, school: SchoolPlan, count: int) -> date:
        """The school's date so many days from now."""
        return (self.now + timedelta(days=count)).astimezone(ZoneInfo(school.time_zone)).date()
