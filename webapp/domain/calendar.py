"""School years, semesters and school days.

National holidays (with the joint-leave days that the government adds) come from the `holidays` library and
are kept per year, so that asking for thousands of schools costs one set look-up each. A school's own free
days come in as a set.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache

import holidays as public_holidays

from webapp.domain.errors import N_, Invalid

DEFAULT_START_MONTH = 7
_NONE: frozenset[date] = frozenset()
_DAY = timedelta(days=1)
# A longer run of free days than any school has: past it the calendar itself must be wrong.
_LONGEST_BREAK = 366
_SCHOOL_YEAR = re.compile(r"(\d{4})/(\d{4})")


@lru_cache(maxsize=64)
def national_holidays(year: int) -> frozenset[date]:
    """Public holidays and joint-leave days of Indonesia in one calendar year."""
    return frozenset(holiday_names(year, "id"))


@lru_cache(maxsize=64)
def holiday_names(year: int, locale: str) -> dict[date, str]:
    """The same days with their names, in Indonesian or English."""
    language = "en_US" if locale == "en" else "id"
    days = public_holidays.country_holidays(
        "ID", years=year, categories=("public", "government"), language=language
    )
    return dict(days)


def is_school_day(on: date, school_holidays: Collection[date] = _NONE, six_days: bool = False) -> bool:
    """True when the school works on that day: Monday to Friday (to Saturday with `six_days`), no holiday."""
    if on.weekday() > (5 if six_days else 4):
        return False
    return on not in national_holidays(on.year) and on not in school_holidays


def next_school_day(on: date, school_holidays: Collection[date] = _NONE, six_days: bool = False) -> date:
    """The first school day after `on`."""
    return _step(on, _DAY, school_holidays, six_days)


def previous_school_day(on: date, school_holidays: Collection[date] = _NONE, six_days: bool = False) -> date:
    """The last school day before `on`."""
    return _step(on, -_DAY, school_holidays, six_days)


def this_or_next_school_day(
    on: date, school_holidays: Collection[date] = _NONE, six_days: bool = False
) -> date:
    """`on` itself where it is a school day, else the first one after it."""
    return next_school_day(on - _DAY, school_holidays, six_days)


def this_or_previous_school_day(
    on: date, school_holidays: Collection[date] = _NONE, six_days: bool = False
) -> date:
    """`on` itself where it is a school day, else the last one before it."""
    return previous_school_day(on + _DAY, school_holidays, six_days)


def add_school_days(
    on: date, days: int, school_holidays: Collection[date] = _NONE, six_days: bool = False
) -> date:
    """The school day `days` school days after `on` (before it, when negative); 0 gives `on` back."""
    step = _DAY if days > 0 else -_DAY
    for _ in range(abs(days)):
        on = _step(on, step, school_holidays, six_days)
    return on


def _step(on: date, step: timedelta, school_holidays: Collection[date], six_days: bool) -> date:
    for _ in range(_LONGEST_BREAK):
        on += step
        if is_school_day(on, school_holidays, six_days):
            return on
    raise Invalid(N_("The school calendar has no school day within a year; check the holidays."))


# --- school years -----------------------------------------------------------------------------------


def school_year_start(on: date, start_month: int = DEFAULT_START_MONTH) -> int:
    """Calendar year in which the school year holding `on` began."""
    return on.year if on.month >= start_month else on.year - 1


def school_year(on: date, start_month: int = DEFAULT_START_MONTH) -> str:
    """`2026/2027` for the days from July 2026 to June 2027."""
    first = school_year_start(on, start_month)
    return f"{first:04d}/{first + 1:04d}"


def school_year_days(name: str, start_month: int = DEFAULT_START_MONTH) -> tuple[date, date]:
    """First and last day of the school year `2026/2027`; raises Invalid when it is not written so."""
    found = _SCHOOL_YEAR.fullmatch(name)
    if found is None or int(found[2]) != int(found[1]) + 1 or not 1 <= int(found[1]) < 9998:
        raise Invalid(N_("Write a school year as 2026/2027."), field="school_year")
    first = date(int(found[1]), start_month, 1)
    return first, date(int(found[2]), start_month, 1) - _DAY


def semester(on: date, start_month: int = DEFAULT_START_MONTH) -> str:
    """Semester code: the year the school year began, then 1 (odd, first half) or 2 (even): `20261`."""
    half = 1 if (on.month - start_month) % 12 < 6 else 2
    return f"{school_year_start(on, start_month):04d}{half}"
