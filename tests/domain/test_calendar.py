"""School years and school days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import calendar
from webapp.domain.errors import Invalid

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
OWN = st.frozensets(st.dates(date(2024, 1, 1), date(2028, 1, 1)), max_size=20)
START = st.integers(1, 12)


def test_a_school_works_on_weekdays_and_not_on_national_holidays():
    assert calendar.is_school_day(date(2026, 8, 14))
    assert not calendar.is_school_day(date(2026, 8, 15))
    assert not calendar.is_school_day(date(2026, 8, 17))  # Independence Day, a Monday
    assert not calendar.is_school_day(date(2026, 3, 23))  # joint leave around Eid al-Fitr


def test_a_six_day_school_works_on_saturdays_too():
    assert calendar.is_school_day(date(2026, 8, 15), six_days=True)
    assert not calendar.is_school_day(date(2026, 8, 16), six_days=True)


def test_a_schools_own_free_day_is_free_there_alone():
    own = {date(2026, 8, 14)}
    assert not calendar.is_school_day(date(2026, 8, 14), own)
    assert calendar.is_school_day(date(2026, 8, 14))


def test_school_days_step_over_a_long_weekend():
    assert calendar.next_school_day(date(2026, 8, 14)) == date(2026, 8, 18)
    assert calendar.previous_school_day(date(2026, 8, 18)) == date(2026, 8, 14)
    assert calendar.add_school_days(date(2026, 8, 13), 2) == date(2026, 8, 18)


@given(DAYS, OWN, st.booleans())
def test_the_next_school_day_is_the_first_one_after(on, own, six_days):
    found = calendar.next_school_day(on, own, six_days)
    assert calendar.is_school_day(found, own, six_days)
    between = (on + timedelta(days=n) for n in range(1, (found - on).days))
    assert not any(calendar.is_school_day(day, own, six_days) for day in between)


@given(DAYS, OWN, st.booleans(), st.integers(-40, 40))
def test_going_so_many_school_days_and_back_ends_where_it_began(on, own, six_days, days):
    start = calendar.this_or_next_school_day(on, own, six_days)
    there = calendar.add_school_days(start, days, own, six_days)
    assert calendar.add_school_days(there, -days, own, six_days) == start


@given(DAYS, OWN, st.booleans())
def test_a_school_day_is_its_own_nearest_school_day(on, own, six_days):
    later = calendar.this_or_next_school_day(on, own, six_days)
    earlier = calendar.this_or_previous_school_day(on, own, six_days)
    assert earlier <= on <= later
    assert (earlier == on == later) == calendar.is_school_day(on, own, six_days)


def test_a_calendar_without_school_days_is_refused():
    everything = {date(2026, 1, 1) + timedelta(days=n) for n in range(800)}
    with pytest.raises(Invalid):
        calendar.next_school_day(date(2026, 1, 1), everything)


def test_a_years_holidays_are_worked_out_once_for_all_schools():
    calendar.next_school_day(date(2026, 8, 14))
    before = calendar.national_holidays.cache_info().misses
    for _ in range(2000):
        calendar.next_school_day(date(2026, 8, 14))
    assert calendar.national_holidays.cache_info().misses == before


def test_a_school_year_runs_from_july_to_june():
    assert calendar.school_year(date(2026, 7, 1)) == "2026/2027"
    assert calendar.school_year(date(2027, 6, 30)) == "2026/2027"
    assert calendar.semester(date(2026, 7, 1)) == "20261"
    assert calendar.semester(date(2026, 12, 31)) == "20261"
    assert calendar.semester(date(2027, 1, 1)) == "20262"


@given(DAYS, START)
def test_every_day_lies_in_its_school_year(on, start_month):
    name = calendar.school_year(on, start_month)
    first, last = calendar.school_year_days(name, start_month)
    assert first <= on <= last
    assert calendar.school_year(first, start_month) == calendar.school_year(last, start_month) == name
    assert calendar.school_year(last + timedelta(days=1), start_month) != name
    assert calendar.semester(on, start_month)[:4] == name[:4]


@pytest.mark.parametrize("name", ["", "2026", "2026/2028", "2026-2027", "0000/0001", "9998/9999"])
def test_a_school_year_written_otherwise_is_refused(name):
    with pytest.raises(Invalid):
        calendar.school_year_days(name)
