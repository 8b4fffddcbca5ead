"""The weeks of a month, and what is counted in them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.months import Month
from webapp.domain.recap import Cell, Counted, recap, weeks_of
from webapp.domain.words import COUNTED_ACTIVITIES

MONTHS = st.builds(Month, st.integers(2000, 2199), st.integers(1, 12))
COUNTED = st.builds(
    Counted,
    st.sampled_from(COUNTED_ACTIVITIES.keys),
    st.dates(date(2026, 10, 20), date(2026, 12, 10)),
    st.integers(1, 5),
    st.integers(0, 96),
)


def _days(month):
    count = (month.following.first - month.first).days
    return [month.first + timedelta(days=number) for number in range(count)]


@given(MONTHS)
def test_every_day_of_a_month_lies_in_exactly_one_week(month):
    weeks = weeks_of(month)
    for day in _days(month):
        assert sum(day in week for week in weeks) == 1
    assert (weeks[0].first, weeks[-1].last) == (month.first, month.following.first - timedelta(days=1))


@given(MONTHS)
def test_a_month_has_four_or_five_weeks_that_begin_on_mondays_and_follow_one_another(month):
    weeks = weeks_of(month)
    assert [week.name for week in weeks] in (["I", "II", "III", "IV"], ["I", "II", "III", "IV", "V"])
    for earlier, later in pairwise(weeks):
        assert later.first == earlier.last + timedelta(days=1)
        assert later.first.weekday() == 0


def test_days_before_the_first_monday_go_with_the_next_week_where_there_is_no_school_week_in_them():
    # 1 November 2026 is a Sunday, 1 October a Thursday, 1 February 2027 a Monday.
    assert [week.last.day for week in weeks_of(Month(2026, 11))] == [8, 15, 22, 29, 30]
    assert [week.last.day for week in weeks_of(Month(2026, 10))] == [4, 11, 18, 25, 31]
    assert [week.last.day for week in weeks_of(Month(2027, 2))] == [7, 14, 21, 28]


@given(st.lists(COUNTED, max_size=20))
def test_the_sums_are_those_of_the_month_alone(counted):
    month = Month(2026, 11)
    found = recap(month, counted)
    inside = [item for item in counted if Month.of(item.on) == month]
    hours = sum((Decimal(item.quarters) / 4 for item in inside), Decimal(0))
    assert found.total == Cell(sum(item.times for item in inside), hours)
    assert found.total.times == sum(row.total.times for row in found.rows)
    assert found.total.hours == sum(cell.hours for cell in found.sums)


def test_a_service_that_was_not_carried_out_stands_with_nothing():
    visit = Counted("home_visit", date(2026, 11, 9), 2, 16)
    rows = {row.service: row for row in recap(Month(2026, 11), [visit]).rows}
    assert list(rows) == list(COUNTED_ACTIVITIES.keys)
    assert rows["home_visit"].cells[1] == rows["home_visit"].total == Cell(2, Decimal(4))
    assert rows["advocacy"].total == Cell()
