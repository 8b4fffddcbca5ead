"""Lesson hours by a dated table."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.errors import Invalid
from webapp.domain.lesson_hours import Weight, check_weight, weight_on
from webapp.domain.words import COUNTED_ACTIVITIES

DAY = date(2026, 8, 3)
ACTIVITIES = st.sampled_from(COUNTED_ACTIVITIES.keys)
HOURS = st.integers(0, 96).map(lambda quarters: Decimal(quarters) / 4)
TABLES = st.lists(
    st.builds(Weight, ACTIVITIES, HOURS, st.dates(date(2020, 1, 1), date(2030, 1, 1))), max_size=8
)


def test_an_advocacy_counts_one_lesson_hour_by_default():
    assert weight_on("advocacy", DAY) == 1
    assert {key: int(weight_on(key, DAY)) for key in COUNTED_ACTIVITIES.keys} == {
        "home_visit": 2,
        "advocacy": 1,
        "conference": 2,
        "referral": 0,
    }


def test_a_district_weight_holds_from_its_day_on():
    table = [
        Weight("advocacy", Decimal("1.5"), DAY),
        Weight("advocacy", Decimal(3), DAY + timedelta(days=30)),
    ]
    assert weight_on("advocacy", DAY - timedelta(days=1), table) == 1
    assert weight_on("advocacy", DAY, table) == Decimal("1.5")
    assert weight_on("advocacy", DAY + timedelta(days=30), table) == 3
    assert weight_on("home_visit", DAY, table) == 2


@given(ACTIVITIES, TABLES, HOURS)
def test_a_later_entry_never_changes_what_was_counted_before_it(activity, table, hours):
    new = Weight(activity, hours, DAY)
    before = DAY - timedelta(days=1)
    assert weight_on(activity, before, [*table, new]) == weight_on(activity, before, table)
    assert weight_on(activity, DAY, [*table, new]) in {hours, weight_on(activity, DAY, table)}


@pytest.mark.parametrize(
    "weight",
    [
        Weight("nap", Decimal(1), DAY),
        Weight("advocacy", Decimal(-1), DAY),
        Weight("advocacy", Decimal(25), DAY),
        Weight("advocacy", Decimal("0.1"), DAY),
    ],
)
def test_an_impossible_weight_is_refused(weight):
    with pytest.raises(Invalid):
        check_weight(weight)


def test_a_quarter_of_an_hour_is_a_weight():
    check_weight(Weight("advocacy", Decimal("0.25"), DAY))
