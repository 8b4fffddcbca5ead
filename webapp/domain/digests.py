"""Digests: at which moments they leave, and the period that each belongs to.

A daily digest belongs to its school day. A weekly one leaves on the school's weekday, or on the next school
day of the same week, or where none is left on the last one before. A monthly one leaves on the first school
day of the month and is about the month before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from webapp.domain.dates import local_date
from webapp.domain.school_clock import SchoolClock

DIGEST_KINDS = ("daily_digest", "weekly_digest", "monthly_digest")
# School days during which a missed digest is made up. A daily one ends with its day: the next one says the
# same and more.
DIGEST_CATCH_UP = {"daily_digest": 0, "weekly_digest": 2, "monthly_digest": 5}


@dataclass(frozen=True)
class Period:
    """A digest's period: its key (`2026-08-03`, `2026-W32`, `2026-08`) and when it is planned."""

    key: str
    on: date
    due_at: datetime


def digest_time(kind: str, clock: SchoolClock) -> time:
    """Local time at which that kind of digest leaves."""
    return {
        "daily_digest": clock.daily_digest_at,
        "weekly_digest": clock.weekly_digest_at,
        "monthly_digest": clock.monthly_digest_at,
    }[kind]


def digest_period(kind: str, clock: SchoolClock, at: datetime) -> Period | None:
    """The period of that kind of digest that is to be sent at that moment, or None."""
    today = clock.working_day(at, since=digest_time(kind, clock))
    period = None if today is None else period_holding(kind, clock, today)
    if today is None or period is None:
        return None
    return period if clock.add(today, -DIGEST_CATCH_UP[kind]) <= period.on <= today else None


def next_digest(kind: str, clock: SchoolClock, after: datetime) -> Period:
    """The first period of that kind of digest planned strictly after that moment."""
    on = local_date(after, clock.tz)
    while True:
        period = period_holding(kind, clock, on)
        if period is not None and period.due_at > after:
            return period
        on += timedelta(days=1)


def period_holding(kind: str, clock: SchoolClock, on: date) -> Period | None:
    """The school day, week or month that `on` belongs to; None when no school day is left in it."""
    if kind == "daily_digest":
        planned, key, in_period = on, on.isoformat(), clock.works_on(on)
    elif kind == "weekly_digest":
        monday = on - timedelta(days=on.weekday())
        wanted, sunday = monday + timedelta(days=clock.weekly_digest_weekday), monday + timedelta(days=6)
        planned = clock.on_or_after(wanted)
        if planned > sunday:
            planned = clock.on_or_before(wanted)
        year, week, _ = on.isocalendar()
        key, in_period = f"{year}-W{week:02d}", planned >= monday
    else:
        planned = clock.on_or_after(on.replace(day=1))
        key, in_period = f"{on:%Y-%m}", planned.month == on.month
    return Period(key, planned, clock.moment(planned, digest_time(kind, clock))) if in_period else None
