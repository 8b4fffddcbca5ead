"""Months: what an address says, the weeks that are shown, and when a month begins on a school's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from webapp.domain.months import Month


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-13", "2026-00", "1999-12", "2026-011", "2026-11 "]
)
def test_what_is_no_month_is_none(text):
    assert Month.parse(text) is None


def test_a_month_is_written_and_read_alike():
    assert Month.parse("2026-11") == Month(2026, 11)
    assert str(Month(2026, 3)) == "2026-03"


def test_years_end_between_december_and_january():
    assert Month(2026, 12).following == Month(2027, 1)
    assert Month(2027, 1).previous == Month(2026, 12)


def test_weeks_run_from_monday_to_sunday_and_hold_every_day_once():
    weeks = Month(2026, 11).weeks()
    days = [day for week in weeks for day in week]
    assert weeks[0][0] == date(2026, 10, 26)
    assert weeks[-1][-1] == date(2026, 12, 6)
    assert all(week[0].weekday() == 0 and len(week) == 7 for week in weeks)
    assert sum(day.month == 11 for day in days) == 30
    assert len(days) == len(set(days))


def test_a_month_of_four_whole_weeks_needs_no_neighbours():
    assert [week[0] for week in Month(2027, 2).weeks()] == [date(2027, 2, day) for day in (1, 8, 15, 22)]


def test_a_month_begins_at_midnight_on_the_schools_own_clock():
    assert Month(2026, 11).span("Asia/Jayapura") == (
        datetime(2026, 10, 31, 15, tzinfo=UTC),
        datetime(2026, 11, 30, 15, tzinfo=UTC),
    )
