"""A school's clock: its zone, its school days and the times at which it wants its mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from webapp.domain.calendar import (
    add_school_days,
    is_school_day,
    next_school_day,
    this_or_next_school_day,
    this_or_previous_school_day,
)
from webapp.domain.dates import local_date, local_time, zone


@dataclass(frozen=True)
class SchoolClock:
    """When a school (or a district, for its own digest) works and wants its mails; times are local."""

    tz: str
    digest_at: time = time(6, 30)
    reminder_at: time = time(8, 0)
    weekly_on: int = 0  # weekday of the weekly digest, Monday = 0
    six_days: bool = False
    holidays: frozenset[date] = frozenset()

    def works_on(self, on: date) -> bool:
        """True on a school day."""
        return is_school_day(on, self.holidays, self.six_days)

    def on_or_after(self, on: date) -> date:
        """`on`, or the first school day after it."""
        return this_or_next_school_day(on, self.holidays, self.six_days)

    def on_or_before(self, on: date) -> date:
        """`on`, or the last school day before it."""
        return this_or_previous_school_day(on, self.holidays, self.six_days)

    def add(self, on: date, days: int) -> date:
        """The school day so many school days away."""
        return add_school_days(on, days, self.holidays, self.six_days)

    def moment(self, on: date, at: time) -> datetime:
        """That time of that day in the school's zone, as an aware datetime."""
        return datetime.combine(on, at, tzinfo=zone(self.tz))

    def working_day(self, at: datetime, *, since: time) -> date | None:
        """The local day of that moment, when it is a school day and `since` o'clock has come; else None."""
        local = local_time(at, self.tz)
        if local.time() < since or not self.works_on(local.date()):
            return None
        return local.date()

    def next_moment(self, after: datetime) -> datetime:
        """The first digest or reminder time on a school day after `after`; nothing falls due before it."""
        today = local_date(after, self.tz)
        tomorrow = next_school_day(today, self.holidays, self.six_days)
        moments = [
            self.moment(on, at)
            for on in (today, tomorrow)
            if self.works_on(on)
            for at in (self.digest_at, self.reminder_at)
        ]
        return min(moment for moment in moments if moment > after)
