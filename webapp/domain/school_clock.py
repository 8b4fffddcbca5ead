"""A school's clock: its zone, its school days and the times at which it wants its mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from webapp.domain.calendar import (
    add_school_days,
    is_school_day,
    this_or_next_school_day,
    this_or_previous_school_day,
)
from webapp.domain.dates import local_time, zone


@dataclass(frozen=True)
class SchoolClock:
    """When a school (or a district, for its monthly digest) works and wants its mails; times are local."""

    tz: str
    daily_digest_at: time = time(6, 30)
    weekly_digest_at: time = time(6, 30)
    monthly_digest_at: time = time(7, 0)
    reminders_at: time = time(7, 0)
    weekly_digest_weekday: int = 0  # Monday
    six_day_week: bool = False
    holidays: frozenset[date] = frozenset()
    overdue_counsellor_days: int = 7
    overdue_principal_days: int = 7

    def overdue_days(self, level: str) -> int:
        """After how many days an overdue promise is told to the `counsellor`, to the `principal`."""
        further = self.overdue_principal_days if level == "principal" else 0
        return self.overdue_counsellor_days + further

    def works_on(self, on: date) -> bool:
        """True on a school day."""
        return is_school_day(on, self.holidays, self.six_day_week)

    def on_or_after(self, on: date) -> date:
        """`on`, or the first school day after it."""
        return this_or_next_school_day(on, self.holidays, self.six_day_week)

    def on_or_before(self, on: date) -> date:
        """`on`, or the last school day before it."""
        return this_or_previous_school_day(on, self.holidays, self.six_day_week)

    def day_after(self, on: date) -> date:
        """The first school day after `on`."""
        return self.on_or_after(on + timedelta(days=1))

    def add(self, on: date, days: int) -> date:
        """The school day so many school days away."""
        return add_school_days(on, days, self.holidays, self.six_day_week)

    def moment(self, on: date, at: time) -> datetime:
        """That time of that day in the school's zone, as an aware datetime."""
        return datetime.combine(on, at, tzinfo=zone(self.tz))

    def working_day(self, at: datetime, *, since: time) -> date | None:
        """The local day of that moment, when it is a school day and `since` o'clock has come; else None."""
        local = local_time(at, self.tz)
        if local.time() < since or not self.works_on(local.date()):
            return None
        return local.date()
